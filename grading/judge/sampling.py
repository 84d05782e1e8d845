"""Draw the arguments and seeds that a submission is judged with.

Everything is drawn from two seeds that nobody can foresee. The class's seed is drawn when the class
is first graded. Each submission has its own seed, which its record keeps, so `grade --only STUDENT
--seed N` draws the same calls again.

The class's seed determines a pool of arguments, so that the reference is built only once for each
set. The submission's seed determines which sets it gets, and its weights and inputs. Where those
are slow to compute (ResNet50, and the networks of `gradient_norms`) they belong to the pool too.
"""

from __future__ import annotations

import functools

import numpy as np

from grading.catalogue.entries import CATALOGUE
from grading.catalogue.entry import Architecture, Numbers

_SEEDS = 1 << 31


def calls(exercise: str, seed: int, class_seed: int) -> list[dict]:
    """Return the arguments of each call of an exercise's function.

    For an architecture, the first is the lesson's own call. A class shares its weights and input,
    so that equal mistakes are compared with the reference only once. The others use arguments that
    the lesson does not show, chosen so that every mistake in the catalogue gives a wrong result.

    Args:
        seed: the submission's seed.
        class_seed: the class's seed.

    Returns:
        For an architecture, dicts of arguments with "input" and "seed"; for numbers, the draws
        that `Numbers.arguments` turns into arguments.
    """
    entry = CATALOGUE[exercise]
    rng = np.random.default_rng([seed, len(exercise)])
    chosen = _pooled(exercise, class_seed, int(rng.integers(entry.pool)))
    if isinstance(entry, Numbers):
        return chosen
    first = _shared_lesson(exercise, class_seed)
    return [first, *({"seed": int(rng.integers(_SEEDS)), **call} for call in chosen)]


@functools.lru_cache(maxsize=1024)  # the pools of several classes
def _pooled(exercise: str, class_seed: int, index: int) -> list[dict]:
    """Return a draw of the class's pool; a small class never computes the others."""
    return _draw(CATALOGUE[exercise], np.random.default_rng([class_seed, len(exercise), index]))


def _shared_lesson(exercise: str, class_seed: int) -> dict:
    """Return the lesson's own call, with the weights and the input that the class shares."""
    rng = np.random.default_rng([class_seed, len(exercise)])
    return lesson(exercise, int(rng.integers(_SEEDS)))


def _draw(entry: Architecture | Numbers, rng: np.random.Generator) -> list[dict]:
    """Draw calls until none has the lesson's own filters: hard-coded numbers would be right there.

    One draw in a hundred would, and so a student in a hundred would get other marks for the same
    mistake.
    """
    own = entry.lesson.get("filters") if isinstance(entry, Architecture) else None
    while True:
        drawn = entry.draw(rng)
        if own is None or all(call["filters"] != own for call in drawn):
            return drawn


def lesson(exercise: str, seed: int) -> dict:
    """Return the lesson's own arguments of an architecture, with a seed for weights and input."""
    return {**CATALOGUE[exercise].lesson, "seed": seed}
