"""The reference as Keras models, for arguments that the judge has drawn."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import keras

from grading.catalogue.fingerprints import SPECS, build_function, make_attempt
from grading.catalogue.reference_blocks import Block, Builder
from grading.sandbox.block_placeholder import CalledBlock
from resnets.checks.attempt import Attempt
from resnets.checks.graph import producer, source_input


def reference_model(exercise: str, arguments: dict) -> keras.Model:
    """The reference for these arguments, as one functional model with the lesson's names."""
    made = make_attempt(exercise, build_function(exercise), arguments)
    return keras.Model(made.start, made.tensors)


def reference_text(exercise: str, arguments: dict, noted: bool, edits: tuple = ()) -> str | None:
    """The reference's architecture as JSON; its calls of blocks may be noted instead of made.

    Args:
        edits: a mistake to build in; None is returned where nothing comes of it.
    """
    builder = _Noting() if noted else Builder()
    with keras.StatelessScope(initialize_variables=False):  # which makes no weights
        made = make_attempt(exercise, build_function(exercise, edits, builder), arguments)
        built = made.state == ("tensor" if exercise in SPECS else "model")
        return keras.Model(made.start, made.tensors).to_json() if built else None


class _Noting(Builder):
    def block(self, x, spec: Block, where: str = "") -> keras.KerasTensor:
        convolutions = [spec.step(f"conv2{part}").options for part in "abc"]
        arguments = {
            "f": convolutions[1]["kernel"],
            "filters": [options["filters"] for options in convolutions],
            "stage": spec.label[:-1],
            "block": spec.label[-1],
        }
        if not spec.shortcut:
            return CalledBlock("identity_block", arguments)(x)
        return CalledBlock("convolutional_block", {**arguments, "s": convolutions[0]["stride"]})(x)


def with_blocks(model: keras.Model) -> Attempt:
    """The network with the reference's block at each call of a block that it notes.

    Returns:
        An attempt in state "model", or "error" as far as it could be built: a block does not fit
        where it is called.
    """
    start = model.inputs[0]

    def call(layer: keras.Layer, *given, **named):
        nonlocal start
        if not isinstance(layer, CalledBlock):
            return layer(*given, **named)
        start = source_input(given[0])
        return _block(layer, given[0])

    try:
        whole = keras.models.clone_model(
            model, clone_function=lambda layer: layer, call_function=call, recursive=True
        )
    except Exception as error:
        return Attempt("error", start, error=error)
    return Attempt("model", whole.inputs[0], whole)


def _block(called: CalledBlock, x: keras.KerasTensor) -> keras.KerasTensor:
    """The reference's block on `x`, as it was called."""
    # A call without stage and block gets a name that no other layer has, nor the lesson's.
    label = {"stage": called.name, "block": ""}
    builder = Builder()
    out = builder.block(x, SPECS[called.kind](**{**label, **called.arguments}))
    for step, tensor in builder.taps:
        operation = producer(tensor).operation
        if not operation.weights:  # Keras names it "activation", as it named one of the student's
            operation.name = f"{called.name}_{step}"
    return out


def weight_layer_names(model: keras.Model, names: Mapping[str, str] = MappingProxyType({})) -> list:
    """The names of the layers that have weights, those in models within the model included.

    Args:
        names: what to call a layer, by its own name; the others are called by that.
    """
    found: dict[int, str] = {}
    waiting = [model]
    while waiting:
        for layer in waiting.pop().layers:
            if isinstance(layer, keras.Model):
                waiting.append(layer)
            elif layer.weights:
                found[id(layer)] = names.get(layer.name, layer.name)
    return sorted(found.values())
