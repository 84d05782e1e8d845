"""Rewrite equivalent spellings of a network into one: ReLU, sums, the order of branches.

A class writes the same network in many ways. Spellings with one normal form need one verdict only,
and those with the reference's form are right without being built. So a rewriting must not change
the function at all, for the weights that the judge assigns (see `resnets.checks.graph`). Networks
for which that is not certain are left alone: every layer must be called once, all numbers must be
float32, and for some rewritings the tensor must be known to have four dimensions.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import keras

from grading.judge.json_parts import MALFORMED, TENSOR
from grading.sandbox.block_placeholder import BlockPlaceholder

# For a BatchNorm epsilon up to this value the judge assigns the default epsilon before it runs the
# network, so the value cannot change the result.
SMALL_EPSILON = 1e-2
_DEFAULT_EPSILON = 1e-3
PLAIN_RELU = {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}
_LAYERS = "keras.layers"
_RELUS = {
    (_LAYERS, "Activation"): {"activation": "relu"},
    (_LAYERS, "ReLU"): PLAIN_RELU,
    ("keras.src.activations.activations", "ReLU"): PLAIN_RELU,
    ("keras.src.ops.nn", "Relu"): {},
}
_ADD = (_LAYERS, "Add"), ("keras.src.ops.numpy", "Add")
_MAXIMUM = "keras.src.ops.numpy", "Maximum"
_ONE, _PAIR = ["tensor"], (["tensor", "tensor"], [["tensor", "tensor"]])
_WITH_ZERO = ["tensor", 0], [0, "tensor"]
_ENDS = ("input_layers", "output_layers")
# Layers that accept only images (batch, rows, columns, channels), and layers that keep the rank.
_IMAGES = frozenset(
    "Conv2D DepthwiseConv2D SeparableConv2D ZeroPadding2D Cropping2D MaxPooling2D AveragePooling2D "
    "BlockPlaceholder".split()
)
_SAME_RANK = frozenset("BatchNormalization Activation ReLU Relu Add Dropout".split())
# Operations that return float32 for float32, as all of Keras's layers do.
_FLOATS = frozenset(
    "Add Subtract Multiply Divide TrueDivide Negative Maximum Minimum Average GetItem Pad Relu "
    "ReLU Reshape Transpose Concatenate Mean Max Sum Square Sqrt Abs Absolute".split()
)
_LEFT_OPEN = ("mask", "training")  # arguments of a call that have no effect if they are None


class _NotRewritten(Exception):  # noqa: N818 - not an error: the network keeps its spelling
    """The network is of a kind that is not rewritten."""


@dataclass
class _Layer:
    """A layer that is being rewritten.

    Attributes:
        kind: its module and class name.
        options: its config without its name.
        args: the arguments of its call; None for an input.
        pattern: `args` with the word "tensor" in place of each tensor.
        origins: [layer, call, output] of each of these tensors: the lists in `args` themselves, so
            that a change of one changes `args`.
    """

    kind: tuple[str, str]
    options: dict
    args: list | None
    pattern: list | None
    origins: list[list]

    @property
    def sources(self) -> list[str]:
        """The names of the layers that it is called on."""
        return [origin[0] for origin in self.origins]


def in_one_spelling(model: dict, names: dict[str, str]) -> tuple[dict, dict[str, str]]:
    """Return a functional model in its one spelling, and its layers' names in the submission.

    Args:
        model: the model in its normal form; it is changed in place.
        names: each layer's name in the submission, by its name in `model`.
    """
    config = model["config"]
    try:
        layers = _rewritten(config["layers"])
        order = _order(layers, config)
    except (_NotRewritten, *MALFORMED):  # MALFORMED: a layer has options of another type or number
        return model, names
    ends = {key: _origins(config[key]) for key in _ENDS}
    for origin in [origin for layer in layers.values() for origin in layer.origins]:
        origin[0] = order[origin[0]]
    descriptions = [_described(layers[name], order[name]) for name in order]
    ends = {key: [[order[name], 0, 0] for name, *_ in origins] for key, origins in ends.items()}
    ends = {key: origins if len(origins) > 1 else origins[0] for key, origins in ends.items()}
    new_names = {order[name]: names[name] for name in order}
    return {**model, "config": {"name": config["name"], "layers": descriptions, **ends}}, new_names


def _rewritten(layers: list[dict]) -> dict[str, _Layer]:
    """Return the layers by their names, each in its one spelling."""
    images: dict[str, bool] = {}  # whether a layer's output certainly has four dimensions
    digests: dict[str, str] = {}
    rewritten: dict[str, _Layer] = {}
    for description in layers:
        name = description["name"]
        layer = rewritten[name] = _read(description)
        on_images = all([images[source] for source in layer.sources])
        _rewrite(layer, on_images, digests)
        images[name] = _outputs_images(layer, on_images)
        inputs = [digests[source] for source in layer.sources]
        digests[name] = digest([*layer.kind, layer.options, layer.pattern, inputs])
    return rewritten


def _read(layer: dict) -> _Layer:
    """Return the layer of a description.

    Raises:
        _NotRewritten: it could have an effect that the rewriting does not allow for.
        ValueError: it is called more than once.
    """
    kind = layer["module"], layer["class_name"]
    if kind[0] != _LAYERS and kind[1] not in _FLOATS and kind[1] != BlockPlaceholder.__name__:
        raise _NotRewritten
    options = {key: value for key, value in layer["config"].items() if key != "name"}
    if "layers" in options or "dtype" in options or isinstance(options.get("activation"), dict):
        raise _NotRewritten
    if not layer["inbound_nodes"]:
        return _Layer(kind, options, None, None, [])
    (call,) = layer["inbound_nodes"]
    if any(value is not None or key not in _LEFT_OPEN for key, value in call["kwargs"].items()):
        raise _NotRewritten
    origins: list[list] = []
    return _Layer(kind, options, call["args"], _pattern(call["args"], origins), origins)


def _rewrite(layer: _Layer, images: bool, digests: dict[str, str]) -> None:
    """Change the layer to its one spelling.

    Args:
        images: whether it is certainly called on images.
        digests: a digest of everything that each earlier layer computes, by its name.
    """
    if _RELUS.get(layer.kind) == layer.options and layer.pattern == _ONE:
        layer.kind, layer.options = (_LAYERS, "Activation"), {"activation": "relu"}
    elif layer.kind == _MAXIMUM and not layer.options and layer.pattern in _WITH_ZERO:
        layer.kind, layer.options = (_LAYERS, "Activation"), {"activation": "relu"}
        layer.args, layer.pattern = [part for part in layer.args if isinstance(part, dict)], _ONE
    elif layer.kind in _ADD and not layer.options and layer.pattern in _PAIR and images:
        # A sum of two floats does not depend on their order, so it may be sorted by content.
        pair = layer.args if len(layer.args) == 2 else layer.args[0]
        pair = sorted(pair, key=lambda tensor: digests[tensor["config"]["keras_history"][0]])
        layer.kind, layer.args, layer.pattern = (_LAYERS, "Add"), [pair], _PAIR[1]
        layer.origins = [tensor["config"]["keras_history"] for tensor in pair]
    elif layer.kind == (_LAYERS, "Conv2D"):
        layer.options["use_bias"] = True  # the judge sets a convolution's bias to 0
    elif layer.kind == (_LAYERS, "BatchNormalization"):
        layer.options = _batch_norm(layer.options, images)


def _batch_norm(options: dict, images: bool) -> dict:
    """Return the options of a BatchNormalization that is called once, in their one spelling."""
    options = dict(options)
    if isinstance(options.get("momentum"), int | float):
        # It changes only the moving statistics, which a layer that is called once never reads.
        del options["momentum"]
    if options["axis"] == -1 and images:
        options["axis"] = 3
    if 0 < options["epsilon"] <= SMALL_EPSILON:
        options["epsilon"] = _DEFAULT_EPSILON
    return options


def _pattern(value: object, origins: list[list]) -> object:
    """Return a call's arguments with the word "tensor" in place of each tensor.

    Args:
        origins: a list to which the origin of each tensor is added.

    Raises:
        _NotRewritten: a tensor does not come from a layer's first call and first output.
    """
    if isinstance(value, list):
        return [_pattern(part, origins) for part in value]
    if not isinstance(value, dict) or value["class_name"] != TENSOR:
        return value
    origin = value["config"]["keras_history"]
    if origin[1:] != [0, 0]:
        raise _NotRewritten
    origins.append(origin)
    return "tensor"


def _outputs_images(layer: _Layer, on_images: bool) -> bool:
    """Return whether a layer's output certainly has four dimensions."""
    module, kind = layer.kind
    if kind == "InputLayer":
        return len(layer.options["batch_shape"]) == 4
    if kind == "Add" and module != _LAYERS:  # it may add a constant that has more dimensions
        return False
    return kind in _IMAGES or kind in _SAME_RANK and on_images


