"""What a check passes in a notebook earns full points from the saved file; what it names, too.

Notebooks are drawn (see `notebook_variations`), run cell by cell in IPython, and marked.
"""

from __future__ import annotations

import gc

import notebook_variations
import pytest

from grading.isolation import Limits, why_impossible
from grading.judge import Judge
from grading.marking import mark_exercise
from grading.sandbox import Sandbox
from grading.work import Work

pytestmark = pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible()))
FEW, MANY = range(40), range(40, 540)


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """IPython as a notebook has it, in an empty folder."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("notebook"))
        yield InteractiveShell.instance(config=config)
    InteractiveShell.clear_instance()


@pytest.fixture(scope="module")
def room():
    gc.collect()
    gc.freeze()  # the judge collects often, and need not go through all of TensorFlow
    with Sandbox(Limits(seconds=60)) as sandbox:
        yield sandbox, Judge()
    gc.unfreeze()


def checked(shell, variation):
    """The check's answer in the notebook, whose cells run one by one as far as the check."""
    shell.reset(new_session=False)
    for cell in variation.cells:
        shell.run_cell(cell)
        if "result = checks" in cell:
            break
    return shell.user_ns["result"]


def disagreement(shell, room, seed: int) -> str | None:
    """How check and mark differ for a drawn notebook; None where they agree."""
    variation = notebook_variations.variation(seed)
    result = checked(shell, variation)
    sandbox, judge = room
    notebooks = [{"name": variation.file, "cells": list(variation.cells)}]
    # A few draws for all, so that the reference is built for each of them once.
    work = Work(notebooks, sandbox, judge, seed % 4, 1)
    mark = mark_exercise(work, variation.exercise)
    told = f"seed {seed} {variation.parts}: check {result.passed}, {result.mistake}; mark "
    told += f"{mark.aspects}, {mark.mistake}, {mark.message}"
    if result.passed != variation.right:
        return f"the check is wrong: {told} {result.message}"
    if result.passed:
        return None if set(mark.aspects.values()) == {1.0} else told
    same = mark.mistake == (result.mistake or "unknown")
    return None if same and mark.aspects["function"] == 0.0 else told


def test_what_the_check_says_is_what_the_grader_pays(shell, room, capsys):
    assert [told for seed in FEW if (told := disagreement(shell, room, seed))] == []


@pytest.mark.slow
def test_so_it_is_for_hundreds_of_notebooks(shell, room, capsys):
    assert [told for seed in MANY if (told := disagreement(shell, room, seed))] == []
