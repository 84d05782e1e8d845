"""Read how a submission's JSON calls each layer: with which tensors and which constants."""

from __future__ import annotations

from collections.abc import Callable

from grading.judge import allowed
from grading.judge.allowed import ArchitectureError
from grading.judge.json_parts import (
    TENSOR,
    class_of,
    foreign,
    list_of,
    name_of,
    object_of,
    place_of,
    size_of,
    tensors_of,
)

# References to layers that are described further down. Keras retries such a call until its inputs
# exist, so many of them take very long.
MAX_LATER = 50
Count = Callable[[int], None]  # adds a number of values to a total; raises where it is too high
_CALL_KEYS = frozenset({"args", "kwargs"})
_INDEXES = ("__slice__", "__ellipsis__")
_ARRAYS = ("__numpy__", "__tensor__")
# Keras requires shape and dtype here but ignores them: it takes those of the producing layer.
_ANY_TENSOR = {"shape": [], "dtype": "float32"}


def call(node: object, known: dict[str, str], count: Count) -> dict:
    """Return one call in its normal form.

    Args:
        node: an item of a layer's "inbound_nodes".
        known: each layer's name in the normal form, by its name in the submission.
        count: counts the values in the call.

    Raises:
        ArchitectureError: the call is malformed or not allowed. A call without a tensor is refused
            too, because Keras would compute it while building the model, before any check of cost.
    """
    object_of(node, _CALL_KEYS, "a call")
    args = _argument(list_of(node.get("args"), "a call's arguments"), known, count)
    items = object_of(node.get("kwargs"))
    if "class_name" in items:  # Keras would deserialise the dict itself as an object of that class
        raise foreign(items, " in a call")
    kwargs = {name_of(key): _argument(value, known, count) for key, value in items.items()}
    if not tensors_of([args, kwargs]):
        raise ArchitectureError("a layer in the model's JSON is called without a tensor")
    return {"args": args, "kwargs": kwargs}


def _argument(value: object, known: dict[str, str], count: Count, depth: int = 0) -> object:
    """Return one argument of a call in its normal form: a tensor, constant, index or list."""
    count(1)
    if isinstance(value, list) and depth <= allowed.MAX_DEPTH:
        return [_argument(part, known, count, depth + 1) for part in value]
    if not isinstance(value, dict):
        return allowed.argument(value)
    module, kind = class_of(value)
    config = object_of(value.get("config"))
    if module is None and kind == TENSOR:
        origin = place_of(config.get("keras_history"), known)
        return {"class_name": kind, "config": {**_ANY_TENSOR, "keras_history": origin}}
    if module is None and kind in _INDEXES:
        steps = {name_of(key): allowed.argument(step) for key, step in config.items()}
        return {"class_name": kind, "config": steps}
    if module is None and kind in _ARRAYS:
        return {"class_name": kind, "config": _array(config, count)}
    raise foreign(value, " in a call")


def _array(config: dict, count: Count) -> dict:
    """Return a constant array's config, such as that of the 2 in `x * tf.constant(2.0)`."""
    object_of(config, frozenset({"value", "dtype"}), "an array")
    value = config.get("value")
    count(size_of(value))
    dtype = allowed.word("dtype", config.get("dtype"), allowed.CAST_TO)
    return {"value": allowed.argument(value), "dtype": dtype}


def in_order(layers: list[dict]) -> None:
    """Do nothing if almost every layer comes after the layers that it is called on.

    Raises:
        ArchitectureError: more than MAX_LATER tensors come from layers further down.
    """
    seen: set[str] = set()
    later = 0
    for layer in layers:
        seen.add(layer["name"])
        later += sum(name not in seen for name in tensors_of(layer["inbound_nodes"]))
    if later > MAX_LATER:
        raise ArchitectureError("the model's JSON lists many layers before their inputs")
