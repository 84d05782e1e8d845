"""The reference: the two blocks and ResNet50, as lists of steps that a mistake can change.

Who calls it: the catalogue of mistakes and the command that stores fingerprints. He et al., "Deep
Residual Learning for Image Recognition", 2015, in the form of the classic assignment.

A block is not written as a function but as data, so that "the reference with one mistake built
in" is one small edit of it, and two mistakes are two edits.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import keras
from keras import layers


@dataclass
class Step:
    """One layer: its kind, the name it carries in the trace, and its options."""

    name: str
    kind: str
    options: dict = field(default_factory=dict)


@dataclass
class Block:
    """A residual block: what X passes through on the main path, on the shortcut, and after."""

    main: list[Step]
    shortcut: list[Step]
    after: list[Step]
    merge: str = "add"
    label: str = ""
    # Where the shortcut starts: "input", or the name of the step on the main path it is taken at.
    fork: str = "input"
    returns: str = "output"

    def steps(self) -> list[Step]:
        return [*self.main, *self.shortcut, *self.after]

    def step(self, name: str) -> Step:
        """The step called `name`; raises KeyError if another mistake removed it."""
        return next((s for s in self.steps() if s.name == name), None) or _missing(name)

    def drop(self, *names: str) -> None:
        """Remove steps."""
        for name in names:
            self.step(name)
        for path in (self.main, self.shortcut, self.after):
            path[:] = [s for s in path if s.name not in names]

    def swap(self, a: str, b: str) -> None:
        """Exchange the places of two steps of one path."""
        for path in (self.main, self.shortcut, self.after):
            names = [s.name for s in path]
            if a in names and b in names:
                i, j = names.index(a), names.index(b)
                path[i], path[j] = path[j], path[i]
                return
        _missing(f"{a} or {b}")

    def insert_after(self, name: str, step: Step) -> None:
        """Put `step` behind the step called `name`."""
        for path in (self.main, self.shortcut, self.after):
            names = [s.name for s in path]
            if name in names:
                path.insert(names.index(name) + 1, step)
                return
        _missing(name)


def _missing(name: str):
    raise KeyError(f"no step {name}: another mistake has removed it")


def component(name: str, filters: int, kernel: int, relu: bool, **options) -> list[Step]:
    """Convolution, BatchNorm and, if `relu`, ReLU: one component of a path."""
    steps = [
        Step(f"conv{name}", "conv", {"filters": filters, "kernel": kernel, **options}),
        Step(f"bn{name}", "bn", {"axis": 3}),
    ]
    return steps + [Step(f"relu{name}", "relu")] if relu else steps


def identity_spec(f: int, filters: list[int], stage: int = 1, block: str = "a") -> Block:
    """The identity block: three components, the input added, ReLU."""
    f1, f2, f3 = filters
    main = [
        *component("2a", f1, 1, True, padding="valid"),
        *component("2b", f2, f, True, padding="same"),
        *component("2c", f3, 1, False, padding="valid"),
    ]
    return Block(main, [], [Step("relu_out", "relu")], label=f"{stage}{block}")


def convolutional_spec(
    f: int, filters: list[int], stage: int = 1, block: str = "a", s: int = 2
) -> Block:
    """The convolutional block: stride s in the first component and on the shortcut."""
    built = identity_spec(f, filters, stage, block)
    built.step("conv2a").options["stride"] = s
    built.shortcut = component("1", filters[2], 1, False, padding="valid", stride=s)
    return built


class Builder:
    """Calls Keras layers for steps; remembers named tensors and shared layers."""

    def __init__(self) -> None:
        self.taps: list[tuple[str, keras.KerasTensor]] = []
        self._shared: dict[str, keras.Layer] = {}

    def path(self, x, steps: list[Step], label: str, where: str, tensors: dict | None = None):
        """`x` after all `steps`; a step may start from an earlier tensor (option `from`)."""
        for step in steps:
            if tensors is not None and "from" in step.options:
                x = tensors[step.options["from"]]
            x = self.apply(x, step, label)
            self.taps.append((where + step.name, x))
            if tensors is not None:
                tensors[step.name] = x
        return x

    def block(self, x, spec: Block, where: str = ""):
        """The block's output for the symbolic tensor `x`."""
        tensors = {"input": x}
        main = self.path(x, spec.main, spec.label, where, tensors)
        tensors["main"] = main
        start = tensors[spec.fork]
        shortcut = self.path(start, spec.shortcut, spec.label, where, tensors)
        tensors["shortcut"] = shortcut
        merged = merge(spec.merge, main, shortcut)
        self.taps.append((where + "add", merged))
        output = self.path(merged, spec.after, spec.label, where)
        if spec.returns == "nothing":
            return None
        return {**tensors, "output": output}[spec.returns]

    def apply(self, x, step: Step, label: str):
        """One layer on `x`."""
        share = step.options.get("share")
        if share in self._shared:
            return self._shared[share](x)
        layer = make_layer(step, label)
        if share:
            self._shared[share] = layer
        training = step.options.get("training")
        return layer(x) if training is None else layer(x, training=training)


