"""Follow main path and shortcut and say where a learner's build first differs.

Who calls it: the checks, when what was built is neither right nor a known mistake. Every step of
the reference is looked for among the learner's tensors, by value, in the order of computing.
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
    """The first step of the reference that the learner's build lacks, and what is there.

    Numbers are those of `summarise`.
    """

    label: str
    shape: list[int]
    numbers: list[float]
    after: str | None  # the last step before it, which agrees
    begun: bool  # some step agrees, if not one just before it
    inside: str | None  # the exercise whose block the step is in, where a network calls blocks
    found: list[tuple[str, list[int], list[float]]]  # what the learner's build has instead


def first_difference(
    attempt: Attempt, components: list[dict], arguments: dict
) -> Difference | None:
    """Where `attempt` leaves the reference; None if every step of the reference is there.

    Args:
        components: the reference's steps, as stored for these arguments.
    """
    start = attempt.start
    if start is None:
        return None
    tensors = [t for t in tensors_after(start) if t is not start]
    values, error = call_safely(lambda: _values(start, tensors, arguments))
    if error is not None:  # which is what there is to say
        return None
    matched: dict[int, int] = {}  # index of component -> index of tensor
    for index, component in enumerate(components):
        found = next(
            (
                i
                for i, (shape, numbers) in enumerate(values)
                if shape == component["shape"] and same(numbers, component["values"])
            ),
            None,
        )
        if found is None:
            return _difference(component, components, matched, tensors, values)
        matched[index] = found
    return None


def _difference(component: dict, components: list, matched: dict, tensors: list, values: list):
    """The difference at `component`, whose predecessors all are `matched`."""
    before = [b for b in component["after"] if b in matched]
    follows = [tensors[matched[b]] for b in before]
    strangers = [i for i in range(len(tensors)) if i not in set(matched.values())]
    next_ones = [i for i in strangers if _follows(tensors[i], follows)]
    instead = [
        (describe(tensors[i]), *values[i])
        for i in next_ones or strangers[:2]  # or what stands elsewhere and should not
    ]
    after = " and ".join(components[b]["label"] for b in before) or None
    label, shape, numbers = (component[key] for key in ("label", "shape", "values"))
    inside = component.get("inside")
    return Difference(label, shape, numbers, after, bool(matched), inside, instead)


def _follows(tensor: keras.KerasTensor, before: list) -> bool:
    """Whether `tensor` is computed directly from one of `before`, or from the input if empty."""
    inputs = producer(tensor).input_tensors
    if not before:
        return not producer(inputs[0]).input_tensors
    return any(t is b for t in inputs for b in before)


def _values(start, tensors: list, arguments: dict) -> list:
    if not tensors:
        return []
    unique_names(tensors)
    assign_weights(keras.Model(start, tensors), arguments["seed"])
    arrays = evaluate(tensors, input_for(start, arguments), "inference")
    return [(list(a.shape[1:]), summarise(a)) for a in arrays]
