"""Build the reference as Keras models, and put its blocks in place of placeholders."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import keras

from grading.catalogue.entries import CATALOGUE
from grading.catalogue.reference_blocks import BlockSpec, Builder
from grading.judge.watchdog import raise_if_out_of_memory
from grading.sandbox.block_placeholder import BlockPlaceholder
from resnets.checks.attempt import EXPECTED, Attempt, State, attempt_architecture
from resnets.checks.graph import producer, source_input
from resnets.exercises import EXERCISES


def reference_model(exercise: str, arguments: dict) -> keras.Model:
    """Return the reference for these arguments, a functional model with the lesson's names."""
    attempt = attempt_architecture(exercise, CATALOGUE[exercise].reference(), arguments)
    return keras.Model(attempt.start, attempt.tensors)


def reference_text(
    exercise: str, arguments: dict, placeholders: bool, edits: tuple = ()
) -> str | None:
    """Return the reference's architecture as JSON, or None if a mistake keeps it from being built.

    Args:
        placeholders: whether to put a placeholder for each block that the exercise calls.
        edits: a mistake to build in, as edits of the reference.
    """
    builder = PlaceholderBuilder() if placeholders else Builder()
    # The scope creates no weights: only the JSON is wanted, and a ResNet50's weights take 94 MB.
    with keras.StatelessScope(initialize_variables=False):
        function = CATALOGUE[exercise].reference(edits, builder)
        attempt = attempt_architecture(exercise, function, arguments)
        if attempt.state != EXPECTED[EXERCISES[exercise].kind]:
            return None
        return keras.Model(attempt.start, attempt.tensors).to_json()


class PlaceholderBuilder(Builder):
    """A builder that puts a placeholder in place of each block."""

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
    """Return the network with the reference's block in place of each placeholder.

    Returns:
        An attempt in state MODEL, or in state ERROR with the part that could be built, if a block
        does not fit where it is called.

    Raises:
        OutOfMemory: memory ran out, which says nothing about the network.
    """
    start = model.inputs[0]

    def call(layer: keras.Layer, *args, **kwargs):
        nonlocal start
        if not isinstance(layer, BlockPlaceholder):
            return layer(*args, **kwargs)
        start = source_input(args[0])
        return _block(layer, args[0])

    try:
        # clone_model walks the graph, nested models included; the layers themselves are not copied.
        complete = keras.models.clone_model(
            model, clone_function=lambda layer: layer, call_function=call, recursive=True
        )
    except Exception as error:
        raise_if_out_of_memory(error)
        return Attempt(State.ERROR, start, error=error)
    return Attempt(State.MODEL, complete.inputs[0], complete)


def _block(placeholder: BlockPlaceholder, x: keras.KerasTensor) -> keras.KerasTensor:
    """Return the output of the reference's block on `x`, called as the student's was."""
    # A call without stage and block gets the placeholder's unique name as its label: its layers'
    # names clash with no others, and never count as the lesson's.
    label = {"stage": placeholder.name, "block": ""}
    builder = Builder()
    reference = CATALOGUE[placeholder.kind].reference((), builder)
    out = reference(x, **{**label, **placeholder.arguments})
    for tap in builder.taps:
        operation = producer(tap.tensor).operation
        if not operation.weights:  # Keras calls it "activation", which the student's model may have
            operation.name = f"{placeholder.name}_{tap.name}"
    return out


def weight_layer_names(
    model: keras.Model, names: Mapping[str, str] = MappingProxyType({})
) -> list[str]:
    """Return the sorted names of the layers that have weights, including those in nested models.

    Args:
        names: other names to use, by the layer's name in the model.
    """
    by_id: dict[int, str] = {}  # a layer that is used twice counts once
    stack = [model]
    while stack:
        for layer in stack.pop().layers:
            if isinstance(layer, keras.Model):
                stack.append(layer)
            elif layer.weights:
                by_id[id(layer)] = names.get(layer.name, layer.name)
    return sorted(by_id.values())
