"""Read a submission's model JSON into a normal form, or refuse it.

The judge never builds the JSON itself but only this form. It contains classes from a list, each
where it is allowed, values within bounds, and layers named by their kind and number. Two answers
with the same form compute the same function, so the verdict cache uses the form's text as its key.

The form leaves out everything that cannot change a result: names, initial values (the judge draws
its own), settings that matter in training only (penalties, constraints, how a model is compiled)
and values that Keras computes again when it builds (shapes, build configurations).
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
from resnets.checks.known_layers import LAYERS, OPERATIONS
from resnets.exercises import EXERCISES

MAX_BYTES = 4 << 20
MAX_LAYERS = 600  # layers of a nested model count once for each of its calls
MAX_NESTED = 8  # levels of nested models
MAX_CALLS = 100  # placeholders for blocks; the lessons' ResNet50 has 16
MAX_VALUES = 100_000  # values in all options and calls together
IMAGES = 2  # batch size that a network is run on

FUNCTIONAL, SEQUENTIAL = "Functional", "Sequential"
_MODULES = {FUNCTIONAL: "keras.src.models.functional", SEQUENTIAL: "keras"}
PLACEHOLDER = keras.saving.get_registered_name(BlockPlaceholder)
_LAYER_KEYS = frozenset("module class_name config registered_name build_config".split())
_MODEL_KEYS = _LAYER_KEYS | {"compile_config"}
_GRAPH_LAYER_KEYS = frozenset({"name", "inbound_nodes"})  # additional keys in a functional model
_GRAPH_KEYS = frozenset("name trainable layers input_layers output_layers".split())
_CHAIN_KEYS = frozenset("name trainable dtype layers build_input_shape".split())
_BLOCK_KEYS = frozenset("f filters stage block s".split())
_LABEL = ("stage", "block")  # arguments of a block that appear in its layers' names


@dataclass(frozen=True)
class Description:
    """A network in its normal form.

    Attributes:
        model: JSON that Keras can read.
        names: each layer's name in the submission, by its name in `model`.
        plain: whether everything that was left out is a value that Keras or the course writes.
    """

    model: dict
    names: dict[str, str]
    plain: bool

    @functools.cached_property
    def text(self) -> str:
        """The model as text; networks that differ only in their layers' names have the same."""
        return json.dumps(self.model, sort_keys=True, separators=(",", ":"))


