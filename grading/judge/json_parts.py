"""Take parts out of a submission's JSON, each of the kind that stands there, or refuse it."""

from __future__ import annotations

from grading.judge import allowed
from grading.judge.allowed import ArchitectureError

TENSOR = "__keras_tensor__"
# What is raised where a part is of another kind than all that stands in that place.
MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError)
MAX_NAME = 200
_MAX_SIDE = 4096
_MAX_RANK = 6
_MAX_INDEX = 1000
_USUAL_MODULES = ("keras.initializers", "keras.regularizers", "keras.constraints")
_COURSE_INITIALISER = "resnets.initializers", "glorot_uniform"


def object_of(value: object, known: frozenset[str] | None = None, what: str = "a part") -> dict:
    """The value, an object; with `known`, one that has no other keys.

    Raises:
        ArchitectureError: it is none, or has another key.
    """
    if not isinstance(value, dict):
        raise ArchitectureError(f"{what} of the model's JSON is not an object")
    if known is not None and (unknown := set(value) - known):
        raise ArchitectureError(f"{what} of the model's JSON has an unknown {min(unknown)[:60]!r}")
    return value


def list_of(value: object, what: str) -> list:
    """The value, a list."""
    if not isinstance(value, list):
        raise ArchitectureError(f"{what} in the model's JSON is not a list")
    return value


def name_of(value: object) -> str:
    """The value, a text of a name's length."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME:
        raise ArchitectureError("a part of the model's JSON has no name")
    return value


def flag_of(name: str, value: object) -> bool:
    """The value, true or false."""
    if not isinstance(value, bool):
        raise ArchitectureError(f"{name} is neither true nor false in the model's JSON")
    return value


def class_of(item: object) -> tuple[str | None, str]:
    """The module and the name of the class that an object stands for."""
    item = object_of(item)
    module, kind = item.get("module"), item.get("class_name")
    if not isinstance(kind, str) or not isinstance(module, str | None):
        raise ArchitectureError("a class in the model's JSON has no name")
    return module, kind


def foreign(item: dict, where: str = "") -> ArchitectureError:
    """Says that the object's class has no place there."""
    kind, module = str(item.get("class_name"))[:60], str(item.get("module"))[:60]
    return ArchitectureError(
        f"the model holds {kind!r} of {module!r}{where}: only Keras layers are judged"
    )


def shape_of(value: object) -> list[int | None]:
    """The value, a shape with its number of images; each size may be open."""
    sizes = list_of(value, "a shape")
    fits = [size is None or (type(size) is int and 1 <= size <= _MAX_SIDE) for size in sizes]
    if not 1 <= len(sizes) <= _MAX_RANK or not all(fits):
        raise ArchitectureError(
            f"a shape of {str(sizes)[:60]}: only sizes to {_MAX_SIDE} are judged"
        )
    return sizes


def policy_of(config: dict) -> dict:
    """{"dtype": word}, or nothing where it is float32 anyway.

    Raises:
        ArchitectureError: it is none of the dtypes, or a policy that does more than name one.
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
    """Where a tensor comes from: [layer, call, output], the layer by its name in `known`."""
    name, *place = list_of(value, "a tensor's place") or [None]
    indexes = [type(index) is int and 0 <= index <= _MAX_INDEX for index in place]
    if not isinstance(name, str) or len(place) != 2 or not all(indexes):
        raise ArchitectureError("a tensor in the model's JSON comes from no layer")
    if name not in known:
        raise ArchitectureError(f"a tensor comes from {name[:60]!r}, which is no layer before it")
    return [known[name], *place]


def ends_of(value: object, known: dict[str, str]) -> list:
    """The places of a model's inputs or outputs: one, or a list of them."""
    places = list_of(value, "a model's inputs or outputs")
    if not places:
        raise ArchitectureError("a model in the model's JSON has no input or no output")
    if isinstance(places[0], str):
        return place_of(places, known)
    return [place_of(place, known) for place in places]


def tensors_of(value: object) -> list[str]:
    """The names of the layers whose tensors stand in calls of the normal form."""
    found: list[str] = []
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict) and part.get("class_name") == TENSOR:
            found.append(part["config"]["keras_history"][0])
        elif isinstance(part, dict) and "class_name" not in part:
            waiting += part.values()
    return found


def size_of(value: object) -> int:
    """How many values an option holds."""
    return 1 + sum(map(size_of, value)) if isinstance(value, list) else 1


def is_usual(value: object) -> bool:
    """Whether an initial value, a penalty or a constraint is Keras's own or the course's."""
    if not isinstance(value, dict):
        return value is None or isinstance(value, int | str)
    known = value.get("module") in _USUAL_MODULES and value.get("class_name") != "function"
    return known or (value.get("module"), value.get("class_name")) == _COURSE_INITIALISER
