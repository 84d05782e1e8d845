"""The check in a notebook and the grader agree: on right programs, and on the mistakes in others.

Notebooks are drawn (see `notebook_variations`), run cell by cell in IPython, and marked.
"""

from __future__ import annotations

import sys

import nbformat
import notebook_variations
import pytest
from proof_sizes import sampled

from grading.judge.judge import Judge
from grading.judge.marking import mark_exercise
from grading.judge.session import Session
from grading.programs import by_exercise, classic
from grading.sandbox.isolation import Limits, why_impossible
from grading.sandbox.job import Notebook
from grading.sandbox.sandbox import Sandbox
from resnets.exercises import EXERCISES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible())),
]
STEP = sampled(20, 1)
EACH = sampled(10, 3)  # of an exercise's programs


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """An IPython shell as in a notebook, in an empty folder."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("notebook"))
        # IPython replaces this module by one from which no worker process can be started.
        patch.setitem(sys.modules, "__main__", sys.modules["__main__"])
        yield InteractiveShell.instance(config=config)
    InteractiveShell.clear_instance()


@pytest.fixture(scope="module")
def room():
    with Sandbox(Limits(seconds=60)) as sandbox:
        yield sandbox, Judge()


def checked(shell, variation):
    """Run the notebook's cells up to the check, and return the check's result."""
    shell.reset(new_session=False)
    for cell in variation.cells:
        shell.run_cell(cell)
        if "result = checks" in cell:
            break
    return shell.user_ns["result"]


def disagreement(shell, room, seed: int, variation=None) -> str | None:
    """Return how check and mark differ for a notebook, drawn if none is given; None if they agree.

    A right notebook passes and earns everything. In another one both name the same mistake.
    """
    variation = variation or notebook_variations.variation(seed)
    result = checked(shell, variation)
    sandbox, judge = room
    notebooks = [Notebook(variation.file, variation.cells)]
    # Only a few seeds, so that the reference is built for few sets of arguments.
    session = Session(notebooks, sandbox, judge, seed % sampled(2, 4), 1)
    mark = mark_exercise(session, variation.exercise)
    summary = f"seed {seed} {variation.parts}: check {result.passed}, {result.mistake}; mark "
    summary += f"{mark.aspects}, {mark.mistake}, {mark.detail}"
    if result.passed != variation.right:
        return f"the check is wrong: {summary} {result.message}"
    if result.passed:
        full = {aspect.name: 1.0 for aspect in EXERCISES[variation.exercise].aspects}
        return None if mark.aspects == full else summary
    # Without a name: the mark says whether at least the lesson's own call is right.
    unnamed = "hard_coded" if mark.aspects["function"] == 1.0 else "unknown"
    same = mark.mistake == (result.mistake or unnamed)
    return None if same and set(mark.aspects.values()) != {1.0} else summary


def disagreements(shell, room, seeds):
    return [summary for seed in seeds if (summary := disagreement(shell, room, seed))]


# Two classes, because the two processes of `make test` distribute tests by class.
class TestHundreds:
    def test_check_and_grader_agree(self, shell, room, capsys):
        assert disagreements(shell, room, range(0, 250, STEP)) == []


class TestHundredsMore:
    def test_check_and_grader_agree(self, shell, room, capsys):
        assert disagreements(shell, room, range(250, 500, STEP)) == []


@pytest.mark.parametrize("exercise", by_exercise.WITH_PROGRAMS)
def test_check_and_grader_agree_on_programs(shell, room, capsys, exercise):
    programs = by_exercise.right(exercise)[::EACH] + by_exercise.wrong(exercise)[::EACH]
    variations = [
        notebook_variations.of_program(exercise, program.text, seed, program.mistake is None)
        for seed, program in enumerate(programs)
    ]
    differences = [
        disagreement(shell, room, seed, variation) for seed, variation in enumerate(variations)
    ]
    assert list(filter(None, differences)) == []


FETCHED = """\
identity_block = utils.from_lesson(2, "identity_block")
convolutional_block = utils.from_lesson(3, "convolutional_block")"""
# Ways to use the blocks of earlier lessons in lesson 4: cells, and the names in the network.
WAYS = {
    "fetched": ([FETCHED], "identity_block", "convolutional_block"),
    "in a dict": (
        ["blocks = {name: utils.from_lesson(n, name) for n, name in"
         " [(2, 'identity_block'), (3, 'convolutional_block')]}"],
        "blocks['identity_block']", "blocks['convolutional_block']",
    ),
    "in a try": (
        ["try:\n    from my_blocks import identity_block\nexcept ImportError:\n"
         "    identity_block = utils.from_lesson(2, 'identity_block')",
         "from resnets_utils import from_lesson as fetch\n"
         "convolutional_block = fetch(number=3, name='convolutional_block')"],
        "identity_block", "convolutional_block",
    ),
    "wrapped": (
        [FETCHED, "def same_size(x, filters, stage, letter):\n"
         "    return identity_block(x, 3, filters, stage, letter)",
         "from functools import partial\ndownsizing = partial(convolutional_block, f=3)"],
        "(lambda x, f, filters, stage, block: same_size(x, filters, stage, block))",
        "(lambda x, f, filters, stage, block, s: downsizing(x, filters=filters, stage=stage,"
        " block=block, s=s))",
    ),
    "pasted": (
        [classic.IDENTITY, classic.CONVOLUTIONAL],
        "identity_block", "convolutional_block",
    ),
}  # fmt: skip
NETWORK = """\
STAGES = [(2, 64, 3, 1), (3, 128, 4, 2), (4, 256, 6, 2), (5, 512, 3, 2)]


