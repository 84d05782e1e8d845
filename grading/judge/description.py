"""Read a submission's JSON into a normal form, or refuse it.

What the judge builds is never the JSON itself but this form: only classes from a list, each in its
place, only values within bounds, and layers named by their kind and number. Two answers with one
form are one and the same question to the judge, so a verdict may be passed on under the form's
text, whatever else the JSON holds. Left out of it is what never reaches a result: names, what the
judge draws itself (initial values), what counts in training only (penalties, constraints, how a
model is compiled) and what Keras finds out again when it builds (shapes, build configurations).
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass

import keras

from grading.judge import allowed
from grading.judge.allowed import ArchitectureError
from grading.judge.described_calls import call, in_order
from grading.judge.json_parts import (
    MALFORMED,
    class_of,
    ends_of,
    flag_of,
    foreign,
    is_usual,
    list_of,
    name_of,
    object_of,
    policy_of,
    shape_of,
    size_of,
)
from grading.judge.one_spelling import in_one_spelling
from grading.sandbox.block_placeholder import BLOCKS, BlockPlaceholder
from resnets.exercises import EXERCISES

MAX_BYTES = 4 << 20
MAX_LAYERS = 600  # those of a model within another one count once for each of its calls
MAX_NESTED = 8  # models within models
MAX_CALLS = 100  # of blocks; the lessons' ResNet50 has 16
MAX_VALUES = 100_000  # in options and calls
IMAGES = 2  # that a network is run on at once

FUNCTIONAL, SEQUENTIAL = "Functional", "Sequential"
_MODULES = {FUNCTIONAL: "keras.src.models.functional", SEQUENTIAL: "keras"}
PLACEHOLDER = keras.saving.get_registered_name(BlockPlaceholder)
_LAYER_KEYS = frozenset("module class_name config registered_name build_config".split())
_MODEL_KEYS = _LAYER_KEYS | {"compile_config"}
_PLACE_KEYS = frozenset({"name", "inbound_nodes"})  # of a layer in a graph
_GRAPH_KEYS = frozenset("name trainable layers input_layers output_layers".split())
_CHAIN_KEYS = frozenset("name trainable dtype layers build_input_shape".split())
_BLOCK_KEYS = frozenset("f filters stage block s".split())
_LABEL = ("stage", "block")  # what a block's layers are named by


@dataclass(frozen=True)
class Description:
    """A network in its normal form.

    Attributes:
        model: as JSON that Keras reads.
        names: what the submission calls each layer, by the name that it has in `model`.
        plain: what was left out is what Keras itself or the course writes there.
    """

    model: dict
    names: dict[str, str]
    plain: bool

    @functools.cached_property
    def text(self) -> str:
        """The same for the same network, whatever its layers are called."""
        return json.dumps(self.model, sort_keys=True, separators=(",", ":"))


def read(text: object, placeholders: bool = False) -> Description:
    """What `text` describes, in its normal form.

    Args:
        text: Keras's model JSON, from a process that nobody trusts.
        placeholders: whether it may hold placeholders for blocks (see `block_placeholder`).

    Raises:
        ArchitectureError: malformed, too large or too deep, or something in it has no place in a
            network of this course.
    """
    if not isinstance(text, str) or len(text) > MAX_BYTES:
        raise ArchitectureError("expected a model as JSON of at most 4 MB")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArchitectureError(f"the model's JSON cannot be read: {error}"[:200]) from None
    reader = _Reader(MAX_CALLS if placeholders else 0)
    try:
        model, _ = reader.model(found)
    except ArchitectureError:
        raise
    except RecursionError:
        raise ArchitectureError("the model's JSON is too deep") from None
    except MALFORMED as error:
        raise ArchitectureError(f"the model's JSON is malformed: {error}"[:200]) from None
    names = reader.names
    if model["class_name"] == FUNCTIONAL:
        model, names = in_one_spelling(model, names)
    return Description(model, names, reader.plain)


class _Reader:
    """Reads one JSON and counts what it holds.

    Args:
        placeholders: how many placeholders for blocks it may hold.
    """

    def __init__(self, placeholders: int) -> None:
        self.names: dict[str, str] = {}
        self.plain = True
        self._placeholders_left = placeholders
        self._values = 0

    def model(
        self, item: object, place: frozenset[str] = frozenset(), depth: int = 0
    ) -> tuple[dict, int]:
        """A model, and how many layers run when it does.

        Args:
            place: the keys that it has besides, where it stands in another model.
            depth: how many models it stands in.
        """
        if depth > MAX_NESTED:
            raise ArchitectureError(f"models within models; at most {MAX_NESTED} deep are judged")
        kind = allowed.MODELS.get(class_of(item))
        if kind is None:
            raise foreign(item)
        object_of(item, _MODEL_KEYS | place, "a model")
        self._by_its_own_name(item)
        self.plain &= not item.get("compile_config")
        parts = self._graph if kind == FUNCTIONAL else self._chain
        config, runs = parts(object_of(item.get("config")), depth)
        config["name"] = self._renamed(kind, item["config"].get("name"))
        return {"module": _MODULES[kind], "class_name": kind, "config": config}, runs

    def _graph(self, config: dict, depth: int) -> tuple[dict, int]:
        """A functional model's parts; `trainable` is left to its layers, each of which has it."""
        object_of(config, _GRAPH_KEYS, "a model")
        flag_of("trainable", config.get("trainable", True))
        items = list_of(config.get("layers"), "the layers")
        known: dict[str, str] = {}
        layers, runs = [], 0
        for item in items:
            layer, times = self._layer(item, _PLACE_KEYS, depth)
            name = name_of(item.get("name"))
            if name in known:
                raise ArchitectureError(f"two layers of a model are both named {name[:60]!r}")
            known[name] = layer["name"] = layer["config"]["name"]
            layers.append(layer)
            runs += times * len(list_of(item.get("inbound_nodes"), "a layer's calls"))
            _few_enough(runs)
        for item, layer in zip(items, layers, strict=True):
            layer["inbound_nodes"] = self._calls_of(item, known)
        in_order(layers)
        ends = {key: ends_of(config.get(key), known) for key in ("input_layers", "output_layers")}
        return {"layers": layers, **ends}, runs

    def _chain(self, config: dict, depth: int) -> tuple[dict, int]:
        """A Sequential's parts."""
        object_of(config, _CHAIN_KEYS, "a Sequential")
        flag_of("trainable", config.get("trainable", True))
        made, runs = {**policy_of(config), "layers": []}, 0
        for item in list_of(config.get("layers"), "the layers"):
            layer, times = self._layer(item, frozenset(), depth)
            made["layers"].append(layer)
            runs += times
            _few_enough(runs)
        if config.get("build_input_shape") is not None:
            made["build_input_shape"] = [IMAGES, *_fixed(config["build_input_shape"])]
        return made, runs

    def _layer(self, item: object, place: frozenset[str], depth: int) -> tuple[dict, int]:
        """What stands in a model, without its calls, and how many layers run when it does."""
        if class_of(item) in allowed.MODELS:
            return self.model(item, place, depth + 1)
        return self._alone(item, place), 1

    def _alone(self, item: dict, place: frozenset[str] = frozenset()) -> dict:
        """A layer or an operation."""
        module, kind = class_of(item)
        config = dict(object_of(item.get("config")))
        name = config.pop("name", None)
        is_placeholder = (
            kind == BlockPlaceholder.__name__ or item.get("registered_name") == PLACEHOLDER
        )
        if is_placeholder:
            options = self._placeholder(item, config)
        elif module == "keras.layers" and kind in allowed.LAYERS:
            options = self._input(config) if kind == "InputLayer" else self._options(config)
        elif kind in allowed.OPERATIONS.get(module, ()):
            options = self._operation(kind, config)
        else:
            raise foreign(item)
        object_of(item, _LAYER_KEYS | place, f"a {kind}")
        if not is_placeholder:
            self._by_its_own_name(item)
        options["name"] = self._renamed(kind, name)
        registered = {"registered_name": PLACEHOLDER} if is_placeholder else {}
        return {"module": module, "class_name": kind, "config": options, **registered}

    def _options(self, config: dict) -> dict:
        """A layer's options, without what is so anyway and what the judge overrules."""
        made = policy_of(config)
        for key, value in config.items():
            if key.endswith(allowed.OVERRULED):
                self.plain &= is_usual(value)
            elif key == "activation":
                made[key] = self._activation(value)
            elif key == "trainable":
                made |= {} if flag_of(key, value) else {key: False}
            elif key not in ("dtype", "seed"):
                made[key] = self._option(key, value)
        return made

    def _operation(self, kind: str, config: dict) -> dict:
        made = {key: self._option(key, value) for key, value in config.items()}
        if kind == "Cast":
            allowed.word("dtype", config.get("dtype"), allowed.CAST_TO)
        return made

    def _option(self, key: str, value: object) -> object:
        self._count(size_of(value))
        return allowed.option(name_of(key), value)

    def _activation(self, value: object) -> object:
        if not isinstance(value, dict):
            return allowed.word("activation", value, allowed.ACTIVATIONS) if value else None
        module, kind = class_of(value)
        if module != "keras.layers" or kind not in allowed.ACTIVATION_LAYERS:
            raise foreign(value, " as an activation")
        if isinstance(object_of(value.get("config")).get("activation"), dict):
            raise ArchitectureError("an activation within an activation: one alone is judged")
        return self._alone(value)

    def _input(self, config: dict) -> dict:
        """An input; that its size is fixed says how large the whole network is."""
        shape = config.pop("batch_shape", None)
        return {**self._options(config), "batch_shape": [IMAGES, *_fixed(shape)]}

    def _placeholder(self, item: dict, config: dict) -> dict:
        """A placeholder for a block."""
        expected = BlockPlaceholder.__module__, BlockPlaceholder.__name__, PLACEHOLDER
        given = *class_of(item), item.get("registered_name")
        if given != expected or not self._placeholders_left:
            raise ArchitectureError("a placeholder for a block is not the grader's own")
        self._placeholders_left -= 1
        kind = allowed.word("kind", config.pop("kind", None), frozenset(BLOCKS))
        given = object_of(config.pop("arguments", None), _BLOCK_KEYS, "a block's arguments")
        arguments = {key: self._option(f"a block's {key}", given[key]) for key in given}
        arguments |= {key: str(arguments[key]) for key in _LABEL if key in arguments}
        if "s" in EXERCISES[kind].defaults:
            arguments.setdefault("s", EXERCISES[kind].defaults["s"])
        return {**self._options(config), "kind": kind, "arguments": arguments}

    def _calls_of(self, item: dict, known: dict[str, str]) -> list[dict]:
        """A layer's calls; an input has none, and every other layer has one."""
        if bool(item["inbound_nodes"]) == (item["class_name"] == "InputLayer"):
            raise ArchitectureError("an input is called on something, or a layer on nothing")
        return [call(node, known, self._count) for node in item["inbound_nodes"]]

    def _by_its_own_name(self, item: dict) -> None:
        """Refuse a name under which Keras would look up another class than the one named."""
        if item.get("registered_name") not in (None, item["class_name"]):
            raise ArchitectureError(f"a {item['class_name']} is registered under another name")

    def _count(self, values: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise ArchitectureError("the model's JSON has too many parts")

    def _renamed(self, kind: str, name: object) -> str:
        made = f"{kind.lower()}_{len(self.names)}"
        self.names[made] = name_of(name)
        return made


def _few_enough(runs: int) -> None:
    if runs > MAX_LAYERS:
        raise ArchitectureError(f"{runs} layers; at most {MAX_LAYERS} are judged")


def _fixed(shape: object) -> list[int]:
    """A shape without its number of images."""
    sizes = shape_of(shape)[1:]
    if None in sizes:
        raise ArchitectureError(f"an input of shape {sizes}: only fixed sizes are judged")
    return sizes
