"""Read the calls of a layer in a submission's JSON: on which tensors, with which constants."""

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

MAX_LATER = 50  # tensors of layers further down; Keras tries such a call over and over
Count = Callable[[int], None]  # counts values, and refuses too many
_CALL_KEYS = frozenset({"args", "kwargs"})
_INDEXES = ("__slice__", "__ellipsis__")
_ARRAYS = ("__numpy__", "__tensor__")
_ANY_TENSOR = {"shape": [], "dtype": "float32"}  # Keras takes those of the layer instead


def call(node: object, known: dict[str, str], count: Count) -> dict:
    """One call in its normal form.

    Args:
        known: the new name of each layer, by its own.

    Raises:
        ArchitectureError: it is malformed or not allowed. A call on no tensor is refused, too,
            since Keras would run it while it builds the model.
    """
    object_of(node, _CALL_KEYS, "a call")
    args = _argument(list_of(node.get("args"), "a call's arguments"), known, count)
    given = object_of(node.get("kwargs"))
    if "class_name" in given:  # Keras would take the whole for an object
        raise foreign(given, " in a call")
    named = {name_of(key): _argument(value, known, count) for key, value in given.items()}
    if not tensors_of([args, named]):
        raise ArchitectureError("a layer in the model's JSON is called on no tensor")
    return {"args": args, "kwargs": named}


def _argument(value: object, known: dict[str, str], count: Count, depth: int = 0) -> object:
    count(1)
    if isinstance(value, list) and depth <= allowed.MAX_DEPTH:
        return [_argument(part, known, count, depth + 1) for part in value]
    if not isinstance(value, dict):
        return allowed.argument(value)
    module, kind = class_of(value)
    config = object_of(value.get("config"))
    if module is None and kind == TENSOR:
        place = place_of(config.get("keras_history"), known)
        return {"class_name": kind, "config": {**_ANY_TENSOR, "keras_history": place}}
    if module is None and kind in _INDEXES:
        steps = {name_of(key): allowed.argument(step) for key, step in config.items()}
        return {"class_name": kind, "config": steps}
    if module is None and kind in _ARRAYS:
        return {"class_name": kind, "config": _array(config, count)}
    raise foreign(value, " in a call")


def _array(config: dict, count: Count) -> dict:
    """Constant numbers, such as the 2 of `x * tf.constant(2.0)`."""
    object_of(config, frozenset({"value", "dtype"}), "an array")
    value = config.get("value")
    count(size_of(value))
    dtype = allowed.word("dtype", config.get("dtype"), allowed.CAST_TO)
    return {"value": allowed.argument(value), "dtype": dtype}


def in_order(layers: list[dict]) -> None:
    """Refuse layers that are described long before what they are called on.

    Raises:
        ArchitectureError: there are too many of them.
    """
    seen: set[str] = set()
    later = 0
    for layer in layers:
        seen.add(layer["name"])
        later += sum(name not in seen for name in tensors_of(layer["inbound_nodes"]))
    if later > MAX_LATER:
        raise ArchitectureError("the model's layers are not in the order of their calls")
