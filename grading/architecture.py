"""Turn the JSON that a submission hands out into a Keras model, or refuse it.

The JSON comes from a process that ran a student's code, so it may be anything. It is read within
limits of size, depth and count, may name only classes from a list, is deserialised in Keras's safe
mode, and may not ask for more memory than a ResNet needs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import keras

import resnets_utils  # noqa: F401  (registers the course's initialiser, which layers may name)
from grading.called import CalledBlock

MAX_BYTES = 4 << 20
MAX_OBJECTS = 200_000
MAX_LAYERS = 1_000
MAX_NESTED = 8  # models within models
MAX_CALLS = 100  # of blocks; the lessons' ResNet50 has 16
MAX_ENDS = 50  # open ends of a network that was not built to its end
MAX_WEIGHTS = 1 << 27  # elements; the lessons' ResNet50 has 23.6 million
MAX_TENSOR = 1 << 24  # elements of one activation for one picture
MAX_TENSORS = 1 << 27  # elements of all of them; the lessons' ResNet50 puts out 2.8 million
MAX_WORK = 20_000_000_000  # multiplications for one picture; the lessons' needs 0.31 billion

LAYERS = frozenset(
    "InputLayer Activation Add Average AveragePooling2D BatchNormalization Concatenate Conv2D "
    "Dense DepthwiseConv2D Dropout ELU Flatten GlobalAveragePooling2D GlobalMaxPooling2D "
    "GroupNormalization Identity LayerNormalization LeakyReLU MaxPooling2D Maximum Minimum "
    "Multiply PReLU Permute ReLU Rescaling Reshape SeparableConv2D Softmax SpatialDropout2D "
    "Subtract ZeroPadding2D Cropping2D".split()
)
# What `keras.ops` does in a time that goes with the size of what goes in and comes out.
OPERATIONS = {
    "keras.src.ops.numpy": frozenset(
        "Abs Absolute Add Amax Amin Average BroadcastTo Clip Concatenate Copy Divide Equal Exp "
        "ExpandDims Flip GetItem Greater GreaterEqual Hstack Less LessEqual Log Log1p Max "
        "Maximum Mean Min Minimum Moveaxis Multiply Negative OnesLike Pad Power Prod Ravel "
        "Reciprocal Repeat Reshape Roll Sign Split Sqrt Square Squeeze Stack Std Subtract Sum "
        "Swapaxes Tanh Tile Transpose TrueDivide Var Vstack Where ZerosLike".split()
    ),
    "keras.src.ops.nn": frozenset(
        "AveragePool Celu Elu Gelu HardSigmoid HardSilu HardTanh LeakyRelu LogSigmoid LogSoftmax "
        "MaxPool Moments Normalize Relu Relu6 Selu Sigmoid Silu Softmax Softplus Softsign".split()
    ),
    "keras.src.activations.activations": frozenset({"ReLU", "Mish"}),
    "keras.src.ops.core": frozenset({"Cast"}),
}
_CALLED = keras.saving.get_registered_name(CalledBlock)
MODELS = frozenset({"Functional", "Sequential", "Model"})


class ArchitectureError(ValueError):
    """The JSON is not an architecture that will be judged; the message says why."""


def rebuild(text: object, calls: bool = False, ends: int = 1) -> keras.Model:
    """Build the model that `text` describes, with fresh weights.

    Args:
        text: Keras's model JSON, from a process that nobody trusts.
        calls: whether it may note calls of blocks (see `called`).
        ends: how many outputs it may have; more than one where it was not built to its end.

    Raises:
        ArchitectureError: too large, too deep, malformed, or more than layers and operations.
    """
    if not isinstance(text, str) or len(text) > MAX_BYTES:
        raise ArchitectureError("expected a model as JSON of at most 4 MB")
    try:
        description = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArchitectureError(f"the model's JSON cannot be read: {error}"[:200]) from None
    _check(description, MAX_CALLS if calls else 0)
    try:
        with bounded_weights():
            model = keras.models.model_from_json(text)
    except ArchitectureError:
        raise
    except (RecursionError, MemoryError) as error:
        raise ArchitectureError(f"the model is too deep: {type(error).__name__}") from None
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:300]
        raise ArchitectureError(f"the model's JSON describes no model: {reason}") from None
    if not isinstance(model, keras.Model) or len(model.inputs) != 1:
        raise ArchitectureError("expected a model with one input")
    if not 1 <= len(model.outputs) <= ends:
        raise ArchitectureError("expected a model with one output")
    check_activations(model)
    return model


def _check(description: object, calls: int) -> None:
    if not isinstance(description, dict):
        raise ArchitectureError("the model's JSON is not an object")
    layers = 0
    for count, item in enumerate(_objects(description)):
        if count > MAX_OBJECTS:
            raise ArchitectureError("the model's JSON has too many parts")
        if item.get("class_name") == CalledBlock.__name__ and calls:
            _check_call(item)
            calls -= 1
        elif "class_name" in item:
            layers += _is_layer(item)
        if "inbound_nodes" in item:
            _check_nodes(item["inbound_nodes"])
    layers = max(layers, _layers_run(description))
    if layers > MAX_LAYERS:
        raise ArchitectureError(f"{layers} layers; at most {MAX_LAYERS} are judged")


def _check_nodes(nodes: object) -> None:
    """Refuse a layer that is called on no tensor: Keras would run it while it builds the model."""
    if not isinstance(nodes, list):
        raise ArchitectureError("a layer in the model's JSON has no list of calls")
    for node in nodes:
        names = (part.get("class_name") for part in _objects(node)) if node else ()
        if not isinstance(node, dict) or "__keras_tensor__" not in names:
            raise ArchitectureError("a layer in the model's JSON is called on no tensor")


def _layers_run(model: dict, depth: int = 0) -> int:
    """How many layers run when the model does: one within another can run twice as many each."""
    config = model.get("config")
    layers = config.get("layers") if isinstance(config, dict) else None
    if depth > MAX_NESTED:
        raise ArchitectureError(f"models within models; at most {MAX_NESTED} deep are judged")
    total = 0
    for layer in layers if isinstance(layers, list) else ():
        if isinstance(layer, dict):
            times = max(1, len(layer.get("inbound_nodes", ())))
            inner = layer.get("class_name") in MODELS
            total += times * (_layers_run(layer, depth + 1) if inner else 1)
    return total


def _check_call(item: dict) -> None:
    if (item.get("module"), item.get("registered_name")) != (CalledBlock.__module__, _CALLED):
        raise ArchitectureError("a note of a block's call is not the grader's own")


def _objects(top: dict) -> Iterator[dict]:
    waiting: list[object] = [top]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _is_layer(item: dict) -> bool:
    """Whether the object is a layer or an operation.

    Raises:
        ArchitectureError: it is a class that no network of this course needs.
    """
    module, name = item.get("module"), item["class_name"]
    if not isinstance(name, str) or not isinstance(module, str | None):
        raise ArchitectureError("a class in the model's JSON has no name")
    if item.get("registered_name") == _CALLED:  # which Keras would look up before the name
        raise ArchitectureError("a note of a block's call is not the grader's own")
    if module == "keras.layers" and name in LAYERS or name in OPERATIONS.get(module, ()):
        return True
    known = (
        module is None and name in ("__keras_tensor__", "__slice__"),
        module == "keras" and name == "DTypePolicy",
        module in ("keras.initializers", "keras.regularizers") and name != "function",
        module == "resnets_initializer" and name == "glorot_uniform",
        module in ("keras", "keras.models", "keras.src.models.functional") and name in MODELS,
    )
    if any(known):
        return False
    raise ArchitectureError(f"the model holds {name!r} of {module!r}: only Keras layers are judged")


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


def check_activations(model: keras.Model) -> None:
    """Refuse a model that would need too much memory or time to run on two small pictures."""
    elements, work = _needs(model)
    if elements > MAX_TENSORS or work > MAX_WORK:
        raise ArchitectureError(
            f"{elements:,} numbers and {work:,} multiplications for one picture: too much to run"
        )


def _needs(model: keras.Model, scale: float = 1.0) -> tuple[int, int]:
    """Numbers put out and multiplications for one picture, models within the model included.

    Args:
        scale: how much larger than its own input what a model within is called on is.

    Raises:
        ArchitectureError: one activation alone is too large, or has no fixed size.
    """
    elements = work = 0
    graph = getattr(model, "_functional", None) or model
    for operation in graph.operations:
        for node in operation._inbound_nodes:
            for tensor in node.output_tensors:
                if None in tensor.shape[1:]:
                    raise ArchitectureError(
                        f"{operation.name} puts out {tensor.shape}: only fixed sizes are judged"
                    )
                size = int(_size(tensor) * scale)
                if size > MAX_TENSOR:
                    raise ArchitectureError(f"{operation.name} puts out {tensor.shape}: too large")
                elements += size
                work += size // (tensor.shape[-1] or 1) * _largest_weight(operation)
                work += size * _window(operation)
            if isinstance(operation, keras.Model):
                given = scale * _size(node.input_tensors[0]) / _size(operation.inputs[0])
                inner = _needs(operation, max(1.0, given))
                elements, work = elements + inner[0], work + inner[1]
    return elements, work


def _size(tensor: keras.KerasTensor) -> int:
    return max(1, math.prod(size or 1 for size in tensor.shape))


def _largest_weight(operation: keras.Operation) -> int:
    """Elements of a layer's kernel: about its multiplications for one position of its output."""
    weights = getattr(operation, "weights", [])
    return max((math.prod(weight.shape) for weight in weights), default=0)


def _window(operation: keras.Operation) -> int:
    """Numbers that a pooling looks at for each that it puts out; 0 for what pools nothing."""
    sides = getattr(operation, "pool_size", 0)
    return sides**2 if isinstance(sides, int) else math.prod(sides)
