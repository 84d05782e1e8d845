"""check_identity_block names every catalogued mistake and passes every right program."""

from __future__ import annotations

import keras
import pytest
import tensorflow as tf
from proof_sizes import sampled

from grading.catalogue.entries import CATALOGUE
from grading.programs.classic import IDENTITY
from grading.programs.spellings import SPELLINGS, OwnComponent, OwnRelu, function_of, make_identity
from resnets import checks

pytestmark = pytest.mark.slow

EXERCISE = "identity_block"
MISTAKES = {entry.id: entry for entry in CATALOGUE[EXERCISE].mistakes}


@pytest.mark.parametrize("mistake", sampled(list(MISTAKES)[::3], list(MISTAKES)))
def test_a_catalogued_mistake_is_refused_and_named(mistake):
    entry = MISTAKES[mistake]
    result = checks.check_identity_block(CATALOGUE[EXERCISE].reference(entry.variants[0]))
    assert not result.passed
    assert result.mistake == mistake
    assert entry.title in result.message and entry.hint.split()[0] in result.message


@pytest.mark.parametrize("spelling", sampled(list(SPELLINGS)[::2], list(SPELLINGS)))
def test_a_right_program_passes_however_it_is_written(spelling):
    result = checks.check_identity_block(make_identity(**SPELLINGS[spelling]))
    assert result.passed, result.message
    assert result.mistake is None


def test_a_solution_in_the_classics_style_passes_without_a_remark():
    result = checks.check_identity_block(function_of(IDENTITY))
    assert result.passed, result.message
    assert result.remarks == []


def test_unnamed_layers_get_a_remark_and_pass():
    result = checks.check_identity_block(make_identity())
    assert result.passed
    assert "no names" in result.remarks[0]
    assert "res2b_branch2a" in result.message


def test_wrong_names_get_a_remark_and_pass():
    source = IDENTITY.replace("'res' +", "'conv' +")
    result = checks.check_identity_block(function_of(source))
    assert result.passed
    assert "`conv2b_branch2a`" in result.remarks[0] and "`res2b_branch2a`" in result.remarks[0]


def test_a_relu_of_ones_own_is_what_it_does_and_not_what_its_name_says():
    def relu(x):
        return x

    result = checks.check_identity_block(make_identity(relu=lambda: keras.layers.Activation(relu)))
    assert result.mistake == "no_relu"


def test_a_component_may_be_a_layer_class_that_holds_other_layers():
    def block(X, f, filters, stage, block):  # noqa: N803
        x = OwnComponent(filters[1], f)(OwnComponent(filters[0], 1)(X))
        x = keras.layers.BatchNormalization()(keras.layers.Conv2D(filters[2], 1)(x))
        return keras.layers.ReLU()(x + X)

    result = checks.check_identity_block(block)
    assert result.passed, result.message
    assert len(result.remarks) == 2 and "no names" in result.remarks[0]


def test_a_mistake_inside_a_layer_class_is_named():
    class Sigmoid(OwnRelu):
        def call(self, x):
            return keras.ops.sigmoid(x)

    result = checks.check_identity_block(make_identity(relu=Sigmoid))
    assert result.mistake == "wrong_activation", result.message


@pytest.mark.parametrize(
    ("function", "shown"),
    [
        (lambda t: tf.py_function(tf.nn.relu, [t], t.dtype), "it computes the right function."),
        (lambda t: tf.py_function(tf.abs, [t], t.dtype), "it computes another function."),
    ],
    ids=["right", "wrong"],
)
def test_code_that_the_check_cannot_look_into_is_reported(function, shown):
    relu = lambda: keras.layers.Lambda(function, output_shape=lambda shape: shape)  # noqa: E731
    result = checks.check_identity_block(make_identity(relu=relu))
    assert (result.passed, result.mistake) == (False, "closed"), result.message
    details = dict(result.details)
    assert details["Where"] == "`Lambda`" and "keras.ops" in details["Try"]
    assert details["As far as its numbers show"] == shown


def test_a_layer_that_makes_its_own_weights_is_closed_and_not_wrong():
    class OwnConvolution(keras.Layer):
        def __init__(self, filters, f):
            super().__init__()
            self.filters, self.f = filters, f

        def build(self, shape):
            self.kernel = self.add_weight((self.f, self.f, shape[-1], self.filters))

        def call(self, x):
            return keras.ops.conv(x, self.kernel, padding="same")

    result = checks.check_identity_block(make_identity(conv=OwnConvolution))
    assert result.mistake == "closed" and "OwnConvolution" in result.message
    assert "As far as its numbers show" not in dict(result.details)


