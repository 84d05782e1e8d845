"""Replace a learner's own layers by the operations inside them, so that these can be compared.

Who calls it: an attempt, with what the learner's function built. The inside of a `Lambda` or of a
learner's own layer class is not part of the symbolic graph, so its weights have no role and it
cannot be saved as JSON. Calling its `call` again on symbolic tensors adds the inside to the graph.
"""

from __future__ import annotations

import keras
import tensorflow as tf

from resnets.checks.errors import call_safely
from resnets.checks.graph import producer, tensors_before
from resnets.checks.tensorflow_calls import tensorflow_as_keras_ops

_DEEPEST = 5  # levels of own layers within own layers


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
    for _ in range(_DEEPEST):
        if not closed_layers(end):
            break
        model = keras.models.clone_model(
            keras.Model(start, end), clone_function=lambda layer: layer, call_function=_called
        )
        start, end = model.inputs[0], model.outputs[0]
    return start, end


def closed_layers(end: keras.KerasTensor) -> list[keras.Layer]:
    """Return the layers before `end` that run a learner's own code."""
    operations = [producer(tensor).operation for tensor in tensors_before([end])]
    return [operation for operation in operations if _is_closed(operation)]


def _is_closed(operation: keras.Operation) -> bool:
    if isinstance(operation, keras.layers.Lambda):
        return True
    own = not is_keras(operation)
    return own and isinstance(operation, keras.Layer) and type(operation).call != keras.Layer.call


def is_keras(operation: keras.Operation) -> bool:
    """Return whether the class is part of Keras; other classes may do anything."""
    return type(operation).__module__.startswith("keras.")


def _called(layer: keras.Layer, *inputs, **options):
    """Call `layer` as in the model; for a learner's own layer, only the code of its `call`."""
    return layer.call(*inputs, **options) if _is_closed(layer) else layer(*inputs, **options)


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