def read(text: object, placeholders: bool = False) -> Description:
    """Return the normal form of the model that `text` describes.

    Args:
        text: Keras's model JSON, from an untrusted process.
        placeholders: whether it may contain placeholders for blocks (see `block_placeholder`).

    Raises:
        ArchitectureError: the JSON is malformed, too large or too deep, or contains something that
            is not allowed.
    """
    if not isinstance(text, str) or len(text) > MAX_BYTES:
        raise ArchitectureError("expected a model as JSON of at most 4 MB")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArchitectureError(f"the model's JSON cannot be read: {error}"[:200]) from None
    reader = _Reader(MAX_CALLS if placeholders else 0)
    try:
        model, _ = reader.model(content)
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
    """Reads one model JSON and counts its parts.

    Args:
        placeholders: how many placeholders for blocks it may contain.
    """

    def __init__(self, placeholders: int) -> None:
        self.names: dict[str, str] = {}
        self.plain = True
        self._placeholders_left = placeholders
        self._values = 0

    def model(
        self, item: object, extra_keys: frozenset[str] = frozenset(), depth: int = 0
    ) -> tuple[dict, int]:
        """Return a model's normal form, and how many layers run when it is called.

        Args:
            extra_keys: keys that are also allowed, because it is nested in another model.
            depth: how many models it is nested in.
        """
        if depth > MAX_NESTED:
            raise ArchitectureError(f"nested models: expected at most {MAX_NESTED} levels")
        kind = allowed.MODELS.get(class_of(item))
        if kind is None:
            raise foreign(item)
        object_of(item, _MODEL_KEYS | extra_keys, "a model")
        self._check_registered_name(item)
        self.plain &= not item.get("compile_config")
        parts = self._graph if kind == FUNCTIONAL else self._chain
        config, runs = parts(object_of(item.get("config")), depth)
        config["name"] = self._renamed(kind, item["config"].get("name"))
        return {"module": _MODULES[kind], "class_name": kind, "config": config}, runs

    def _graph(self, config: dict, depth: int) -> tuple[dict, int]:
        """Return a functional model's config, and how many layers run when it is called."""
        object_of(config, _GRAPH_KEYS, "a model")
        flag_of("trainable", config.get("trainable", True))  # each layer has the flag as well
        items = list_of(config.get("layers"), "the layers")
        known: dict[str, str] = {}
        layers, runs = [], 0
        for item in items:
            layer, times = self._layer(item, _GRAPH_LAYER_KEYS, depth)
            name = name_of(item.get("name"))
            if name in known:
                raise ArchitectureError(f"two layers of a model are both named {name[:60]!r}")
            known[name] = layer["name"] = layer["config"]["name"]
            layers.append(layer)
            runs += times * len(list_of(item.get("inbound_nodes"), "a layer's calls"))
            _check_layer_count(runs)
        for item, layer in zip(items, layers, strict=True):
            layer["inbound_nodes"] = self._calls_of(item, known)
        in_order(layers)
        ends = {key: ends_of(config.get(key), known) for key in ("input_layers", "output_layers")}
        return {"layers": layers, **ends}, runs

    def _chain(self, config: dict, depth: int) -> tuple[dict, int]:
        """Return a Sequential's config, and how many layers run when it is called."""
        object_of(config, _CHAIN_KEYS, "a Sequential")
        flag_of("trainable", config.get("trainable", True))
        form, runs = {**policy_of(config), "layers": []}, 0
        for item in list_of(config.get("layers"), "the layers"):
            layer, times = self._layer(item, frozenset(), depth)
            form["layers"].append(layer)
            runs += times
            _check_layer_count(runs)
        if config.get("build_input_shape") is not None:
            form["build_input_shape"] = [IMAGES, *_fixed_sizes(config["build_input_shape"])]
        return form, runs

    def _layer(self, item: object, extra_keys: frozenset[str], depth: int) -> tuple[dict, int]:
        """Return a layer or nested model without its calls, and how many layers run in it."""
        if class_of(item) in allowed.MODELS:
            return self.model(item, extra_keys, depth + 1)
        return self._single_layer(item, extra_keys), 1

    def _single_layer(self, item: dict, extra_keys: frozenset[str] = frozenset()) -> dict:
        """Return the normal form of a layer or an operation of `keras.ops`."""
        module, kind = class_of(item)
        config = dict(object_of(item.get("config")))
        name = config.pop("name", None)
        is_placeholder = (
            kind == BlockPlaceholder.__name__ or item.get("registered_name") == PLACEHOLDER
        )
        if is_placeholder:
            options = self._placeholder(item, config)
        elif module == "keras.layers" and kind in LAYERS:
            options = self._input(config) if kind == "InputLayer" else self._options(config)
        elif kind in OPERATIONS.get(module, ()):
            options = self._operation(kind, config)
        else:
            raise foreign(item)
        object_of(item, _LAYER_KEYS | extra_keys, f"a {kind}")
        if not is_placeholder:
            self._check_registered_name(item)
        options["name"] = self._renamed(kind, name)
        registered = {"registered_name": PLACEHOLDER} if is_placeholder else {}
        return {"module": module, "class_name": kind, "config": options, **registered}

    def _options(self, config: dict) -> dict:
        """Return a layer's options without defaults and without those that the judge overrules."""
        form = policy_of(config)
        for key, value in config.items():
            if key.endswith(allowed.OVERRULED):
                self.plain &= is_usual(value)
            elif key == "activation":
                form[key] = self._activation(value)
            elif key == "trainable":
                form |= {} if flag_of(key, value) else {key: False}
            elif key not in ("dtype", "seed"):
                form[key] = self._option(key, value)
        return form

    def _operation(self, kind: str, config: dict) -> dict:
        form = {key: self._option(key, value) for key, value in config.items()}
        if kind == "Cast":
            allowed.word("dtype", config.get("dtype"), allowed.CAST_TO)
        return form

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
            raise ArchitectureError("an activation's activation is a layer: expected a name")
        return self._single_layer(value)

    def _input(self, config: dict) -> dict:
        """Return an input's options; its fixed size determines the size of the whole network."""
        shape = config.pop("batch_shape", None)
        return {**self._options(config), "batch_shape": [IMAGES, *_fixed_sizes(shape)]}

    def _placeholder(self, item: dict, config: dict) -> dict:
        """Return a placeholder's options, each of them checked: student code could forge one."""
        expected = BlockPlaceholder.__module__, BlockPlaceholder.__name__, PLACEHOLDER
        identity = *class_of(item), item.get("registered_name")
        if identity != expected or not self._placeholders_left:
            raise ArchitectureError("a placeholder for a block is not the grader's own")
        self._placeholders_left -= 1
        kind = allowed.word("kind", config.pop("kind", None), frozenset(BLOCKS))
        values = object_of(config.pop("arguments", None), _BLOCK_KEYS, "a block's arguments")
        arguments = {key: self._option(f"a block's {key}", values[key]) for key in values}
        arguments |= {key: str(arguments[key]) for key in _LABEL if key in arguments}
        if "s" in EXERCISES[kind].defaults:
            arguments.setdefault("s", EXERCISES[kind].defaults["s"])
        return {**self._options(config), "kind": kind, "arguments": arguments}

    def _calls_of(self, item: dict, known: dict[str, str]) -> list[dict]:
        """Return a layer's calls in their normal form; only an input may have none."""
        if bool(item["inbound_nodes"]) == (item["class_name"] == "InputLayer"):
            raise ArchitectureError("an input has a call, or another layer has none")
        return [call(node, known, self._count) for node in item["inbound_nodes"]]

    def _check_registered_name(self, item: dict) -> None:
        """Raise ArchitectureError if `registered_name` would make Keras load another class."""
        if item.get("registered_name") not in (None, item["class_name"]):
            raise ArchitectureError(f"a {item['class_name']} is registered under another name")

    def _count(self, values: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise ArchitectureError("the model's JSON has too many parts")

    def _renamed(self, kind: str, name: object) -> str:
        """Return a layer's new name, and remember the submission's own name for it."""
        new_name = f"{kind.lower()}_{len(self.names)}"
        self.names[new_name] = name_of(name)
        return new_name


def _check_layer_count(runs: int) -> None:
    if runs > MAX_LAYERS:
        raise ArchitectureError(f"{runs} layers: expected at most {MAX_LAYERS}")


def _fixed_sizes(shape: object) -> list[int]:
    """Return a shape without its batch axis."""
    sizes = shape_of(shape)[1:]
    if None in sizes:  # the network's cost cannot be computed before it runs
        raise ArchitectureError(f"an input of shape {sizes}: expected fixed sizes")
    return sizes
