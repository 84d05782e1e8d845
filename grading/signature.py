"""Recognise the reference's own architecture in a submission's JSON, without building it.

Most right answers are the reference layer by layer. Two architectures with the same signature are
the same layers with the same options, wired the same way, so they compute the same function; only
what has another signature has to be built, given weights and run. Left out of a signature is what
the judge overrules or what changes no output: names, initial values, penalties, momentum.

The other way round, a network whose layers with weights have other roles (see
`resnets_checks_graph`) gets other weights from the judge, and so computes another function.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from grading.called import DEFAULT_STRIDE, CalledBlock

_NO_EFFECT = ("name", "momentum")
_USUAL = ("trainable", True)  # while a frozen BatchNorm is another function in training mode
_NO_EFFECT_ENDINGS = ("_initializer", "_regularizer")
_SMALL_EPSILON = 1e-2  # up to here `resnets_checks_graph` sets BatchNorm's epsilon itself
_MODELS = (("keras.src.models.functional", "Functional"), ("keras", "Functional"))
_LAYERS, _OPERATIONS = "keras.layers", ("keras.src.ops.numpy", "keras.src.ops.nn")
_ACTIVATIONS = "keras.src.activations.activations"
_WITH_WEIGHTS = ("Conv2D", "BatchNormalization", "Dense")
# No weight is without effect on what a network of these puts out, as it were before a zero or a
# difference of two equal tensors.
_EVERY_WEIGHT_COUNTS = frozenset(
    "InputLayer Conv2D BatchNormalization Dense Activation ReLU Relu Add ZeroPadding2D "
    "MaxPooling2D AveragePooling2D GlobalAveragePooling2D Flatten Softmax CalledBlock".split()
)
_GIVES_A_WEIGHT_ITS_SHAPE = ("filters", "kernel_size", "kind")
_NO_EFFECT_IN = {(_LAYERS, "Conv2D"): ("use_bias",)}  # the judge sets such a bias to 0
_ONE_TENSOR = json.dumps(["tensor"])
_RELUS = ((_LAYERS, "Activation"), (_LAYERS, "ReLU"), (_ACTIVATIONS, "ReLU"))
_FLOAT = {"name": "float32"}
_PLAIN_RELU = {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}


class _Unknown(Exception):  # noqa: N818 - no error: the long way is taken
    """No signature can be told; it has to be built."""


@dataclass(frozen=True)
class Signature:
    """What can be told of an architecture from its JSON alone.

    Attributes:
        function: equal only where the same layers are wired the same way.
        names: of its layers with weights.
        roles: of its layers with weights and its noted calls of blocks; two networks with other
            roles compute other functions. None where a weight might have no effect.
        by_hand: the kinds of its layers with weights beside noted calls; None without such calls.
    """

    function: str
    names: frozenset[str]
    roles: frozenset[str] | None
    by_hand: tuple[str, ...] | None

    def differs_from(self, other: Signature) -> bool:
        """Whether the two surely compute different functions; False where it cannot be told.

        A noted call and the same block written out are one function, so networks with noted calls
        are compared where both have as many layers of each kind beside them.
        """
        if None in (self.roles, other.roles) or self.by_hand != other.by_hand:
            return False
        return self.roles != other.roles


def signature(text: object) -> Signature | None:
    """What an architecture computes, as far as its JSON tells.

    Args:
        text: a functional model's JSON, from anywhere; of no harmful size.

    Returns:
        None where it cannot be told: another kind of model, or a layer that is called twice.
    """
    try:
        description = json.loads(text)
        if (description["module"], description["class_name"]) not in _MODELS:
            return None
        return _of(description["config"])
    except (_Unknown, ValueError, RecursionError, TypeError, KeyError, AttributeError, IndexError):
        return None


def _of(config: dict) -> Signature:
    known: dict[str, str] = {}
    names = set()
    before: dict[str, frozenset[str]] = {}  # the roles of the nearest layers with weights
    roles, by_hand, noted = set(), [], False
    for layer in config["layers"]:
        name = layer["name"]
        if not isinstance(name, str) or name in known or layer["config"]["name"] != name:
            raise _Unknown
        known[name] = _hash(_computed(layer, known))
        before[name] = frozenset().union(*(before[one] for one in _named(layer["inbound_nodes"])))
        if layer["class_name"] == CalledBlock.__name__:
            label = "{stage}{block}".format(**layer["config"]["arguments"])
            if label in names:
                raise _Unknown
            names.add(label)
            noted = True
        elif layer["class_name"] in _WITH_WEIGHTS:
            names.add(name)
            by_hand.append(layer["class_name"])
        if layer["class_name"] in (*_WITH_WEIGHTS, CalledBlock.__name__):
            before[name] = frozenset({_role(layer, before[name])})
            roles |= before[name]
    start, end = (_only(config[key]) for key in ("input_layers", "output_layers"))
    inputs = [one["name"] for one in config["layers"] if one["class_name"] == "InputLayer"]
    if inputs != [start] or _reached(config["layers"], end) != set(known):
        raise _Unknown
    counts = all(layer["class_name"] in _EVERY_WEIGHT_COUNTS for layer in config["layers"])
    return Signature(
        known[end],
        frozenset(names),
        frozenset(roles) if counts else None,
        tuple(sorted(by_hand)) if noted else None,
    )


def _role(layer: dict, before: frozenset[str]) -> str:
    """Other than another layer's only where its role in `resnets_checks_graph` is another one."""
    given = {**layer["config"], **layer["config"].get("arguments", {})}
    kind = layer["class_name"]
    if kind == "Dense":  # which on an image has the role of a 1x1 convolution
        kind, given = "Conv2D", {"filters": given["units"], "kernel_size": [1, 1]}
    sizes = [given.get(key) for key in _GIVES_A_WEIGHT_ITS_SHAPE]
    window = given.get("f")
    sizes.append([window, window] if isinstance(window, int) else window)
    return _hash([kind, sizes, *sorted(before)])