def ResNet50(input_shape=(64, 64, 3), classes=6):
    same, smaller = {identity}, {convolutional}
    start = keras.Input(input_shape)
    x = layers.ZeroPadding2D((3, 3))(start)
    x = layers.Conv2D(64, (7, 7), strides=(2, 2), name="conv1")(x)
    x = layers.BatchNormalization(axis=3, name="bn_conv1")(x)
    x = layers.Activation("relu")(x)
    x = layers.MaxPooling2D((3, 3), strides=(2, 2))(x)
    for stage, width, count, s in STAGES:
        filters = [width, width, 4 * width]
        x = smaller(x, f=3, filters=filters, stage=stage, block="a", s=s)
        for letter in "bcdef"[:count - 1]:
            x = same(x, f=3, filters=filters, stage=stage, block=letter)
    x = layers.AveragePooling2D((2, 2), name="avg_pool")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(classes, activation="softmax", name=f"fc{classes}")(x)
    return keras.Model(inputs=start, outputs=x)"""


@pytest.mark.parametrize("way", WAYS)
def test_a_network_finds_its_blocks_from_earlier_lessons(shell, room, capsys, way):
    cells, identity, convolutional = WAYS[way]
    network = NETWORK.replace("{identity}", identity).replace("{convolutional}", convolutional)
    lessons = {
        "2_identity_block": [notebook_variations.IMPORTS, classic.IDENTITY],
        "3_convolutional_block": [
            notebook_variations.IMPORTS, classic.CONVOLUTIONAL
        ],
        "4_resnet50": [
            notebook_variations.IMPORTS, *cells, network, "result = checks.check_resnet50(ResNet50)"
        ],
    }  # fmt: skip
    for name, sources in lessons.items():
        notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, sources)))
        nbformat.write(notebook, f"{name}.ipynb")
    shell.reset(new_session=False)
    for cell in lessons["4_resnet50"]:
        shell.run_cell(cell)
    assert shell.user_ns["result"].passed, shell.user_ns["result"].message
    sandbox, judge = room
    notebooks = [Notebook(f"{name}.ipynb", cells) for name, cells in lessons.items()]
    mark = mark_exercise(Session(notebooks, sandbox, judge, 1, 1), "ResNet50")
    assert set(mark.aspects.values()) == {1.0}, mark.detail
