"""Find the first step of the exercise that a learner's build lacks.

Who calls it: the checks, when a build is neither right nor a known mistake. Each step of the
reference, in the order of computation, is searched by value among the learner's tensors.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras

from resnets.checks.attempt import Attempt, input_for
from resnets.checks.describe import describe
from resnets.checks.errors import call_safely
from resnets.checks.fingerprint import evaluate, same, summarise
from resnets.checks.graph import assign_weights, producer, tensors_after, unique_names


@dataclass
class Difference:
    """The first step of the reference that the learner's build lacks, and what it has instead.

    `numbers`, there and in `found`, are those of `fingerprint.summarise`.
    """

    label: str
    shape: list[int]
    numbers: list[float]
    after: str | None  # the step just before it, if that one agrees
    begun: bool  # whether any step agrees
    inside: str | None  # in a network: the exercise whose block contains the step
    found: list[tuple[str, list[int], list[float]]]  # (layer, shape, numbers) in the build instead
    extra: int  # how many of the build's tensors are not steps of the reference
    missing: int  # how many of the reference's steps the build lacks, from this one on


def first_difference(
    attempt: Attempt, components: list[dict], arguments: dict
) -> Difference | None:
    """Return where `attempt` leaves the reference.

    None means that every step of the reference is there, or that nothing can be computed.

    Args:
        components: the reference's steps, as stored for these arguments.
    """
    start = attempt.start
    if start is None:
        return None
    tensors = [t for t in tensors_after(start) if t is not start]
    values, error = call_safely(lambda: _values(start, tensors, arguments))
    if error is not None:  # the check reports this exception anyway
        return None
    matched: dict[int, int] = {}  # index of component -> index of tensor
    for index, component in enumerate(components):
        position = next(
            (
                i
                for i, (shape, numbers) in enumerate(values)
                if shape == component["shape"] and same(numbers, component["values"])
            ),
            None,
        )
        if position is None:
            return _difference(index, components, matched, tensors, values)
        matched[index] = position
    return None


def _difference(index: int, components: list, matched: dict, tensors: list, values: list):
    """Return the difference at the component `index`; those before it are all in `matched`."""
    component = components[index]
    matched_before = [predecessor for predecessor in component["after"] if predecessor in matched]
    tensors_before = [tensors[matched[predecessor]] for predecessor in matched_before]
    unmatched = [i for i in range(len(tensors)) if i not in set(matched.values())]
    next_unmatched = [i for i in unmatched if _follows(tensors[i], tensors_before)]
    instead = [
        (describe(tensors[i]), *values[i])
        for i in next_unmatched or unmatched[:2]  # or tensors elsewhere that the reference lacks
    ]
    after = " and ".join(components[predecessor]["label"] for predecessor in matched_before) or None
    label, shape, numbers = (component[key] for key in ("label", "shape", "values"))
    inside = component.get("inside")
    missing = len(components) - index
    return Difference(
        label, shape, numbers, after, bool(matched), inside, instead, len(unmatched), missing
    )


def _follows(tensor: keras.KerasTensor, before: list) -> bool:
    """Return whether `tensor` is computed directly from one of `before`.

    If `before` is empty: whether it is computed directly from the input.
    """
    inputs = producer(tensor).input_tensors
    if not before:
        return not producer(inputs[0]).input_tensors
    return any(t is b for t in inputs for b in before)


def _values(start, tensors: list, arguments: dict) -> list:
    if not tensors:
        return []
    unique_names(tensors)
    model = keras.Model(start, tensors)
    assign_weights(model, arguments["seed"])
    arrays = evaluate(model, input_for(start, arguments), "inference")
    return [(list(a.shape[1:]), summarise(a)) for a in arrays]