def make_layer(step: Step, label: str) -> keras.Layer:
    """The Keras layer that `step` stands for; weight layers carry the classic's names."""
    return _LAYERS[step.kind](step, label)


def _conv(step: Step, label: str):
    o = step.options
    name = o.get("name") or step.name.replace("conv", f"res{label}_branch")
    return layers.Conv2D(
        o["filters"], o["kernel"], strides=o.get("stride", 1), padding=o["padding"],
        activation=o.get("activation"), name=name,
    )  # fmt: skip


def _batch_norm(step: Step, label: str):
    settings = {key: value for key, value in step.options.items() if key in _BN_SETTINGS}
    settings["name"] = step.options.get("name") or step.name.replace("bn", f"bn{label}_branch")
    return layers.BatchNormalization(**settings)


_BN_SETTINGS = ("axis", "scale", "center", "trainable")


def _layer_norm(step: Step, label: str):
    return layers.LayerNormalization(name=step.name.replace("bn", f"bn{label}_branch"))


def _dense(step: Step, label: str):
    units = step.options["units"]
    return layers.Dense(units, activation=step.options["activation"], name=f"fc{units}")


def _pool(kind: Callable):
    def make(step: Step, label: str):
        o = step.options
        return kind(o["window"], strides=o.get("stride"), padding=o.get("padding", "valid"))

    return make


_LAYERS: dict[str, Callable[[Step, str], keras.Layer]] = {
    "conv": _conv,
    "bn": _batch_norm,
    "layer_norm": _layer_norm,
    "leaky_relu": lambda step, label: layers.LeakyReLU(),
    "rescaling": lambda step, label: layers.Rescaling(**step.options),
    "relu": lambda step, label: layers.Activation(step.options.get("function", "relu")),
    "dropout": lambda step, label: layers.Dropout(step.options["rate"]),
    "zero_padding": lambda step, label: layers.ZeroPadding2D(step.options["size"]),
    "max_pool": _pool(layers.MaxPooling2D),
    "average_pool": _pool(layers.AveragePooling2D),
    "global_average_pool": lambda step, label: layers.GlobalAveragePooling2D(),
    "flatten": lambda step, label: layers.Flatten(),
    "dense_relu": lambda step, label: layers.Dense(step.options["units"], activation="relu"),
    "dense": _dense,
}


def merge(kind: str, main, shortcut):
    """Main path and shortcut made one."""
    makers = {
        "add": layers.Add, "multiply": layers.Multiply, "average": layers.Average,
        "concatenate": layers.Concatenate, "subtract": layers.Subtract, "maximum": layers.Maximum,
    }  # fmt: skip
    if kind in ("main", "shortcut"):
        return {"main": main, "shortcut": shortcut}[kind]
    if kind in ("main_twice", "shortcut_twice"):
        return layers.Add()([main, main] if kind == "main_twice" else [shortcut, shortcut])
    return makers[kind]()([main, shortcut])


def edited(spec, edits: list[Callable], arguments: dict):
    """A copy of `spec` after each edit `edit(spec, arguments)`."""
    spec = copy.deepcopy(spec)
    for edit in edits:
        edit(spec, arguments)
    return spec
