"""The reference for the two blocks, as lists of steps that a mistake can change.

The source is He et al., "Deep Residual Learning for Image Recognition", 2015, in the form of the
classic assignment.

A block is data instead of a function. So the reference with a mistake built in is one small edit of
the data, and two mistakes are two edits.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import keras
from keras import layers, ops


class StepMissing(KeyError):
    """Another mistake has removed the step that an edit changes."""

    def __init__(self, missing: str) -> None:
        super().__init__(f"no {missing}: another mistake has removed it")


@dataclass
class LayerSpec:
    """One layer: its name in the check's trace, its kind, and its options."""

    name: str
    kind: str
    options: dict = field(default_factory=dict)


@dataclass
class BlockSpec:
    """A residual block: the steps of its main path, of its shortcut, and after the addition."""

    main: list[LayerSpec]
    shortcut: list[LayerSpec]
    after: list[LayerSpec]
    merge: str = "add"
    merged: str = "add"  # the name of the step that joins the two paths
    label: str = ""
    # The name of the exercise that has this block as its solution; "" if there is none.
    exercise: str = ""
    # Where the shortcut starts: "input", or the name of the step on the main path that it follows.
    fork: str = "input"
    returns: str = "output"

    def steps(self) -> list[LayerSpec]:
        return [*self.main, *self.shortcut, *self.after]

    def step(self, name: str) -> LayerSpec:
        """Return the step called `name`; raise StepMissing if it was removed."""
        for step in self.steps():
            if step.name == name:
                return step
        raise StepMissing(f"step {name}")

    def drop(self, *names: str) -> None:
        """Remove steps."""
        for name in names:
            self.step(name)
        for path in (self.main, self.shortcut, self.after):
            path[:] = [s for s in path if s.name not in names]

    def swap(self, a: str, b: str) -> None:
        """Exchange the positions of two steps of one path."""
        for path in (self.main, self.shortcut, self.after):
            names = [s.name for s in path]
            if a in names and b in names:
                i, j = names.index(a), names.index(b)
                path[i], path[j] = path[j], path[i]
                return
        raise StepMissing(f"step {a} or {b}")

    def insert_after(self, name: str, step: LayerSpec) -> None:
        """Put `step` after the step called `name`."""
        for path in (self.main, self.shortcut, self.after):
            names = [s.name for s in path]
            if name in names:
                path.insert(names.index(name) + 1, step)
                return
        raise StepMissing(f"step {name}")


def component(name: str, filters: int, kernel: int, relu: bool, **options) -> list[LayerSpec]:
    """Return one component of a path: convolution, BatchNorm and, if `relu`, ReLU."""
    steps = [
        LayerSpec(f"conv{name}", "conv", {"filters": filters, "kernel": kernel, **options}),
        LayerSpec(f"bn{name}", "bn", {"axis": 3}),
    ]
    return steps + [LayerSpec(f"relu{name}", "relu")] if relu else steps


def identity_spec(f: int, filters: list[int], stage: int = 1, block: str = "a") -> BlockSpec:
    """Return the identity block: three components, addition of the input, ReLU."""
    f1, f2, f3 = filters
    main = [
        *component("2a", f1, 1, True, padding="valid"),
        *component("2b", f2, f, True, padding="same"),
        *component("2c", f3, 1, False, padding="valid"),
    ]
    after = [LayerSpec("relu_out", "relu")]
    return BlockSpec(main, [], after, label=f"{stage}{block}", exercise="identity_block")


def convolutional_spec(
    f: int, filters: list[int], stage: int = 1, block: str = "a", s: int = 2
) -> BlockSpec:
    """Return the convolutional block: stride s in the first component and on the shortcut."""
    built = identity_spec(f, filters, stage, block)
    built.step("conv2a").options["stride"] = s
    built.exercise = "convolutional_block"
    built.shortcut = component("1", filters[2], 1, False, padding="valid", stride=s)
    return built


class Tap(NamedTuple):
    """The output of a step of the reference.

    Attributes:
        name: the step's name after its position, such as "stage 2a: bn2a".
        tensor: its output.
        exercise: the exercise whose block the step belongs to; "" outside of blocks.
    """

    name: str
    tensor: keras.KerasTensor
    exercise: str


