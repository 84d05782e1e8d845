"""A ResNet50 is marked for its own code; its blocks are marked in their own exercises."""

import json

import checks_programs
import pytest

from grading.judge.architecture import ArchitectureError, rebuild
from grading.judge.judge import Judge
from grading.judge.marking import mark_exercise
from grading.judge.session import Session
from grading.sandbox.answer_schema import Answer
from grading.sandbox.block_placeholder import BlockPlaceholder, placeholder_for
from grading.sandbox.isolation import Limits, why_impossible
from grading.sandbox.job import Call, Notebook
from grading.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible()))

IDENTITY, CONVOLUTIONAL = checks_programs.IDENTITY_CLASSIC, checks_programs.CONVOLUTIONAL_CLASSIC
WITHOUT_SHORTCUT = IDENTITY.replace("X = Add()([X, X_shortcut])", "pass")
NETWORK = """
def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = Input(input_shape)
    X = ZeroPadding2D((3, 3))(X_input)
    X = Conv2D(64, (7, 7), strides=(2, 2), name="conv1")(X)
    X = BatchNormalization(axis=3, name="bn_conv1")(X)
    X = Activation("relu")(X)
    X = MaxPooling2D((3, 3), strides=(2, 2))(X)
    for stage, width, letters, s in ((2, 64, "bc", 1), (3, 128, "bcd", 2), (4, 256, "bcdef", 2),
                                     (5, 512, "bc", 2)):
        filters = [width, width, 4 * width]
        X = convolutional_block(X, 3, filters, stage, "a", s=s)
        for letter in letters:
            X = identity_block(X, 3, filters, stage, letter)
    X = Flatten()(AveragePooling2D((2, 2))(X))
    X = Dense(classes, activation="softmax", name="fc" + str(classes))(X)
    return Model(X_input, X)
"""
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


@pytest.mark.parametrize(
    ("right", "wrong", "mistake"),
    [
        ('"bcdef"', '"bcde"', "stage4_blocks"),
        ('convolutional_block(X, 3, filters, stage, "a", s=s)',
         'identity_block(X, 3, filters, stage, "a")', "no_convolutional_block"),
        ("stage, letter)", 'stage, "b")', "layer_names_twice"),
        ('"bc", 1)', '"bc", 2)', "stage2_stride"),  # breaks off: nothing is left to pool
        ("    return Model(X_input, X)", "    Model(X_input, X)", "returns_nothing"),
        ("X, 3, filters, stage, letter", "X, 5, filters, stage, letter", "unknown"),
    ],
)  # fmt: skip
def test_a_wrong_network_with_wrong_blocks_gets_its_own_mistake(tools, right, wrong, mistake):
    assert right in NETWORK
    result = mark(tools, WITHOUT_SHORTCUT, CONVOLUTIONAL, NETWORK.replace(right, wrong))
    assert (result.mistake, sum(result.aspects.values())) == (mistake, 0)


def test_a_network_that_returns_nothing_gets_that_mistake_even_if_its_blocks_raise(tools):
    raises = "def identity_block(X, f, filters, stage, block): raise ValueError()"
    network = NETWORK.replace("    return Model(X_input, X)", "    Model(X_input, X)")
    assert mark(tools, raises, CONVOLUTIONAL, network).mistake == "returns_nothing"


def test_a_block_with_its_parameters_in_another_order_can_be_called(tools):
    block = WITHOUT_SHORTCUT.replace("f, filters, stage, block", "filters, f, block, stage")
    network = NETWORK.replace("3, filters, stage, letter", "filters, 3, letter, stage")
    assert block != WITHOUT_SHORTCUT
    assert mark(tools, block, CONVOLUTIONAL, network).aspects == FULL


def test_a_network_that_compensates_for_its_block_is_right(tools):
    block = IDENTITY.replace("F1, F2, F3 = filters", "F1, F2, F3 = filters[::-1]")
    network = NETWORK.replace("X, 3, filters, stage, letter", "X, 3, filters[::-1], stage, letter")
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
        rebuild(model_with_placeholder(), placeholders=True).layers[1], BlockPlaceholder
    )
    with pytest.raises(ArchitectureError, match="not the grader's own"):
        rebuild(model_with_placeholder())


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
        rebuild(json.dumps(description), placeholders=True)


def test_a_placeholder_for_a_huge_block_takes_no_memory(tools):
    description = json.loads(model_with_placeholder())
    description["config"]["layers"][1]["config"]["arguments"]["filters"] = [60_000, 60_000, 4]
    answer = Answer(model=json.dumps(description))
    verdict = tools[1].architecture("ResNet50", {"input": [8, 8, 4], "seed": 1}, answer, True)
    assert not verdict.right
    assert "weights" in verdict.reason
