"""Read single parts of a submission's model JSON, and check the type of each.

Every function raises ArchitectureError for a value of another type or form.
"""

from __future__ import annotations

from grading.judge import allowed
from grading.judge.allowed import ArchitectureError

TENSOR = "__keras_tensor__"
# Errors that code raises when it reads JSON of another form than it expects.
MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError)
MAX_NAME = 200
_MAX_SIDE = 4096
_MAX_RANK = 6
_MAX_INDEX = 1000
_USUAL_MODULES = ("keras.initializers", "keras.regularizers", "keras.constraints")
_COURSE_INITIALISER = "resnets.initializers", "glorot_uniform"


def object_of(value: object, known: frozenset[str] | None = None, what: str = "a part") -> dict:
    """Return `value` if it is a dict, with only the keys in `known` if these are given.

    Args:
        what: what the value is, for the error message.

    Raises:
        ArchitectureError: it is not a dict, or has another key.
    """
    if not isinstance(value, dict):
        raise ArchitectureError(f"{what} of the model's JSON is not an object")
    if known is not None and (unknown := set(value) - known):
        key = min(unknown)[:60]
        raise ArchitectureError(f"{what} of the model's JSON has an unknown key {key!r}")
    return value


def list_of(value: object, what: str) -> list:
    """Return `value` if it is a list."""
    if not isinstance(value, list):
        raise ArchitectureError(f"{what} in the model's JSON is not a list")
    return value


def name_of(value: object) -> str:
    """Return `value` if it is a text of 1 to MAX_NAME characters."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME:
        raise ArchitectureError(
            f"a part of the model's JSON has no name of 1 to {MAX_NAME} characters"
        )
    return value


def flag_of(name: str, value: object) -> bool:
    """Return `value` if it is a boolean."""
    if not isinstance(value, bool):
        raise ArchitectureError(f"{name} is neither true nor false in the model's JSON")
    return value


def class_of(item: object) -> tuple[str | None, str]:
    """Return the module (perhaps None) and the name of the class of a serialised object."""
    item = object_of(item)
    module, kind = item.get("module"), item.get("class_name")
    if not isinstance(kind, str) or not isinstance(module, str | None):
        raise ArchitectureError("a part of the model's JSON has no class name")
    return module, kind


def foreign(item: dict, where: str = "") -> ArchitectureError:
    """Return an error that says that an object's class is not allowed there."""
    kind, module = str(item.get("class_name"))[:60], str(item.get("module"))[:60]
    return ArchitectureError(
        f"the model contains {kind!r} of {module!r}{where}: expected only standard Keras layers"
        " and operations"
    )


def shape_of(value: object) -> list[int | None]:
    """Return `value` if it is a shape that includes the batch axis; None is an open size."""
    sizes = list_of(value, "a shape")
    fits = [size is None or (type(size) is int and 1 <= size <= _MAX_SIDE) for size in sizes]
    if not 1 <= len(sizes) <= _MAX_RANK or not all(fits):
        raise ArchitectureError(
            f"a shape of {str(sizes)[:60]}: expected 1 to {_MAX_RANK} sizes, each at most"
            f" {_MAX_SIDE}"
        )
    return sizes


def policy_of(config: dict) -> dict:
    """Return a layer's dtype as {"dtype": name}, or {} for float32, the default.

    Raises:
        ArchitectureError: it is not an allowed dtype, or a policy with more settings than a dtype.
    """
    value = config.get("dtype", "float32")
    if isinstance(value, dict):
        if class_of(value) != ("keras", "DTypePolicy"):
            raise foreign(value, " as a dtype")
        if value.get("registered_name") not in (None, "DTypePolicy"):
            raise ArchitectureError("a dtype policy is registered under another name")
        value = object_of(value.get("config"), frozenset({"name"}), "a dtype policy").get("name")
    word = allowed.word("dtype", value, allowed.POLICIES)
    return {} if word == "float32" else {"dtype": word}


def place_of(value: object, known: dict[str, str]) -> list:
    """Return a tensor's origin as [layer, call, output].

    Args:
        known: each layer's new name, by its name in the submission.
    """
    name, *indexes = list_of(value, "a tensor's origin") or [None]
    valid = [type(index) is int and 0 <= index <= _MAX_INDEX for index in indexes]
    if not isinstance(name, str) or len(indexes) != 2 or not all(valid):
        raise ArchitectureError(
            "a tensor's origin in the model's JSON is not [layer, call index, output index]"
        )
    if name not in known:
        raise ArchitectureError(f"a tensor comes from {name[:60]!r}, which is not a layer")
    return [known[name], *indexes]


def ends_of(value: object, known: dict[str, str]) -> list:
    """Return the origins of a model's inputs or outputs: one origin, or a list of them."""
    origins = list_of(value, "a model's inputs or outputs")
    if not origins:
        raise ArchitectureError("a model in the model's JSON has no input or no output")
    if isinstance(origins[0], str):
        return place_of(origins, known)
    return [place_of(origin, known) for origin in origins]


def tensors_of(value: object) -> list[str]:
    """Return the names of the layers whose outputs are used in calls of the normal form."""
    names: list[str] = []
    stack = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, list):
            stack += part
        elif isinstance(part, dict) and part.get("class_name") == TENSOR:
            names.append(part["config"]["keras_history"][0])
        elif isinstance(part, dict) and "class_name" not in part:
            stack += part.values()
    return names


def size_of(value: object) -> int:
    """Return how many values an option contains, lists included."""
    return 1 + sum(map(size_of, value)) if isinstance(value, list) else 1


def is_usual(value: object) -> bool:
    """Return whether an initialiser, regulariser or constraint is one of Keras's or the course's.

    Any other one could be a class that runs code when the model is built from its JSON.
    """
    if not isinstance(value, dict):
        return value is None or isinstance(value, int | str)
    known = value.get("module") in _USUAL_MODULES and value.get("class_name") != "function"
    return known or (value.get("module"), value.get("class_name")) == _COURSE_INITIALISER
