"""The test suite catches every single change to a stored notebook.

Each kind of change is made at several places of every lesson and judged by the structural rules and
by nbval's own comparison. That this judgement is nbval's is then shown on a small lesson, where
nbval runs the damaged notebooks for real. ``benchmarks/nbval_mutations.py`` does both at length.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys

import pytest
from notebooks_fixture import copy_course
from proof_sizes import sampled

from tools.notebooks.__main__ import NBVAL_OPTIONS
from tools.notebooks.files import Lesson, code_cells, find_lessons, read_notebook, write_notebook
from tools.notebooks.mutation_kinds import KINDS, OUTPUT_KINDS
from tools.notebooks.mutations import Kind, mutants
from tools.notebooks.suite import judge, nbval_objects_to_cell

pytestmark = pytest.mark.slow

SEED = 20240611
PLACES = sampled(1, 2)
"""The number of mutants of each kind in each lesson; the benchmark makes more."""
LESSONS = sampled(2, 100)
"""The number of lessons in which a kind is tried, among those that have a place for it."""


def judged(kind: Kind, lesson: Lesson, places: int):
    """Return the verdict and the place of each mutant of one kind in one lesson."""
    source, learner = lesson.source.read_text("utf-8"), lesson.learner.read_text("utf-8")
    notebook = read_notebook(lesson.learner if kind.of_learner else lesson.source)
    for mutant in mutants(kind, notebook, random.Random(f"{SEED} {lesson.name}"), places):
        yield mutant.place, judge(mutant, source, learner, lesson)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_of_change_is_caught(kind, small_course):
    lessons = find_lessons()
    random.Random(kind.name).shuffle(lessons)
    verdicts, tried = [], 0
    for lesson in [small_course, *lessons]:
        found = [(lesson.name, *one) for one in judged(kind, lesson, PLACES)]
        verdicts += found
        tried += bool(found)
        if tried == LESSONS:
            break
    missed = [f"{lesson}, {place}" for lesson, place, verdict in verdicts if not verdict.caught]
    assert verdicts, "no lesson has a place for this kind of change"
    assert not missed, f"'{kind.name}' was not caught in {missed}"


def test_an_unchanged_lesson_has_no_faults(small_course):
    source, learner = small_course.source.read_text(), small_course.learner.read_text()
    untouched = Kind("nothing", lambda notebook: [0], lambda notebook, place, rng: None)
    notebook = read_notebook(small_course.source)
    assert list(mutants(untouched, notebook, random.Random(1), 1)) == []
    mutant = next(mutants(OUTPUT_KINDS[0], notebook, random.Random(1), 1))
    same = type(mutant)(untouched, "-", notebook)
    assert not judge(same, source, learner, small_course).caught


def test_nbval_itself_gives_the_same_verdicts(small_course, tmp_path):
    """A real run of nbval agrees, on one notebook with a damaged cell for each kind."""
    lesson = copy_course(small_course, tmp_path / "course")
    original = read_notebook(lesson.source)
    trial, expected = read_notebook(lesson.source), [False] * len(code_cells(original))
    for kind in OUTPUT_KINDS:
        for mutant in mutants(kind, original, random.Random(SEED), 1):
            for index, cell in enumerate(mutant.notebook.cells):
                # A damaged cell runs again at the end, where it gives the same output again.
                if cell != original.cells[index] and cell.id != "imports":
                    trial.cells.append(cell)
                    expected.append(bool(nbval_objects_to_cell(cell, original.cells[index])))
    write_notebook(trial, lesson.source)
    assert {True, False} <= set(expected)
    assert failing_cells(lesson) == {n for n, objects in enumerate(expected) if objects}


def failing_cells(lesson: Lesson) -> set[int]:
    """Return the numbers of the code cells that nbval rejects in a real run."""
    command = [sys.executable, "-m", "pytest", *NBVAL_OPTIONS, "-q", "-rf", "--tb=no", "--color=no"]
    run = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-p", "no:xdist", str(lesson.source)],
        cwd=lesson.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1, run.stdout + run.stderr
    return {int(n) for n in re.findall(r"^FAILED .*::Cell (\d+)", run.stdout, re.MULTILINE)}
