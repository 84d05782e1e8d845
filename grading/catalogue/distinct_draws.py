"""Draw the arguments of a numeric exercise until every known mistake shows in them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grading.catalogue.mistake import Mistake
from resnets.checks.given import pack, unpack
from resnets.checks.numbers import attempt_numbers, numbers_record, same_numbers
from resnets.exercises import Outcome


def until_distinct(
    draw: Callable[[np.random.Generator], list[dict]],
    arguments: Callable[[dict], dict[str, object]],
    reference: Callable,
    mistakes: list[Mistake],
) -> Callable[[np.random.Generator], list[dict]]:
    """Return a function that draws like `draw`, until all mistakes give different numbers.

    In such a draw no mistake gives the right numbers, and none gives the numbers of another one.
    Use it where the mistakes are quick to compute.
    """

    def drawn(rng: np.random.Generator) -> list[dict]:
        while True:
            calls = draw(rng)
            if all_distinct([arguments(call) for call in calls], reference, mistakes):
                return calls

    return drawn


def all_distinct(calls: list[dict], reference: Callable, mistakes: list[Mistake]) -> bool:
    """Return whether each mistake, in each variant, is the first to explain its own numbers."""
    right = _records(reference, calls)
    earlier = [("", right)]
    for mistake in mistakes:
        for variant in mistake.variants:
            records = _records(variant, calls)
            same = (name for name, other in earlier if all(map(same_numbers, records, other)))
            if next(same, mistake.id) != mistake.id:
                return False
            earlier.append((mistake.id, records))
    return True


def _records(function: Callable, calls: list[dict]) -> list[list | None]:
    attempts = [attempt_numbers(function, unpack(pack(call)), Outcome.RETURNED) for call in calls]
    return [numbers_record(attempt) for attempt in attempts]
