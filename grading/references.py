"""The reference as Keras models and numbers, for arguments that the judge has drawn."""

from __future__ import annotations

import keras

from grading.fingerprints import build_function, make_attempt


def reference_model(exercise: str, arguments: dict) -> keras.Model:
    """The reference for these arguments, as one functional model with the lesson's names."""
    made = make_attempt(exercise, build_function(exercise), arguments)
    return keras.Model(made.start, made.tensors)


def weight_layer_names(model: keras.Model) -> set[str]:
    """The names of the layers that have weights."""
    return {layer.name for layer in model.layers if layer.weights}