def _only(places: list) -> str:
    """The layer of a model's only input or output: [name, 0, 0] or a list of one such."""
    name, *place = places[0] if isinstance(places[0], list) and len(places) == 1 else places
    if place != [0, 0]:
        raise _Unknown
    return name


def _computed(layer: dict, known: dict[str, str]) -> list:
    """What a layer computes, and of which tensors: one spelling for `maximum(x, 0)` and ReLU."""
    shape, *tensors = _inputs(layer, known) or [None]
    if layer["class_name"] == "Maximum" and layer["module"] in _OPERATIONS:
        if shape and json.loads(shape) in (["tensor", 0], [0, "tensor"]):
            return [["relu"], _ONE_TENSOR, *tensors]
    return [_essence(layer), shape, *tensors]


def _inputs(layer: dict, known: dict[str, str]) -> list[str]:
    """How a layer is called and what on."""
    calls = layer["inbound_nodes"]
    if layer["class_name"] == "InputLayer":
        if calls:
            raise _Unknown
        return []
    (call,) = calls  # a ValueError where it is called twice
    tensors: list[str] = []
    shape = _shape_of(call["args"], known, tensors)
    options = {key: value for key, value in call["kwargs"].items() if value is not None}
    if set(call) != {"args", "kwargs"} or options:
        raise _Unknown
    if _is_sum(layer) and shape in (["tensor", "tensor"], [["tensor", "tensor"]]):
        return ["sum", *sorted(tensors)]
    return [json.dumps(shape), *tensors]


def _shape_of(value: object, known: dict[str, str], tensors: list[str]) -> object:
    """The arguments of a call with the word "tensor" for each tensor, which is noted."""
    if isinstance(value, list):
        return [_shape_of(one, known, tensors) for one in value]
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        name, *place = value["config"]["keras_history"]
        if place != [0, 0]:
            raise _Unknown
        tensors.append(known[name])
        return "tensor"
    if isinstance(value, dict):
        raise _Unknown
    return value


def _essence(layer: dict) -> list:
    """The layer's kind and options, one spelling of each for the most usual ones."""
    kind, module, config = layer["class_name"], layer["module"], layer["config"]
    if kind == CalledBlock.__name__:
        given = config["arguments"]
        return [kind, config["kind"], given["f"], given["filters"], given.get("s", DEFAULT_STRIDE)]
    no_effect = (*_NO_EFFECT, *_NO_EFFECT_IN.get((module, kind), ()))
    options = {
        key: value
        for key, value in config.items()
        if key not in no_effect and not key.endswith(_NO_EFFECT_ENDINGS) and (key, value) != _USUAL
    }
    if _is_sum(layer):
        return ["sum"]
    if kind == "Relu" and module in _OPERATIONS and not options:
        return ["relu"]
    if (module, kind) in _RELUS and _is_relu(options):
        return ["relu"]
    if module == _LAYERS and kind == "BatchNormalization":
        options |= {"axis": 3 if options["axis"] == -1 else options["axis"]}
        if 0 < options["epsilon"] <= _SMALL_EPSILON:
            options["epsilon"] = "small"
    more = {key: layer[key] for key in layer if key not in ("name", "config", "inbound_nodes")}
    return [more, options]


def _is_sum(layer: dict) -> bool:
    return layer["class_name"] == "Add" and layer["module"] in (_LAYERS, *_OPERATIONS)


def _is_relu(options: dict) -> bool:
    plain = dict(options)
    if plain.pop("dtype", {"config": _FLOAT})["config"] != _FLOAT:
        return False
    return plain in ({"activation": "relu"}, _PLAIN_RELU)


def _reached(layers: list[dict], end: str) -> set[str]:
    """The layers that the layer `end` is computed from, itself among them."""
    before = {layer["name"]: _named(layer["inbound_nodes"]) for layer in layers}
    found, waiting = set(), [end]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += before[name]
    return found


def _named(value: object) -> list[str]:
    if isinstance(value, list):
        return [name for one in value for name in _named(one)]
    if isinstance(value, dict):
        if "keras_history" in value:
            return [value["keras_history"][0]]
        return _named(list(value.values()))
    return []


def _hash(parts: list) -> str:
    return hashlib.blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()
