"""A check explains what an exception usually means; Keras's own messages are provoked here."""

from __future__ import annotations

from dataclasses import replace

import keras
import pytest
import tensorflow as tf

from grading.programs import by_exercise
from grading.programs.classic import IDENTITY
from grading.programs.spellings import function_of
from resnets import checks
from resnets.exercises import EXERCISES

ADD = "X = Add()([X, X_shortcut])"
FIRST_RELU = "X = Activation('relu')(X)"

# (text of the classic's identity block, its replacement, part of the expected explanation)
MISTAKES = {
    "one list": (ADD, "X = Add()(X, X_shortcut)", "takes them as one list"),
    "one tensor": (ADD, "X = Add()(X)", "takes them as one list"),
    "layer not called": (FIRST_RELU, "X = Activation('relu')", "makes a layer but does not call"),
    "settings in the second brackets": (
        FIRST_RELU, "X = Conv2D(3, 1)(1, 1)", "called on something that is not a tensor",
    ),
    "misspelt name": (FIRST_RELU, "X = Activaton('relu')(X)", "Did you mean `Activation`?"),
    "layer by its own name": (FIRST_RELU, "X = PReLU()(X)", "Write `layers.PReLU`, or run `from"),
    "module not imported": (FIRST_RELU, "X = ops.relu(X)", "`from keras import ops`"),
    "unknown name": (FIRST_RELU, "X = qqq(X)", "Python does not know this name"),
    "misspelt attribute": (FIRST_RELU, "X = layers.Rellu()(X)", "Did you mean `ReLU`?"),
    "misspelt keyword": ("strides =", "stride =", "Did you mean `strides`?"),
    "unknown keyword": (FIRST_RELU, "X = Activation('relu', qqq=1)(X)", "no argument `qqq`"),
    "used too early": (
        "X_shortcut = X\n", "X_shortcut = X_shortcut\n", "`X_shortcut` is used before",
    ),
    "number and text": ("str(stage)", "stage", "`str(stage)`"),
    "too many filters": ("F1, F2, F3 = filters", "F1, F2 = filters", "holds three numbers"),
    "a fourth filter": ("F1, F2, F3 = filters", "F1, F2, F3 = filters[3]", "counts from 0"),
    "flattened": (FIRST_RELU, "X = layers.Flatten()(X)", "expects a tensor with 4 axes"),
    "window too large": (FIRST_RELU, "X = layers.MaxPooling2D(30)(X)", "larger than what is left"),
    "axis of the batch": ("axis = 3", "axis = 0", "The channels are axis 3"),
    "other shapes": (FIRST_RELU, "X = layers.ZeroPadding2D(1)(X)", "cannot be added"),
    "tensor called": (FIRST_RELU, "X = X(X)", "A tensor is called as if it were a layer"),
    "comma missing": ("(1, 1), strides", "(1, 1)(2, 2), strides", "Is a comma missing"),
    "nothing": (FIRST_RELU, "X = print()", "Something is None at this point"),
    "TensorFlow": (FIRST_RELU, "X = tf.nn.relu(X)", "a function from `keras.ops`"),
    "Keras 2": (FIRST_RELU, "X = layers.AveragePooling2D()(X)", "In Keras 2"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_an_exception_is_explained(mistake):
    right, wrong, explanation = MISTAKES[mistake]
    assert right in IDENTITY
    source = IDENTITY.replace(right, wrong, 1)
    result = checks.check_identity_block(function_of(source, tf=tf))
    assert not result.passed
    assert explanation in dict(result.details)["What that means"], result.message


def test_a_layer_without_any_import_is_explained():
    source = "def identity_block(X, f, filters, stage, block):\n    return Conv2D(1, 1)(X)"
    namespace = {}
    exec(source, namespace)
    result = checks.check_identity_block(namespace["identity_block"])
    words = dict(result.details)["What that means"]
    assert words.endswith("Run this line first: `from keras.layers import Conv2D`.")


NORMS = """
def gradient_norms(model, X, Y):
    kernels = [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]
    with tf.GradientTape() as tape:
        loss = keras.losses.categorical_crossentropy(Y, model(X, training=True))
    return [tf.norm(g) for g in tape.gradient(loss, kernels)]
"""

NORMS_MISTAKES = {
    "predict": (
        "model(X, training=True)",
        "model.predict(X, verbose=0)",
        "does not record `predict`",
    ),
    "fit": ("    return", "    model.fit(X, Y)\n    return", "neither `compile` nor `fit`"),
    "one gradient at a time": (
        "[tf.norm(g) for g in tape.gradient(loss, kernels)]",
        "[tf.norm(tape.gradient(loss, k)) for k in kernels]",
        "A tape can be asked only once",
    ),
    "misspelt method": ("tape.gradient", "tape.gradiant", "Did you mean `gradient`?"),
}


@pytest.mark.parametrize("mistake", NORMS_MISTAKES)
def test_an_exception_in_gradient_norms_is_explained(mistake):
    right, wrong, explanation = NORMS_MISTAKES[mistake]
    assert right in NORMS
    function = function_of(NORMS.replace(right, wrong), tf=tf, keras=keras)
    result = checks.check_gradient_norms(function)
    assert not result.passed
    assert explanation in dict(result.details)["What that means"], result.message


# (exercise, text of its first right program, its replacement, part of the expected explanation)
NUMERIC_MISTAKES = {
    "axes": ("gradcam", "axis=(1, 2)", "axes=(1, 2)", "call this argument `axis`"),
    "one axis too far": ("gradcam", "axis=-1", "axis=3", "has fewer axes"),
    "axis of a single image": ("gradcam", "axis=(1, 2)", "axis=(1, 4)", "has fewer axes"),
    "argmax along an axis": (
        "gradcam", "tf.argmax(scores)", "tf.argmax(scores, axis=1)", "has fewer axes",
    ),
    "symbolic": (
        "gradcam", "(score, features)", "(score, model.get_layer(layer).output)", "only symbolic",
    ),
    "one index too many": ("occlusion_map", "after[answer]", "after[0, answer]", "fewer axes"),
    "no batch": ("occlusion_map", "model(image[None]", "model(image", "takes a batch of images"),
    "fit": ("reestimate", "model(batch, training=True)", "model.fit(batch)", "does not train"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", NUMERIC_MISTAKES)
def test_an_exception_in_a_numeric_exercise_is_explained(mistake):
    exercise, right, wrong, explanation = NUMERIC_MISTAKES[mistake]
    program = by_exercise.right(exercise)[0]
    assert right in program.text
    changed = replace(program, title=mistake, text=program.text.replace(right, wrong))
    result = getattr(checks, EXERCISES[exercise].check)(by_exercise.function(changed))
    assert not result.passed
    assert explanation in dict(result.details)["What that means"], result.message


def test_a_model_that_does_not_start_from_its_input_is_explained():
    def ResNet50(input_shape=(64, 64, 3), classes=6):  # noqa: N802
        x = keras.layers.Flatten()(keras.Input(input_shape))
        return keras.Model(keras.Input(input_shape), keras.layers.Dense(classes)(x))

    result = checks.check_resnet50(ResNet50)
    assert "not computed from what `inputs=` names" in dict(result.details)["What that means"]
