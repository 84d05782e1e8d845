"""Replace a learner's own layers by the operations inside them, so that these can be compared.

Who calls it: an attempt, with what the learner's function built. The inside of a `Lambda` or of a
learner's own layer class is not part of the symbolic graph, so its weights have no role and it
cannot be saved as JSON. Calling its `call` again on symbolic tensors adds the inside to the graph.

The same holds for a function that a layer gets as its `activation`. JSON has only its name: Keras
cannot read `tf.nn.softmax` again, and takes a learner's own `relu` for Keras's, whatever it does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import keras
import tensorflow as tf

from resnets.checks.errors import call_safely
from resnets.checks.graph import producer, tensors_before
from resnets.checks.tensorflow_calls import tensorflow_as_keras_ops

_DEEPEST = 5  # levels of own layers within own layers
_ENDING_IN_ACTIVATION = (
    *(keras.layers.Dense, keras.layers.EinsumDense),
    *(keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D),
    *(keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose),
    *(keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D),
    *(keras.layers.SeparableConv1D, keras.layers.SeparableConv2D),
)


def open_up(
    start: keras.KerasTensor, end: keras.KerasTensor
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Return input and output of the same function with the learner's own layers opened.

    If a layer cannot be opened (its code needs real numbers, or it makes weights of its own), both
    are returned unchanged.
    """
    if not closed_layers(end):
        return start, end
    with tensorflow_as_keras_ops():
        opened, error = call_safely(lambda: _opened(start, end))
    return opened if error is None and not _holds_weights(opened[1]) else (start, end)


def _opened(start: keras.KerasTensor, end: keras.KerasTensor) -> tuple:
    copies: dict[keras.Layer, keras.Layer] = {}  # a layer that is called twice gets one copy
    for _ in range(_DEEPEST):
        if not closed_layers(end):
            break
        model = keras.models.clone_model(
            keras.Model(start, end),
            clone_function=lambda layer: layer,
            call_function=functools.partial(_called, copies),
        )
        start, end = model.inputs[0], model.outputs[0]
    return start, end


def closed_layers(end: keras.KerasTensor) -> list[keras.Layer]:
    """Return the layers before `end` that run a learner's own code."""
    operations = [producer(tensor).operation for tensor in tensors_before([end])]
    return [operation for operation in operations if _is_closed(operation)]


def _is_closed(operation: keras.Operation) -> bool:
    if isinstance(operation, keras.layers.Lambda) or _own_activation(operation) is not None:
        return True
    if isinstance(operation, keras.Model) and is_keras(operation):
        return len(operation.inputs) == 1 and any(map(_is_closed, operation.layers))
    own = not is_keras(operation)
    return own and isinstance(operation, keras.Layer) and type(operation).call != keras.Layer.call


def _own_activation(operation: keras.Operation) -> Callable | None:
    """Return the function that a layer ends with, if it is none of `keras.activations`."""
    if not isinstance(operation, (keras.layers.Activation, *_ENDING_IN_ACTIVATION)):
        return None
    function = operation.activation
    if function is None or (isinstance(function, keras.Operation) and is_keras(function)):
        return None
    name = getattr(function, "__name__", "")
    return None if function is getattr(keras.activations, name, None) else function


def is_keras(operation: keras.Operation) -> bool:
    """Return whether the class is part of Keras; other classes may do anything."""
    return type(operation).__module__.startswith("keras.")


def _called(copies: dict[keras.Layer, keras.Layer], layer: keras.Layer, *inputs, **options):
    """Call `layer` as in the model; for a learner's own code, only what it does with tensors."""
    if isinstance(layer, keras.layers.Activation) and _is_closed(layer):
        return layer.activation(*inputs)
    if (activation := _own_activation(layer)) is not None:
        if layer not in copies:
            copies[layer] = _without_activation(layer)
        return activation(copies[layer](*inputs, **options))
    if isinstance(layer, keras.Model) and is_keras(layer) and _is_closed(layer):
        return _inlined(layer, *inputs)
    return layer.call(*inputs, **options) if _is_closed(layer) else layer(*inputs, **options)


def _inlined(model: keras.Model, given: keras.KerasTensor) -> keras.KerasTensor:
    """Return what a nested model computes, with its layers in the graph of the given tensor."""
    values = {id(model.inputs[0]): given}
    for tensor in tensors_before(model.outputs):
        if id(tensor) not in values:
            node = producer(tensor)
            inputs, options = node.arguments.fill_in(values)
            outputs = keras.tree.flatten(node.operation(*inputs, **options))
            values |= zip(map(id, node.output_tensors), outputs, strict=True)
    (end,) = model.outputs
    return values[id(end)]


def _without_activation(layer: keras.Layer) -> keras.Layer:
    """Return a layer that does the same without its activation; it draws weights of its own.

    The given layer stays as it is, because the learner's code may use it again.
    """
    plain = {"_initializer": keras.initializers.Zeros(), "_regularizer": None, "_constraint": None}
    own = {"activation": layer.activation}
    try:
        layer.activation = keras.activations.linear
        for name, value in list(vars(layer).items()):
            if (ending := "_" + name.rpartition("_")[2]) in plain:
                own[name] = value
                setattr(layer, name, plain[ending])  # a learner's own object may have no config
        config = layer.get_config()
    finally:
        for name, value in own.items():
            setattr(layer, name, value)
    objects = {name: value for name, value in own.items() if name in config}
    return type(layer).from_config({**config, **objects, "activation": "linear"})


def _holds_weights(end: keras.KerasTensor) -> bool:
    """Return whether an operation before `end` takes a variable as a constant input.

    Such a weight belongs to no layer, so it has no role and could not be set.
    """
    variables = (keras.Variable, tf.Variable)
    return any(
        isinstance(argument, variables)
        for tensor in tensors_before([end])
        for argument in producer(tensor).arguments._flat_arguments
    )
