"""The layers of a functional model as a plain list, from input to output.

Who calls it: tracing, Grad-CAM and the model diagram. The graph counts, not the layers' names.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras

ACTIVATIONS = frozenset({"Activation", "ReLU", "Relu"})  # the last is keras.ops.relu


class NotFunctionalError(TypeError):
    """The model's layers cannot be walked, because it is not a built functional model."""


@dataclass(frozen=True)
class Step:
    """One call of one layer: which earlier steps feed it and the shape that it puts out."""

    layer: keras.Operation
    inputs: tuple[int, ...]
    shape: tuple[int | None, ...]

    @property
    def kind(self) -> str:
        """Its class, such as "Conv2D"; `X + Y` counts as "Add", as the layer does."""
        return type(self.layer).__name__

    @property
    def is_addition(self) -> bool:
        """Does it add what several earlier steps put out?"""
        return self.kind == "Add" and len(self.inputs) > 1


def walk(model: keras.Model) -> list[Step]:
    """Every call of a layer in `model`, each after the steps that feed it.

    Raises:
        NotFunctionalError: `model` is not a Keras model made of inputs and outputs, or a
            Sequential that has no input shape yet.
    """
    if not isinstance(model, keras.Model):
        raise NotFunctionalError(
            f"expected a Keras model, got {type(model).__name__}. Does your function end with "
            "`return model`, and did you call it?"
        )
    if isinstance(model, keras.Sequential) and model.built:
        model = keras.Model(model.inputs, model.outputs)
    depths = getattr(model, "_nodes_by_depth", None)
    if not depths:
        raise NotFunctionalError(
            f"expected a functional model, got {type(model).__name__} {model.name!r}, whose "
            "graph of layers is unknown. Build it from keras.Input to "
            "keras.Model(inputs=..., outputs=...)."
        )
    nodes = [node for depth in sorted(depths, reverse=True) for node in depths[depth]]
    position = {id(node): index for index, node in enumerate(nodes)}
    return [
        Step(
            node.operation,
            tuple(position[id(parent)] for parent in node.parent_nodes),
            tuple(node.outputs[0].shape),
        )
        for node in nodes
    ]


def blocks(steps: list[Step]) -> list[list[int]]:
    """The residual blocks, input to output, each as the indices of its steps.

    A block starts where main path and shortcut part and ends at the addition, or at the
    activation that follows it. An addition inside a branch of another block starts no block.
    """
    dominators = _dominators(steps)
    additions = [i for i in sorted(dominators[-1]) if steps[i].is_addition]
    found: list[list[int]] = []
    for addition in additions:
        fork = max(set.intersection(*(dominators[i] for i in steps[addition].inputs)))
        inside = _ancestors(steps, addition) - _ancestors(steps, fork) - {fork}
        found.append(sorted({*inside, addition, *_activations_after(steps, addition)}))
    return found


def _dominators(steps: list[Step]) -> list[set[int]]:
    """For each step, the steps that every path from the input to it passes through."""
    found: list[set[int]] = []
    for i, step in enumerate(steps):
        before = [found[j] for j in step.inputs]
        found.append({i} | (set.intersection(*before) if before else set()))
    return found


def _ancestors(steps: list[Step], last: int) -> set[int]:
    found: set[int] = set()
    waiting = list(steps[last].inputs)
    while waiting:
        i = waiting.pop()
        if i not in found:
            found.add(i)
            waiting += steps[i].inputs
    return found


def _activations_after(steps: list[Step], addition: int) -> list[int]:
    followers = [i for i, step in enumerate(steps) if addition in step.inputs]
    if len(followers) == 1 and steps[followers[0]].kind in ACTIVATIONS:
        return followers
    return []
