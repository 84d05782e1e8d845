"""The reference as Keras models, for arguments that the judge has drawn."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import keras

from grading.catalogue.entries import CATALOGUE
from grading.catalogue.reference_blocks import BlockSpec, Builder
from grading.sandbox.block_placeholder import BlockPlaceholder
from resnets.checks.attempt import EXPECTED, Attempt, State, attempt_architecture
from resnets.checks.graph import producer, source_input
from resnets.exercises import EXERCISES


def reference_model(exercise: str, arguments: dict) -> keras.Model:
    """The reference for these arguments, as one functional model with the lesson's names."""
    made = attempt_architecture(exercise, CATALOGUE[exercise].reference(), arguments)
    return keras.Model(made.start, made.tensors)


def reference_text(
    exercise: str, arguments: dict, placeholders: bool, edits: tuple = ()
) -> str | None:
    """The reference's architecture as JSON, or None where a mistake in it leaves nothing built.

    Args:
        placeholders: whether a placeholder stands for each block that the exercise calls.
        edits: a mistake to build in.
    """
    builder = PlaceholderBuilder() if placeholders else Builder()
    with keras.StatelessScope(initialize_variables=False):  # which makes no weights
        function = CATALOGUE[exercise].reference(edits, builder)
        made = attempt_architecture(exercise, function, arguments)
        built = made.state == EXPECTED[EXERCISES[exercise].kind]
        return keras.Model(made.start, made.tensors).to_json() if built else None


class PlaceholderBuilder(Builder):
    """Puts a placeholder where a block would be."""

    def block(self, x, spec: BlockSpec, where: str = "") -> keras.KerasTensor:
        convolutions = [spec.step(f"conv2{part}").options for part in "abc"]
        arguments = {
            "f": convolutions[1]["kernel"],
            "filters": [options["filters"] for options in convolutions],
            "stage": spec.label[:-1],
            "block": spec.label[-1],
        }
        if "s" in EXERCISES[spec.exercise].defaults:
            arguments["s"] = convolutions[0]["stride"]
        return BlockPlaceholder(spec.exercise, arguments)(x)


def with_blocks(model: keras.Model) -> Attempt:
    """The network with the reference's block in place of each placeholder.

    Returns:
        An attempt in state MODEL, or ERROR as far as it could be built: a block does not fit where
        it is called.
    """
    start = model.inputs[0]

    def call(layer: keras.Layer, *given, **named):
        nonlocal start
        if not isinstance(layer, BlockPlaceholder):
            return layer(*given, **named)
        start = source_input(given[0])
        return _block(layer, given[0])

    try:
        whole = keras.models.clone_model(
            model, clone_function=lambda layer: layer, call_function=call, recursive=True
        )
    except Exception as error:
        return Attempt(State.ERROR, start, error=error)
    return Attempt(State.MODEL, whole.inputs[0], whole)


def _block(placeholder: BlockPlaceholder, x: keras.KerasTensor) -> keras.KerasTensor:
    """The reference's block on `x`, called as the student's was."""
    # A call without stage and block gets a name that no other layer has, nor the lesson's.
    label = {"stage": placeholder.name, "block": ""}
    builder = Builder()
    reference = CATALOGUE[placeholder.kind].reference((), builder)
    out = reference(x, **{**label, **placeholder.arguments})
    for tap in builder.taps:
        operation = producer(tap.tensor).operation
        if not operation.weights:  # Keras names it "activation", as it named one of the student's
            operation.name = f"{placeholder.name}_{tap.name}"
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
