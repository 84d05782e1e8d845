"""Build the network that a submission hands out as JSON, or refuse it.

What is built is the JSON's normal form (see `description`), in Keras's safe mode, and each layer is
measured as soon as it is built: what would need more memory or time than a ResNet does is refused
before it runs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import keras

import resnets_utils  # noqa: F401  (registers the course's initialiser, which layers may name)
from grading.judge.allowed import MAX_TENSOR, ArchitectureError
from grading.judge.description import Description, read

MAX_ENDS = 50  # open ends of a network that was not built to its end
MAX_RANK = 8
# For two images of 96x96 the lessons' ResNet50 has 23.6 million weights, puts out 13 million
# numbers and multiplies 1.4 billion times; no mistake of the catalogue needs six times as much.
MAX_WEIGHTS = 1 << 27
MAX_TENSORS = 1 << 27
MAX_WORK = 20_000_000_000


def rebuild(text: object, placeholders: bool = False, ends: int = 1) -> keras.Model:
    """Build the model that `text` describes, with fresh weights.

    Args:
        text: Keras's model JSON, from a process that nobody trusts.
        placeholders: whether it may hold placeholders for blocks (see `block_placeholder`).
        ends: how many outputs it may have; more than one where it was not built to its end.

    Raises:
        ArchitectureError: too large, too deep, malformed, or more than layers and operations.
    """
    return build(read(text, placeholders), ends)


def build(description: Description, ends: int = 1) -> keras.Model:
    """Build a network from its normal form, with fresh weights.

    Args:
        ends: how many outputs it may have.

    Raises:
        ArchitectureError: Keras finds no network in it, or it is too large.
    """
    try:
        with within_limits(), _errors_as_they_are():
            model = keras.models.model_from_json(description.text)
    except ArchitectureError:
        raise
    except (RecursionError, MemoryError) as error:
        raise ArchitectureError(f"the model is too deep: {type(error).__name__}") from None
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:300]
        raise ArchitectureError(f"the model's JSON describes no model: {reason}") from None
    if len(model.inputs or ()) != 1:
        raise ArchitectureError("expected a model with one input")
    if not 1 <= len(model.outputs) <= ends:
        raise ArchitectureError("expected a model with one output")
    check_activations(model)
    return model


@contextmanager
def _errors_as_they_are() -> Iterator[None]:
    """Keep Keras from adding all arguments of a call, and colours, to what is raised in it."""
    filtering = keras.config.is_traceback_filtering_enabled()
    keras.config.disable_traceback_filtering()
    try:
        yield
    finally:
        if filtering:
            keras.config.enable_traceback_filtering()


@contextmanager
def within_limits() -> Iterator[None]:
    """Refuse a weight or a tensor before its memory is taken."""
    with (
        bounded_weights(),
        mock.patch.object(keras.Layer, "symbolic_call", _bounded(keras.Layer)),
        mock.patch.object(keras.Operation, "symbolic_call", _bounded(keras.Operation)),
    ):
        yield


@contextmanager
def bounded_weights() -> Iterator[None]:
    """Refuse a weight before its memory is taken; all are zero, since the judge draws its own."""
    original = keras.Layer.add_weight
    total = 0

    def add_weight(layer, shape=None, initializer=None, *args, **more):
        nonlocal total
        total += math.prod(shape or ())
        if total > MAX_WEIGHTS:
            raise ArchitectureError(f"more than {MAX_WEIGHTS:,} weights")
        return original(layer, shape, "zeros", *args, **more)

    with mock.patch.object(keras.Layer, "add_weight", add_weight):
        yield


def _bounded(kind: type[keras.Operation]):
    """The class's `symbolic_call`, which also measures what it puts out."""
    call = kind.symbolic_call

    def bounded_call(operation, *given, **named):
        out = call(operation, *given, **named)
        for tensor in keras.tree.flatten(out):
            _check_tensor(operation, tensor)
        return out

    return bounded_call


def _check_tensor(operation: keras.Operation, tensor: keras.KerasTensor) -> None:
    shape = tuple(tensor.shape)
    if None in shape:
        raise ArchitectureError(f"{operation.name} puts out {shape}: only fixed sizes are judged")
    if len(shape) > MAX_RANK or _size(tensor) > MAX_TENSOR:
        raise ArchitectureError(f"{operation.name} puts out {shape}: too large")
    if _size(tensor) < 1:
        raise ArchitectureError(f"{operation.name} puts out {shape}: nothing")


def check_activations(model: keras.Model) -> None:
    """Refuse a model that would need too much memory or time to run.

    Raises:
        ArchitectureError: it would.
    """
    elements, work = _needs(model)
    if elements > MAX_TENSORS or work > MAX_WORK:
        raise ArchitectureError(
            f"{elements:,} numbers and {work:,} multiplications for two images: too much to run"
        )


def _needs(model: keras.Model) -> tuple[int, int]:
    """Numbers put out and multiplications, those of models within the model included."""
    elements = work = 0
    graph = getattr(model, "_functional", None) or model
    for operation in graph.operations:
        for node in operation._inbound_nodes:
            for tensor in node.output_tensors:
                _check_tensor(operation, tensor)
                elements += _size(tensor)
                work += _size(tensor) * _window(operation)
            found = _needs_within(operation, node)
            elements, work = elements + found[0], work + found[1]
    return elements, work


def _needs_within(operation: keras.Operation, node) -> tuple[int, int]:
    """What one call of a layer needs beside what it puts out."""
    if isinstance(operation, keras.Model):
        if [_size(one) for one in node.input_tensors] != [_size(one) for one in operation.inputs]:
            raise ArchitectureError(f"{operation.name} is called on another size than its own")
        return _needs(operation)
    if isinstance(operation, keras.layers.DepthwiseConv2D | keras.layers.SeparableConv2D):
        return _needs_depthwise(operation, node)
    weights = getattr(operation, "weights", [])
    largest = max((math.prod(weight.shape) for weight in weights), default=0)
    return 0, _positions(node) * largest


def _needs_depthwise(layer: keras.Layer, node) -> tuple[int, int]:
    """What a depthwise convolution holds and multiplies meanwhile.

    With a dilation TensorFlow pads the image by the dilated kernel and cuts it up; with strides
    as well, Keras convolves without these first. A separable one multiplies the channels before
    it sums them up.
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
    """In how many places a layer looks at its input, where it looks at all channels at once."""
    return sum(_size(one) // (one.shape[-1] if one.shape else 1) for one in node.output_tensors)


def _size(tensor: keras.KerasTensor) -> int:
    return math.prod(tensor.shape)


def _window(operation: keras.Operation) -> int:
    """Numbers that a pooling looks at for each that it puts out; 0 for what pools nothing."""
    sides = getattr(operation, "pool_size", 0)
    return sides**2 if isinstance(sides, int) else math.prod(sides)
