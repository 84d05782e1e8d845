"""List the layers of a functional model from input to output, and find its residual blocks.

Who calls it: tracing, Grad-CAM and the drawing of a model. Blocks are found by the graph's shape,
not by layer names, so learners may name their layers as they like.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras

ACTIVATIONS = frozenset({"Activation", "ReLU", "Relu"})  # the last is keras.ops.relu


class NotFunctionalError(TypeError):
    """The object is not a built functional model, so its layers cannot be listed."""


@dataclass(frozen=True)
class Step:
    """One call of one layer.

    Attributes:
        layer: the layer or operation.
        inputs: indices of the earlier steps that feed it.
        shape: the shape of its output; None is an unknown size.
    """

    layer: keras.Operation
    inputs: tuple[int, ...]
    shape: tuple[int | None, ...]

    @property
    def kind(self) -> str:
        """The name of its class, such as "Conv2D"; `X + Y` is an "Add", like the layer."""
        return type(self.layer).__name__

    @property
    def is_addition(self) -> bool:
        """Whether it adds the outputs of several earlier steps."""
        return self.kind == "Add" and len(self.inputs) > 1


def walk(model: keras.Model) -> list[Step]:
    """Return every call of a layer in `model`, each after the steps that feed it.

    Raises:
        NotFunctionalError: `model` is not a Keras model made from inputs and outputs, or it is a
            Sequential without an input shape.
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
    """Return the residual blocks from input to output, each as the indices of its steps.

    A block starts where main path and shortcut separate. It ends at the addition, or at the
    activation after it. An addition inside a branch of another block is part of that block.
    """
    dominators = _dominators(steps)
    additions = [i for i in sorted(dominators[-1]) if steps[i].is_addition]
    result: list[list[int]] = []
    for addition in additions:
        common = set.intersection(*(dominators[i] for i in steps[addition].inputs))
        if not common:  # it adds two inputs of the model: nothing forks
            continue
        fork = max(common)
        members = _ancestors(steps, addition) - _ancestors(steps, fork) - {fork}
        result.append(sorted({*members, addition, *_activations_after(steps, addition)}))
    return result


def _dominators(steps: list[Step]) -> list[set[int]]:
    """Return, for each step, the steps that every path from the input to it passes through."""
    dominators: list[set[int]] = []
    for i, step in enumerate(steps):
        before = [dominators[j] for j in step.inputs]
        dominators.append({i} | (set.intersection(*before) if before else set()))
    return dominators


def _ancestors(steps: list[Step], last: int) -> set[int]:
    ancestors: set[int] = set()
    waiting = list(steps[last].inputs)
    while waiting:
        i = waiting.pop()
        if i not in ancestors:
            ancestors.add(i)
            waiting += steps[i].inputs
    return ancestors


def _activations_after(steps: list[Step], addition: int) -> list[int]:
    followers = [i for i, step in enumerate(steps) if addition in step.inputs]
    if len(followers) == 1 and steps[followers[0]].kind in ACTIVATIONS:
        return followers
    return []