TENSORFLOW = {
    "tf.nn.relu": {"relu": lambda: keras.layers.Lambda(tf.nn.relu)},
    "tf.maximum": {"relu": lambda: keras.layers.Lambda(lambda t: tf.maximum(t, 0.0))},
    "tf.add": {"add": lambda a, b: keras.layers.Lambda(lambda t: tf.add(t[0], t[1]))([a, b])},
    "tf.add_n": {"add": lambda a, b: keras.layers.Lambda(tf.add_n)([a, b])},
    "tf.where": {"relu": lambda: keras.layers.Lambda(
        lambda t: tf.where(t > 0, t, tf.zeros_like(t)))},
    "tf.cast": {"relu": lambda: keras.layers.Lambda(
        lambda t: t * tf.cast(tf.greater(t, 0.0), t.dtype))},
}  # fmt: skip


@pytest.mark.parametrize("spelling", TENSORFLOW)
def test_the_check_looks_into_tensorflow_calls_inside_a_layer(spelling):
    result = checks.check_identity_block(make_identity(**TENSORFLOW[spelling]))
    assert result.passed, result.message


def test_a_mistake_inside_a_tensorflow_layer_is_named():
    relu6 = make_identity(relu=lambda: keras.layers.Lambda(tf.nn.relu6))
    assert checks.check_identity_block(relu6).mistake == "wrong_activation"


def test_the_first_line_of_another_edition_is_recognised():
    def identity_block(X, f, filters, training=True, initializer=keras.initializers.Zeros):  # noqa: N803
        return keras.layers.Conv2D(filters[2], 1, kernel_initializer=initializer(seed=0))(X)

    result = checks.check_identity_block(identity_block)
    assert result.mistake == "signature"
    assert "`training` and `initializer` stand where" in dict(result.details)["Try"]


def test_a_layer_class_that_works_only_once_gets_an_explanation():
    class Once(OwnRelu):
        def call(self, x):
            if getattr(self, "called", False):
                raise ValueError("once is enough")
            self.called = True
            return keras.ops.relu(x)

    result = checks.check_identity_block(make_identity(relu=Once))
    assert not result.passed and "once is enough" in result.message
    assert "can be built, but not run" in result.title and "line" in result.message


def test_a_layer_class_that_exits_python_does_not_end_the_check():
    class Leaves(OwnRelu):
        def call(self, x):
            if isinstance(x, keras.KerasTensor) and self.built:
                raise SystemExit("gone")
            return keras.ops.softplus(x)

        def get_config(self):
            raise SystemExit("gone")

    result = checks.check_identity_block(make_identity(relu=Leaves))
    assert result.mistake == "closed" and "`Leaves`" in result.message
    assert dict(result.details)["As far as its numbers show"] == "it computes another function."


def test_a_block_that_can_be_built_but_not_run_gets_an_explanation():
    norm = keras.layers.LayerNormalization()  # for two numbers of channels
    result = checks.check_identity_block(make_identity(bn=lambda: norm))
    assert not result.passed and "can be built, but not run" in result.title
    assert "called at two places" in dict(result.details)["Try"]
    assert "Input to reshape" in result.message and "function_node" not in result.message


def test_a_function_with_other_argument_names_passes():
    def block(inputs, kernel, numbers, number, letter):
        return make_identity()(inputs, kernel, numbers, number, letter)

    assert checks.check_identity_block(block).passed


def test_the_main_path_may_be_a_nested_model():
    def block(X, f, filters, stage, block):  # noqa: N803
        inner = keras.Input(X.shape[1:])
        x = keras.layers.Conv2D(filters[0], 1)(inner)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
        x = keras.layers.Conv2D(filters[1], f, padding="same")(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
        x = keras.layers.BatchNormalization()(keras.layers.Conv2D(filters[2], 1)(x))
        return keras.layers.ReLU()(keras.Model(inner, x)(X) + X)

    result = checks.check_identity_block(block)
    assert result.passed, result.message


def test_one_relu_object_may_be_called_three_times():
    relu = keras.layers.ReLU()
    assert checks.check_identity_block(make_identity(relu=lambda: relu)).passed
