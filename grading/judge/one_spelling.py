"""Write the usual spellings of one network alike: ReLU, sums, the order of the branches.

A class writes the same network in many ways. What is written alike here is one question to the
judge, which then answers it once; and what is written as the reference is, is right at sight. So
each rewriting leaves the function exactly as it is, for the weights that the judge draws (see
`resnets.checks.graph`), and is only made where all that it takes for granted has been looked at:
every layer is called once, all numbers are float32, and the ranks are known.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import keras

from grading.judge.json_parts import MALFORMED, TENSOR
from grading.sandbox.block_placeholder import BlockPlaceholder

SMALL_EPSILON = 1e-2  # up to here the judge sets BatchNorm's epsilon itself, to the default
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
# What needs images (numbers, rows, columns, channels), and what keeps the rank that it is given.
_IMAGES = frozenset(
    "Conv2D DepthwiseConv2D SeparableConv2D ZeroPadding2D Cropping2D MaxPooling2D AveragePooling2D "
    "BlockPlaceholder".split()
)
_SAME_RANK = frozenset("BatchNormalization Activation ReLU Relu Add Dropout".split())
# Beside Keras's layers, the operations that put out float32 where they are given it.
_FLOATS = frozenset(
    "Add Subtract Multiply Divide TrueDivide Negative Maximum Minimum Average GetItem Pad Relu "
    "ReLU Reshape Transpose Concatenate Mean Max Sum Square Sqrt Abs Absolute".split()
)
_LEFT_OPEN = ("mask", "training")  # arguments of a call that are as if not given where None


class _OtherKind(Exception):  # noqa: N818 - no error: the network stays as it is written
    """A network of another kind than those that are rewritten."""


@dataclass
class _Layer:
    """A layer that is being rewritten.

    Attributes:
        kind: its module and class.
        options: but for its name.
        args: what it is called with; None of an input.
        shape: the same with the word "tensor" for each tensor.
        places: where these tensors come from, as they stand in `args`.
    """

    kind: tuple[str, str]
    options: dict
    args: list | None
    shape: list | None
    places: list[list]

    @property
    def sources(self) -> list[str]:
        return [place[0] for place in self.places]


def in_one_spelling(model: dict, names: dict[str, str]) -> tuple[dict, dict[str, str]]:
    """The model, a functional one in its normal form, and the names of its layers.

    Args:
        model: nobody else's; it is changed.
        names: what the submission calls each layer, by the name that it has in `model`.
    """
    config = model["config"]
    try:
        layers = _rewritten(config["layers"])
        order = _order(layers, config)
    except (_OtherKind, *MALFORMED):  # or options that no such layer has
        return model, names
    ends = {key: _places(config[key]) for key in _ENDS}
    for place in [place for layer in layers.values() for place in layer.places]:
        place[0] = order[place[0]]
    made = [_described(layers[name], order[name]) for name in order]
    ends = {key: [[order[name], 0, 0] for name, *_ in places] for key, places in ends.items()}
    ends = {key: places if len(places) > 1 else places[0] for key, places in ends.items()}
    named = {order[name]: names[name] for name in order}
    return {**model, "config": {"name": config["name"], "layers": made, **ends}}, named


def _rewritten(layers: list[dict]) -> dict[str, _Layer]:
    """The layers by their names, each in the one spelling that it has."""
    images: dict[str, bool] = {}  # whether a layer surely puts out four dimensions
    digests: dict[str, str] = {}
    made: dict[str, _Layer] = {}
    for description in layers:
        name = description["name"]
        layer = made[name] = _read(description)
        given = [images[source] for source in layer.sources]
        _rewrite(layer, all(given), digests)
        images[name] = _puts_out_images(layer, all(given))
        called = [digests[source] for source in layer.sources]
        digests[name] = digest([*layer.kind, layer.options, layer.shape, called])
    return made


def _read(layer: dict) -> _Layer:
    """The layer, if it is of a kind that is rewritten."""
    kind = layer["module"], layer["class_name"]
    if kind[0] != _LAYERS and kind[1] not in _FLOATS and kind[1] != BlockPlaceholder.__name__:
        raise _OtherKind
    options = {key: value for key, value in layer["config"].items() if key != "name"}
    if "layers" in options or "dtype" in options or isinstance(options.get("activation"), dict):
        raise _OtherKind
    if not layer["inbound_nodes"]:
        return _Layer(kind, options, None, None, [])
    (call,) = layer["inbound_nodes"]  # a ValueError where it is called twice
    if any(value is not None or key not in _LEFT_OPEN for key, value in call["kwargs"].items()):
        raise _OtherKind
    places: list[list] = []
    return _Layer(kind, options, call["args"], _shape(call["args"], places), places)


def _rewrite(layer: _Layer, images: bool, digests: dict[str, str]) -> None:
    """Write the layer in its one spelling.

    Args:
        images: whether it is surely called on images.
        digests: of the layers before it, equal for equal ones.
    """
    if _RELUS.get(layer.kind) == layer.options and layer.shape == _ONE:
        layer.kind, layer.options = (_LAYERS, "Activation"), {"activation": "relu"}
    elif layer.kind == _MAXIMUM and not layer.options and layer.shape in _WITH_ZERO:
        layer.kind, layer.options = (_LAYERS, "Activation"), {"activation": "relu"}
        layer.args, layer.shape = [part for part in layer.args if isinstance(part, dict)], _ONE
    elif layer.kind in _ADD and not layer.options and layer.shape in _PAIR and images:
        pair = layer.args if len(layer.args) == 2 else layer.args[0]
        pair = sorted(pair, key=lambda one: digests[one["config"]["keras_history"][0]])
        layer.kind, layer.args, layer.shape = (_LAYERS, "Add"), [pair], _PAIR[1]
        layer.places = [one["config"]["keras_history"] for one in pair]
    elif layer.kind == (_LAYERS, "Conv2D"):
        layer.options["use_bias"] = True  # such a bias the judge sets to 0
    elif layer.kind == (_LAYERS, "BatchNormalization"):
        layer.options = _batch_norm(layer.options, images)


def _batch_norm(options: dict, images: bool) -> dict:
    """The options of a BatchNormalization that is called once."""
    made = dict(options)
    if isinstance(made.get("momentum"), int | float):
        del made["momentum"]
    if made["axis"] == -1 and images:
        made["axis"] = 3
    if 0 < made["epsilon"] <= SMALL_EPSILON:
        made["epsilon"] = _DEFAULT_EPSILON
    return made


def _shape(value: object, places: list[list]) -> object:
    """The arguments of a call with the word "tensor" for each tensor, whose places are noted.

    Raises:
        _OtherKind: a tensor is one of several that a layer puts out.
    """
    if isinstance(value, list):
        return [_shape(one, places) for one in value]
    if not isinstance(value, dict) or value["class_name"] != TENSOR:
        return value
    place = value["config"]["keras_history"]
    if place[1:] != [0, 0]:
        raise _OtherKind
    places.append(place)
    return "tensor"


def _puts_out_images(layer: _Layer, given: bool) -> bool:
    module, kind = layer.kind
    if kind == "InputLayer":
        return len(layer.options["batch_shape"]) == 4
    if kind == "Add" and module != _LAYERS:  # perhaps of a constant with more dimensions
        return False
    return kind in _IMAGES or kind in _SAME_RANK and given


def _order(layers: dict[str, _Layer], config: dict) -> dict[str, str]:
    """New names for the layers, in the order in which the outputs are computed from them."""
    starts, ends = ([place[0] for place in _places(config[key])] for key in _ENDS)
    order: dict[str, str] = {}
    waiting = [(end, False) for end in reversed(ends)]
    while waiting:
        name, before_done = waiting.pop()
        if before_done and name not in order:
            order[name] = f"{layers[name].kind[1].lower()}_{len(order)}"
        elif name not in order:
            waiting.append((name, True))
            waiting += [(source, False) for source in reversed(layers[name].sources)]
    inputs = [name for name, layer in layers.items() if layer.args is None]
    if set(order) != set(layers) or inputs != starts or len(starts) != 1:
        raise _OtherKind
    return order


def _places(value: list) -> list[list]:
    places = value if isinstance(value[0], list) else [value]
    if any(place[1:] != [0, 0] for place in places):
        raise _OtherKind
    return places


def _described(layer: _Layer, name: str) -> dict:
    module, kind = layer.kind
    calls = [] if layer.args is None else [{"args": layer.args, "kwargs": {}}]
    made = {"module": module, "class_name": kind, "name": name, "inbound_nodes": calls}
    if kind == BlockPlaceholder.__name__:
        made["registered_name"] = keras.saving.get_registered_name(BlockPlaceholder)
    return {**made, "config": {**layer.options, "name": name}}


def digest(parts: list) -> str:
    """A short text that is equal for equal parts only."""
    text = json.dumps(parts, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
