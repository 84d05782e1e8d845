"""Rebuild the network that a submission returned as JSON, or refuse it.

The judge builds the JSON's normal form (see `description`), in Keras's safe mode. Each layer's
output is measured as soon as it is built, so a network that would need far more memory or time than
a ResNet50 is refused before it runs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import keras

import resnets_utils  # noqa: F401  (registers the course's initialiser, which layers may name)
from grading.judge.allowed import MAX_TENSOR, ArchitectureError
from grading.judge.description import Description
from grading.judge.watchdog import raise_if_out_of_memory

MAX_ENDS = 50  # outputs of a network whose construction broke off: its unconnected tensors
MAX_RANK = 8  # dimensions of a tensor; the lessons need four
# Measured for two images of 96x96: the lessons' ResNet50 has 23.6 million weights, outputs 13
# million numbers and does 1.4 billion multiplications. The most expensive mistake in the catalogue
# needs less than six times as much.
MAX_WEIGHTS = 1 << 27
MAX_TENSORS = 1 << 27
MAX_WORK = 20_000_000_000


def build(description: Description, ends: int = 1) -> keras.Model:
    """Build a network from its normal form, with all weights zero.

    Args:
        ends: how many outputs it may have.

    Raises:
        ArchitectureError: Keras cannot build it, or it is too large.
    """
    try:
        with within_limits(), _plain_error_messages():
            model = keras.models.model_from_json(description.text)
    except ArchitectureError:
        raise
    except RecursionError:
        raise ArchitectureError("the model is too deep") from None
    except Exception as error:
        raise_if_out_of_memory(error)
        reason = f"{type(error).__name__}: {error}"[:300]
        raise ArchitectureError(f"Keras cannot build the model from its JSON: {reason}") from None
    if len(model.inputs or ()) != 1:
        raise ArchitectureError("expected a model with one input")
    if not 1 <= len(model.outputs) <= ends:
        raise ArchitectureError("expected a model with one output")
    check_activations(model)
    return model


@contextmanager
def _plain_error_messages() -> Iterator[None]:
    """Stop Keras from adding a call's arguments and colour codes to error messages.

    Keras's traceback filtering rewrites every message into several coloured lines. A verdict's
    reason must be one plain line.
    """
    filtering = keras.config.is_traceback_filtering_enabled()
    keras.config.disable_traceback_filtering()
    try:
        yield
    finally:
        if filtering:
            keras.config.enable_traceback_filtering()


@contextmanager
def within_limits() -> Iterator[None]:
    """Raise ArchitectureError for weights and tensors beyond the limits, before allocation.

    The check patches Keras itself, so it also covers layers that a block of the reference adds.
    """
    with (
        bounded_weights(),
        mock.patch.object(keras.Layer, "symbolic_call", _with_checked_output(keras.Layer)),
        mock.patch.object(keras.Operation, "symbolic_call", _with_checked_output(keras.Operation)),
    ):
        yield


@contextmanager
def bounded_weights() -> Iterator[None]:
    """Raise ArchitectureError once a model has more than MAX_WEIGHTS weights, before allocation.

    All weights become zeros, which is fast: the judge assigns its own values later.
    """
    original = keras.Layer.add_weight
    total = 0

    def add_weight(layer, shape=None, initializer=None, *args, **kwargs):
        nonlocal total
        total += math.prod(shape or ())
        if total > MAX_WEIGHTS:
            raise ArchitectureError(f"more than {MAX_WEIGHTS:,} weights")
        return original(layer, shape, "zeros", *args, **kwargs)

    with mock.patch.object(keras.Layer, "add_weight", add_weight):
        yield


def _with_checked_output(kind: type[keras.Operation]):
    """Return the class's `symbolic_call`, extended by a check of its output's size."""
    call = kind.symbolic_call

    def bounded_call(operation, *args, **kwargs):
        out = call(operation, *args, **kwargs)
        for tensor in keras.tree.flatten(out):
            _check_tensor(operation, tensor)
        return out

    return bounded_call


def _check_tensor(operation: keras.Operation, tensor: keras.KerasTensor) -> None:
    shape = tuple(tensor.shape)
    if None in shape:
        raise ArchitectureError(f"{operation.name} outputs {shape}: expected fixed sizes")
    if len(shape) > MAX_RANK or _size(tensor) > MAX_TENSOR:
        raise ArchitectureError(f"{operation.name} outputs {shape}: too large")
    if _size(tensor) < 1:
        raise ArchitectureError(f"{operation.name} outputs {shape}, which is empty")


def check_activations(model: keras.Model) -> None:
    """Do nothing if the model can be run within MAX_TENSORS and MAX_WORK.

    Raises:
        ArchitectureError: it would need more memory or more time.
    """
    elements, work = _cost(model)
    if elements > MAX_TENSORS or work > MAX_WORK:
        raise ArchitectureError(
            f"too much to run: {elements:,} numbers and {work:,} multiplications for two images"
        )


def _cost(model: keras.Model) -> tuple[int, int]:
    """Return how many numbers a model's layers output and how often they multiply.

    Nested models are included. Both figures are upper bounds that need no run.
    """
    elements = work = 0
    graph = getattr(model, "_functional", None) or model
    for operation in graph.operations:
        for node in operation._inbound_nodes:
            for tensor in node.output_tensors:
                _check_tensor(operation, tensor)
                elements += _size(tensor)
                work += _size(tensor) * _pooling_window(operation)
            inner = _inner_cost(operation, node)
            elements, work = elements + inner[0], work + inner[1]
    return elements, work


def _inner_cost(operation: keras.Operation, node) -> tuple[int, int]:
    """Return (numbers held, multiplications) of one call, in addition to those of its output."""
    if isinstance(operation, keras.Model):
        if list(map(_size, node.input_tensors)) != list(map(_size, operation.inputs)):
            # Its layers were measured for its own input, and a larger one would cost more.
            raise ArchitectureError(
                f"{operation.name} is called on a tensor of another size than its own input"
            )
        return _cost(operation)
    if isinstance(operation, keras.layers.DepthwiseConv2D | keras.layers.SeparableConv2D):
        return _depthwise_cost(operation, node)
    weights = getattr(operation, "weights", [])
    largest = max((math.prod(weight.shape) for weight in weights), default=0)
    return 0, _positions(node) * largest


def _depthwise_cost(layer: keras.Layer, node) -> tuple[int, int]:
    """Return (numbers held, multiplications) of a depthwise or separable convolution.

    Its temporary tensors can be far larger than its output. With a dilation TensorFlow pads the
    image by the dilated kernel and splits it; with strides as well, Keras first convolves at every
    position and drops most results. A separable convolution holds the product of channels and
    multiplier before it sums the channels up.
    """
    images, *sides, channels = node.input_tensors[0].shape
    if layer.data_format == "channels_first":
        channels, *sides = *sides, channels
    kernel, dilation = layer.kernel_size, layer.dilation_rate
    padded = [side + n * step for side, n, step in zip(sides, kernel, dilation, strict=True)]
    held = images * math.prod(padded) * channels * layer.depth_multiplier
    if held > MAX_TENSOR:
        raise ArchitectureError(f"{layer.name} holds {held:,} numbers at once: too large")
    pointwise = math.prod(layer.pointwise_kernel.shape) if hasattr(layer, "pointwise_kernel") else 0
    return 2 * held, held * math.prod(kernel) + _positions(node) * pointwise


def _positions(node) -> int:
    """Return how many output positions a call has; each uses all weights of the kernel once."""
    return sum(_size(out) // (out.shape[-1] if out.shape else 1) for out in node.output_tensors)


def _size(tensor: keras.KerasTensor) -> int:
    return math.prod(tensor.shape)


def _pooling_window(operation: keras.Operation) -> int:
    """Return how many input numbers a pooling layer reads for each output number; else 0."""
    sides = getattr(operation, "pool_size", 0)
    return sides**2 if isinstance(sides, int) else math.prod(sides)
