"""A ResNet50 is marked for its own code; its blocks are marked in their own exercises."""

import json

import pytest
from proof_sizes import sampled

from grading.judge.architecture import ArchitectureError, build
from grading.judge.description import read
from grading.judge.judge import Judge
from grading.judge.marking import mark_exercise
from grading.judge.session import Session
from grading.programs.classic import CONVOLUTIONAL, IDENTITY
from grading.programs.classic import RESNET50 as NETWORK
from grading.sandbox.answer_schema import Answer
from grading.sandbox.block_placeholder import BlockPlaceholder, placeholder_for
from grading.sandbox.isolation import Limits, why_impossible
from grading.sandbox.job import Call, Notebook
from grading.sandbox.sandbox import Sandbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible())),
]

WITHOUT_SHORTCUT = IDENTITY.replace("X = Add()([X, X_shortcut])", "pass")
FULL = {"function": 1.0, "generality": 1.0, "names": 1.0}


@pytest.fixture(scope="module")
def tools():
    with Sandbox(Limits(seconds=60)) as sandbox:
        yield sandbox, Judge()


def mark(tools, *cells):
    """Return the mark for the ResNet50 in a notebook with these cells."""
    notebooks = [Notebook("4_resnet50.ipynb", cells)]
    return mark_exercise(Session(notebooks, *tools, 1, 1), "ResNet50")


@pytest.mark.parametrize(
    "blocks",
    [
        [WITHOUT_SHORTCUT, CONVOLUTIONAL],
        [CONVOLUTIONAL],  # no identity block at all
        ["def identity_block(X, f, filters, stage, block): raise ValueError()", CONVOLUTIONAL],
        ["def identity_block(X, f, filters, stage, block): ...", CONVOLUTIONAL],
        [IDENTITY.replace("name = bn_name_base + '2a'", "name = None"), CONVOLUTIONAL],
    ],
    ids=["wrong", "missing", "raises", "empty", "unnamed"],
)
def test_a_right_network_earns_everything_even_if_its_blocks_are_wrong(tools, blocks):
    assert mark(tools, *blocks, NETWORK).aspects == FULL


# Texts in the right network, what stands there instead, and the mistake that it makes.
WRONG = [
    ("'bcdef'", "'bcde'", "stage4_blocks"),
    ("convolutional_block(X, f=3, filters=sizes, stage=stage, block='a', s=s)",
     "identity_block(X, f=3, filters=sizes, stage=stage, block='a')", "no_convolutional_block"),
    ("block=letter)", "block='b')", "layer_names_twice"),
    ("64, 1, 'bc'", "64, 2, 'bc'", "stage2_stride"),  # breaks off: nothing is left to pool
    ("    return Model(", "    Model(", "returns_nothing"),
    ("X, 3, sizes, stage=stage, block=letter", "X, 5, sizes, stage=stage, block=letter",
     "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "mistake"), sampled(WRONG[::2], WRONG))
def test_a_wrong_network_with_wrong_blocks_gets_its_own_mistake(tools, right, wrong, mistake):
    assert right in NETWORK
    result = mark(tools, WITHOUT_SHORTCUT, CONVOLUTIONAL, NETWORK.replace(right, wrong))
    assert (result.mistake, sum(result.aspects.values())) == (mistake, 0)


def test_a_wrong_network_is_built_with_its_own_blocks_for_the_lessons_call_only(tools):
    built = []

    class Watched:
        def run(self, notebooks, calls, share):
            built.extend(call.arguments for call in calls if not call.placeholders)
            return tools[0].run(notebooks, calls, share)

    network = NETWORK.replace("'bcdef'", "'bcde'")
    assert mark((Watched(), tools[1]), IDENTITY, CONVOLUTIONAL, network).mistake == "stage4_blocks"
    assert built == [{"input_shape": (64, 64, 3), "classes": 6}]


def test_a_network_that_returns_nothing_gets_that_mistake_even_if_its_blocks_raise(tools):
    raises = "def identity_block(X, f, filters, stage, block): raise ValueError()"
    network = NETWORK.replace("    return Model(", "    Model(")
    assert mark(tools, raises, CONVOLUTIONAL, network).mistake == "returns_nothing"


def test_a_block_with_its_parameters_in_another_order_can_be_called(tools):
    block = WITHOUT_SHORTCUT.replace("f, filters, stage, block", "filters, f, block, stage")
    network = NETWORK.replace("3, sizes, stage=stage, block=letter", "sizes, 3, letter, stage")
    assert block != WITHOUT_SHORTCUT
    assert mark(tools, block, CONVOLUTIONAL, network).aspects == FULL


def test_a_network_that_compensates_for_its_block_is_right(tools):
    block = IDENTITY.replace("F1, F2, F3 = filters", "F1, F2, F3 = filters[::-1]")
    network = NETWORK.replace("X, 3, sizes, stage", "X, 3, sizes[::-1], stage")
    assert mark(tools, block, CONVOLUTIONAL, network).aspects == FULL


def test_the_reference_is_not_in_the_sandbox(tools):
    body = "raise ValueError([m for m in sys.modules if m.startswith('grading')], identity_block)"
    cell = f"import sys\ndef ResNet50(input_shape=(64, 64, 3), classes=6): {body}"
    session = Session([Notebook("n.ipynb", (cell,))], *tools, 1, 1)
    _, (answer,) = session.ask([Call("ResNet50", arguments={}, placeholders=True)])
    assert "grading.sandbox.block_placeholder" in answer.detail
    for name in ("catalogue", "judge", "results"):
        assert f"grading.{name}" not in answer.detail


def model_with_placeholder() -> str:
    """Return the JSON of a network that consists of one placeholder."""
    import keras

    start = keras.Input((8, 8, 4))
    out = placeholder_for("identity_block", None)(start, 3, [2, 2, 4], 2, "b")
    return keras.Model(start, out).to_json()


def test_a_placeholder_is_refused_unless_placeholders_are_allowed():
    assert isinstance(
        build(read(model_with_placeholder(), placeholders=True)).layers[1], BlockPlaceholder
    )
    with pytest.raises(ArchitectureError, match="not the grader's own"):
        build(read(model_with_placeholder()))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("module", "os"),
        ("registered_name", "other"),
        ("kind", "system"),
        ("f", 1 << 40),
        ("f", "3"),
        ("filters", [2, 2]),
        ("s", 0),
    ],
)
def test_a_forged_placeholder_is_refused(key, value):
    description = json.loads(model_with_placeholder())
    layer = description["config"]["layers"][1]
    options = layer["config"] if key == "kind" else layer["config"]["arguments"]
    (layer if key in layer else options)[key] = value
    with pytest.raises(ArchitectureError):
        build(read(json.dumps(description), placeholders=True))


def test_a_placeholder_for_a_huge_block_takes_no_memory(tools):
    description = json.loads(model_with_placeholder())
    description["config"]["layers"][1]["config"]["arguments"]["filters"] = [60_000, 60_000, 4]
    answer = Answer(model=json.dumps(description))
    verdict = tools[1].architecture("ResNet50", {"input": [8, 8, 4], "seed": 1}, answer, True)
    assert not verdict.right
    assert "weights" in verdict.reason
