"""Recognise the reference, and what surely is another function, without building it.

Most right answers are the reference layer by layer: their normal form is that of the reference (see
`description`), which is all that would be built of them. Only what has another form has to be
built, given weights and run.

The other way round, a network whose layers with weights have other roles (see
`resnets.checks.graph`) gets other weights from the judge, and so computes another function.
"""

from __future__ import annotations

from dataclasses import dataclass

from grading.judge.description import FUNCTIONAL, SEQUENTIAL, Description
from grading.judge.json_parts import MALFORMED, tensors_of
from grading.judge.roles import WITH_WEIGHTS, every_weight_counts, role
from grading.sandbox.block_placeholder import BlockPlaceholder


@dataclass(frozen=True)
class Signature:
    """What can be told of a network without building it.

    Attributes:
        function: its normal form as text; equal only where all that would be built is equal.
        names: of its layers with weights and its placeholders for blocks, in alphabetical order.
        roles: of the same; two networks with other roles compute other functions. None where a
            weight might have no effect.
        by_hand: the kinds of its layers with weights beside placeholders; None without these.
    """

    function: str
    names: tuple[str, ...]
    roles: frozenset[str] | None
    by_hand: tuple[str, ...] | None

    def differs_from(self, other: Signature) -> bool:
        """Whether the two surely compute different functions; False where it cannot be told.

        A placeholder and the same block written out are one function, so networks with placeholders
        are compared where both have as many layers of each kind beside them.
        """
        if None in (self.roles, other.roles) or self.by_hand != other.by_hand:
            return False
        return self.roles != other.roles


def signature(description: Description) -> Signature | None:
    """What a network computes, as far as its normal form tells.

    Returns:
        None where it cannot be told: models within the model, a layer that is called twice, or
        foreign parts that were left out of the form.
    """
    if description.model["class_name"] != FUNCTIONAL or not description.plain:
        return None
    layers = description.model["config"]["layers"]
    if any("layers" in layer["config"] or len(layer["inbound_nodes"]) > 1 for layer in layers):
        return None
    sources = {layer["name"]: tensors_of(layer["inbound_nodes"]) for layer in layers}
    try:
        labels = [_label(layer, description) for layer in layers if _has_weights(layer)]
        return Signature(
            description.text,
            tuple(sorted(labels)),
            _roles(layers, sources) if every_weight_counts(layers, sources) else None,
            _by_hand(layers),
        )
    except MALFORMED:  # it has options that no such layer has
        return None


def weight_layers(description: Description) -> list[str]:
    """The submission's names for its layers that may have weights, models within included."""
    found, waiting = [], [description.model]
    while waiting:
        for layer in waiting.pop()["config"]["layers"]:
            if layer["class_name"] in (FUNCTIONAL, SEQUENTIAL):
                waiting.append(layer)
            elif layer["class_name"] in WITH_WEIGHTS:
                found.append(description.names[layer["config"]["name"]])
    return sorted(found)


def _has_weights(layer: dict) -> bool:
    return layer["class_name"] in WITH_WEIGHTS or _is_call(layer)


def _is_call(layer: dict) -> bool:
    return layer["class_name"] == BlockPlaceholder.__name__


def _label(layer: dict, description: Description) -> str:
    if _is_call(layer):
        return "{stage}{block}".format(**layer["config"]["arguments"])
    return description.names[layer["name"]]


def _roles(layers: list[dict], sources: dict[str, list[str]]) -> frozenset[str]:
    before: dict[str, frozenset[str]] = {}  # the roles of the nearest layers with weights
    for layer in layers:
        name = layer["name"]
        before[name] = frozenset().union(*(before[one] for one in sources[name]))
        if _has_weights(layer):
            before[name] = frozenset({role(layer, before[name])})
    weighted = [before[layer["name"]] for layer in layers if _has_weights(layer)]
    return frozenset().union(*weighted)


def _by_hand(layers: list[dict]) -> tuple[str, ...] | None:
    kinds = sorted(layer["class_name"] for layer in layers if layer["class_name"] in WITH_WEIGHTS)
    return tuple(kinds) if any(map(_is_call, layers)) else None
