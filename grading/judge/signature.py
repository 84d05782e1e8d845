"""Recognise the reference, and networks that certainly differ from it, without building anything.

Most right answers are the reference layer by layer: they have its normal form (see `description`),
and the judge would build nothing but that form. Only networks with another form have to be built,
given weights and run.

Conversely, a network whose weight layers have other roles (see `resnets.checks.graph`) gets other
weights from the judge, so it computes another function.
"""

from __future__ import annotations

from dataclasses import dataclass

from grading.judge.description import FUNCTIONAL, SEQUENTIAL, Description
from grading.judge.json_parts import MALFORMED, tensors_of
from grading.judge.roles import WITH_WEIGHTS, every_weight_counts, role
from grading.sandbox.block_placeholder import BlockPlaceholder


@dataclass(frozen=True)
class Signature:
    """The properties of a network that decide a verdict without building it.

    Attributes:
        function: its normal form as text; equal texts mean equal functions.
        names: the names of its weight layers and placeholders, in alphabetical order.
        roles: the roles of its weight layers and placeholders. Networks with different roles
            compute different functions. None if a weight may have no effect.
        by_hand: the kinds of its weight layers if it also has placeholders, else None.
    """

    function: str
    names: tuple[str, ...]
    roles: frozenset[str] | None
    by_hand: tuple[str, ...] | None

    def differs_from(self, other: Signature) -> bool:
        """Return whether the two certainly compute different functions; False if it is unknown.

        A placeholder computes the same as its block written out layer by layer. So networks with
        placeholders are compared only if both have equally many other weight layers of each kind.
        """
        if None in (self.roles, other.roles) or self.by_hand != other.by_hand:
            return False
        return self.roles != other.roles


def signature(description: Description) -> Signature | None:
    """Return a network's signature, or None if its normal form does not decide what it computes.

    That is so for nested models, for layers that are called twice, and for values unknown to Keras
    and the course that the normal form leaves out.
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
    except MALFORMED:  # a layer has options of another type or number than its kind
        return None


def weight_layers(description: Description) -> list[str]:
    """Return the submission's names for its weight layers, including those in nested models."""
    names, stack = [], [description.model]
    while stack:
        for layer in stack.pop()["config"]["layers"]:
            if layer["class_name"] in (FUNCTIONAL, SEQUENTIAL):
                stack.append(layer)
            elif layer["class_name"] in WITH_WEIGHTS:
                names.append(description.names[layer["config"]["name"]])
    return sorted(names)


def _has_weights(layer: dict) -> bool:
    return layer["class_name"] in WITH_WEIGHTS or _is_placeholder(layer)


def _is_placeholder(layer: dict) -> bool:
    return layer["class_name"] == BlockPlaceholder.__name__


def _label(layer: dict, description: Description) -> str:
    if _is_placeholder(layer):
        return "{stage}{block}".format(**layer["config"]["arguments"])
    return description.names[layer["name"]]


def _roles(layers: list[dict], sources: dict[str, list[str]]) -> frozenset[str]:
    before: dict[str, frozenset[str]] = {}  # roles of the nearest weight layers, by layer name
    for layer in layers:
        name = layer["name"]
        before[name] = frozenset().union(*(before[source] for source in sources[name]))
        if _has_weights(layer):
            before[name] = frozenset({role(layer, before[name])})
    weighted = [before[layer["name"]] for layer in layers if _has_weights(layer)]
    return frozenset().union(*weighted)


def _by_hand(layers: list[dict]) -> tuple[str, ...] | None:
    kinds = sorted(layer["class_name"] for layer in layers if layer["class_name"] in WITH_WEIGHTS)
    return tuple(kinds) if any(map(_is_placeholder, layers)) else None