def _order(layers: dict[str, _Layer], config: dict) -> dict[str, str]:
    """Return the layers' new names, in the order in which a depth-first walk computes the outputs.

    Raises:
        _NotRewritten: a layer is not connected to an output, or there is not exactly one input.
    """
    starts, ends = ([origin[0] for origin in _origins(config[key])] for key in _ENDS)
    order: dict[str, str] = {}
    stack = [(end, False) for end in reversed(ends)]
    while stack:
        name, before_done = stack.pop()
        if before_done and name not in order:
            order[name] = f"{layers[name].kind[1].lower()}_{len(order)}"
        elif name not in order:
            stack.append((name, True))
            stack += [(source, False) for source in reversed(layers[name].sources)]
    inputs = [name for name, layer in layers.items() if layer.args is None]
    if set(order) != set(layers) or inputs != starts or len(starts) != 1:
        raise _NotRewritten
    return order


def _origins(value: list) -> list[list]:
    """Return the origins of a model's inputs or outputs, always as a list of several."""
    origins = value if isinstance(value[0], list) else [value]
    if any(origin[1:] != [0, 0] for origin in origins):
        raise _NotRewritten
    return origins


def _described(layer: _Layer, name: str) -> dict:
    module, kind = layer.kind
    calls = [] if layer.args is None else [{"args": layer.args, "kwargs": {}}]
    description = {"module": module, "class_name": kind, "name": name, "inbound_nodes": calls}
    if kind == BlockPlaceholder.__name__:
        description["registered_name"] = keras.saving.get_registered_name(BlockPlaceholder)
    return {**description, "config": {**layer.options, "name": name}}


def digest(parts: list) -> str:
    """Return a text of 32 characters that is equal for equal parts and for no others."""
    text = json.dumps(parts, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
