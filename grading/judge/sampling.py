"""Draw the arguments and weights that a submission is judged with.

Everything follows from two seeds, which nobody can foresee: one of the class, drawn when it is
first graded, and one of each submission, which the record keeps: `grade --only STUDENT --seed N`
draws the same again. Arguments come from a pool that is drawn for the class, so that the reference
is built for each of them once. A submission's seed decides which of the pool it gets, and its
weights and inputs, unless drawing these takes so long that they come with the pool.
"""

from __future__ import annotations

import functools

import numpy as np

from grading.catalogue.entries import CATALOGUE
from grading.catalogue.entry import Architecture, Numbers

_SEEDS = 1 << 31


def calls(exercise: str, seed: int, class_seed: int) -> list[dict]:
    """What a function is called with in each call.

    Of an architecture the lesson's own call is the first; a class shares its weights and its input,
    so that equal mistakes are compared with the reference once. Then come arguments that the lesson
    does not show: whatever the catalogue knows as a mistake is one for them.

    Args:
        seed: the submission's.
        class_seed: the class's.

    Returns:
        Of an architecture the arguments, "input" and "seed"; of numbers the draws that
        `Numbers.arguments` makes arguments of.
    """
    rng = np.random.default_rng([seed, len(exercise)])
    first, pool = _pool(exercise, class_seed)
    chosen = pool[rng.integers(len(pool))]
    if isinstance(CATALOGUE[exercise], Numbers):
        return chosen
    return [*first, *({"seed": int(rng.integers(_SEEDS)), **call} for call in chosen)]


@functools.lru_cache(maxsize=32)  # the exercises of a class, and of another one
def _pool(exercise: str, class_seed: int) -> tuple[list[dict], list[list[dict]]]:
    """The lesson's call, if there is one, and what the class's submissions are asked beside it."""
    entry = CATALOGUE[exercise]
    rng = np.random.default_rng([class_seed, len(exercise)])
    first = []
    if isinstance(entry, Architecture):
        first = [lesson(exercise, int(rng.integers(_SEEDS)))]
    return first, [entry.draw(rng) for _ in range(entry.pool)]


def lesson(exercise: str, seed: int) -> dict:
    """The lesson's own arguments of an architecture, with a seed for weights and input."""
    return {**CATALOGUE[exercise].lesson, "seed": seed}
