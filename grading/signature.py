"""Recognise the reference's own architecture in a submission's JSON, without building it.

Most right answers are the reference layer by layer. Two architectures with the same signature are
the same layers with the same options, wired the same way, so they compute the same function; only
what has another signature has to be built, given weights and run. Left out of a signature is what
the judge overrules or what changes no output: names, initial values, penalties, momentum.
"""

from __future__ import annotations

import hashlib
import json

from grading.called import DEFAULT_STRIDE, CalledBlock

_NO_EFFECT = ("name", "momentum")
_USUAL = ("trainable", True)  # while a frozen BatchNorm is another function in training mode
_NO_EFFECT_ENDINGS = ("_initializer", "_regularizer")
_SMALL_EPSILON = 1e-2  # up to here `resnets_checks_graph` sets BatchNorm's epsilon itself
_MODELS = (("keras.src.models.functional", "Functional"), ("keras", "Functional"))
_LAYERS, _OPERATIONS = "keras.layers", ("keras.src.ops.numpy", "keras.src.ops.nn")
_WITH_WEIGHTS = ("Conv2D", "BatchNormalization", "Dense")
_FLOAT = {"name": "float32"}
_PLAIN_RELU = {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}


class _Unknown(Exception):  # noqa: N818 - no error: the long way is taken
    """No signature can be told; it has to be built."""


def signature(text: object) -> tuple[str, frozenset[str]] | None:
    """What an architecture computes, and the names of its layers with weights.

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


def _of(config: dict) -> tuple[str, frozenset[str]]:
    known: dict[str, str] = {}
    names = set()
    for layer in config["layers"]:
        name = layer["name"]
        if not isinstance(name, str) or name in known or layer["config"]["name"] != name:
            raise _Unknown
        before = _inputs(layer, known)
        known[name] = _hash([_essence(layer), *before])
        if layer["class_name"] == CalledBlock.__name__:
            label = "{stage}{block}".format(**layer["config"]["arguments"])
            if label in names:
                raise _Unknown
            names.add(label)
        elif layer["class_name"] in _WITH_WEIGHTS:
            names.add(name)
    start, end = (_only(config[key]) for key in ("input_layers", "output_layers"))
    inputs = [one["name"] for one in config["layers"] if one["class_name"] == "InputLayer"]
    if inputs != [start] or _reached(config["layers"], end) != set(known):
        raise _Unknown
    return known[end], frozenset(names)


def _only(places: list) -> str:
    """The layer of a model's only input or output: [name, 0, 0] or a list of one such."""
    name, *place = places[0] if isinstance(places[0], list) and len(places) == 1 else places
    if place != [0, 0]:
        raise _Unknown
    return name


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
    options = {
        key: value
        for key, value in config.items()
        if key not in _NO_EFFECT and not key.endswith(_NO_EFFECT_ENDINGS) and (key, value) != _USUAL
    }
    if _is_sum(layer):
        return ["sum"]
    if kind == "Relu" and module in _OPERATIONS and not options:
        return ["relu"]
    if module == _LAYERS and kind in ("Activation", "ReLU") and _is_relu(options):
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