class Builder:
    """Calls Keras layers for steps, and remembers their outputs and shared layers."""

    def __init__(self) -> None:
        self.taps: list[Tap] = []
        self._shared: dict[str, keras.Layer] = {}

    def path(self, x, steps: list[LayerSpec]):
        """Return `x` after all `steps`, which do not belong to a block."""
        for step in steps:
            x = self.apply(x, step, "")
            self.taps.append(Tap(step.name, x, ""))
        return x

    def block(self, x, spec: BlockSpec, where: str = ""):
        """Return the block's output for the symbolic tensor `x`.

        Args:
            where: the beginning of the names of the block's steps.
        """
        tensors = {"input": x}

        def tap(name: str, tensor: keras.KerasTensor) -> keras.KerasTensor:
            self.taps.append(Tap(where + name, tensor, spec.exercise))
            return tensor

        def path(x, steps: list[LayerSpec]):
            for step in steps:
                x = tensors[step.options["from"]] if "from" in step.options else x
                x = tensors[step.name] = tap(step.name, self.apply(x, step, spec.label))
            return x

        tensors["main"] = main = path(x, spec.main)
        tensors["shortcut"] = shortcut = path(tensors[spec.fork], spec.shortcut)
        merged = tap(spec.merged, merge(spec.merge, main, shortcut))
        tensors["output"] = path(merged, spec.after)
        return None if spec.returns == "nothing" else tensors[spec.returns]

    def apply(self, x, step: LayerSpec, label: str):
        """Return the output of one step's layer on `x`."""
        share = step.options.get("share")
        if share in self._shared:
            return self._shared[share](x)
        layer = make_layer(step, label)
        if share:
            self._shared[share] = layer
        training = step.options.get("training")
        return layer(x) if training is None else layer(x, training=training)


def make_layer(step: LayerSpec, label: str) -> keras.Layer:
    """Return the Keras layer for `step`; weight layers have the classic assignment's names."""
    return _LAYERS[step.kind](step, label)


def _conv(step: LayerSpec, label: str):
    o = step.options
    name = o.get("name") or step.name.replace("conv", f"res{label}_branch")
    return layers.Conv2D(
        o["filters"], o["kernel"], strides=o.get("stride", 1), padding=o["padding"],
        activation=o.get("activation"), name=name,
    )  # fmt: skip


def _batch_norm(step: LayerSpec, label: str):
    settings = {key: value for key, value in step.options.items() if key in _BN_SETTINGS}
    settings["name"] = step.options.get("name") or step.name.replace("bn", f"bn{label}_branch")
    return layers.BatchNormalization(**settings)


_BN_SETTINGS = ("axis", "scale", "center", "trainable")


def _layer_norm(step: LayerSpec, label: str):
    return layers.LayerNormalization(name=step.name.replace("bn", f"bn{label}_branch"))


def _dense(step: LayerSpec, label: str):
    units = step.options["units"]
    return layers.Dense(units, activation=step.options["activation"], name=f"fc{units}")


def _gate(step: LayerSpec, label: str):
    o = step.options
    return layers.Dense(o["units"], activation=o["activation"], name=f"se{label}_{step.name}")


def _pool(kind: Callable):
    def make(step: LayerSpec, label: str):
        o = step.options
        return kind(o["window"], strides=o.get("stride"), padding=o.get("padding", "valid"))

    return make


_LAYERS: dict[str, Callable[[LayerSpec, str], keras.Layer]] = {
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
    "global_average_pool": lambda step, label: layers.GlobalAveragePooling2D(
        keepdims=step.options.get("keepdims", False)
    ),
    "global_max_pool": lambda step, label: layers.GlobalMaxPooling2D(keepdims=True),
    "mean": lambda step, label: partial(ops.mean, axis=step.options["axis"], keepdims=True),
    "sum": lambda step, label: partial(ops.sum, axis=step.options["axis"], keepdims=True),
    "gate": _gate,
    "activation": lambda step, label: layers.Activation(step.options["function"]),
    "flatten": lambda step, label: layers.Flatten(),
    "dense_relu": lambda step, label: layers.Dense(step.options["units"], activation="relu"),
    "dense": _dense,
}


def merge(kind: str, main, shortcut):
    """Return main path and shortcut joined into one tensor."""
    makers = {
        "add": layers.Add, "multiply": layers.Multiply, "average": layers.Average,
        "concatenate": layers.Concatenate, "subtract": layers.Subtract, "maximum": layers.Maximum,
    }  # fmt: skip
    if kind in ("main", "shortcut"):
        return {"main": main, "shortcut": shortcut}[kind]
    if kind == "multiply_and_add":
        return layers.Add()([layers.Multiply()([main, shortcut]), shortcut])
    if kind in ("main_twice", "shortcut_twice"):
        return layers.Add()([main, main] if kind == "main_twice" else [shortcut, shortcut])
    return makers[kind]()([main, shortcut])


def block_function(spec: Callable[..., BlockSpec], channels: bool = False) -> Callable:
    """Return the function `reference(edits, builder)` for blocks that `spec(**arguments)` gives.

    Args:
        channels: whether `spec` and the edits also get the number of channels of X.
    """

    def reference(edits: tuple = (), builder: Builder | None = None) -> Callable:
        def block(X, **arguments):  # noqa: N803 - the classic's name
            if channels:
                arguments["channels"] = X.shape[-1]
            description = edited(spec(**arguments), edits, arguments)
            return (builder or Builder()).block(X, description)

        return block

    return reference


def edited(spec, edits: Iterable[Callable], arguments: dict):
    """Return a copy of `spec`, changed by each edit `edit(spec, arguments)`."""
    spec = copy.deepcopy(spec)
    for edit in edits:
        edit(spec, arguments)
    return spec
