"""Open layers of a learner's own making, so that what they compute inside can be compared.

Who calls it: an attempt, with what the learner's function built. The inside of a `Lambda`, or of a
class of the learner's own, is no part of the symbolic graph: the roles of its weights cannot be
told, and no file can hold it. Its `call`, made once more on symbolic tensors, adds it to the graph.
"""

from __future__ import annotations

import keras
import tensorflow as tf

from resnets.checks.errors import call_safely
from resnets.checks.graph import producer, tensors_before
from resnets.checks.tensorflow_calls import tensorflow_as_keras_ops

_DEEPEST = 5  # own layers within own layers


def open_up(
    start: keras.KerasTensor, end: keras.KerasTensor
) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """The input and the output of the same function, with as few layers of one's own as can be.

    Where a layer does not open (its code takes real numbers only, or it has weights that no Keras
    layer holds), everything stays as it was.
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
    """The layers before `end` whose inside is a learner's own code."""
    operations = [producer(tensor).operation for tensor in tensors_before([end])]
    return [operation for operation in operations if _is_closed(operation)]


def _is_closed(operation: keras.Operation) -> bool:
    if isinstance(operation, keras.layers.Lambda):
        return True
    own = not is_keras(operation)
    return own and isinstance(operation, keras.Layer) and type(operation).call != keras.Layer.call


def is_keras(operation: keras.Operation) -> bool:
    """Whether the class is Keras's own; what another one's methods do, nobody knows."""
    return type(operation).__module__.startswith("keras.")


def _called(layer: keras.Layer, *given, **named):
    """`layer` called as in the model; one of the learner's own without its wrapping."""
    return layer.call(*given, **named) if _is_closed(layer) else layer(*given, **named)


def _holds_weights(end: keras.KerasTensor) -> bool:
    """Whether an operation before `end` is given a weight as if it were a number."""
    variables = (keras.Variable, tf.Variable)
    return any(
        isinstance(given, variables)
        for tensor in tensors_before([end])
        for given in producer(tensor).arguments._flat_arguments
    )
