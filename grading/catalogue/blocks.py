"""Mistakes and drawn arguments that the identity and the convolutional block have in common."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grading.catalogue.block_activations import ACTIVATIONS
from grading.catalogue.block_components import MISSING
from grading.catalogue.block_merge import MERGE
from grading.catalogue.block_options import OPTIONS
from grading.catalogue.mistake import Mistake

BLOCK_MISTAKES: list[Mistake] = [*MERGE, *ACTIVATIONS, *MISSING, *OPTIONS]


def draw_two(
    rng: np.random.Generator, channels: Callable[[np.random.Generator, list[int]], int]
) -> list[dict]:
    """Draw the arguments of two calls that have no number in common.

    A mistake that one call happens to hide, such as a hard-coded number, shows in the other. Within
    a call the three numbers of filters differ, so that a wrong order shows. Every argument is
    given, so a changed default never makes a result wrong; it is reported without costing points.

    Args:
        channels: a function of the generator and F1, F2, F3 that returns the channels of X.
    """
    sizes = rng.permutation([2, 3, 4, 5])[:2]
    letters = rng.permutation(list("bcdefgh"))[:2]
    filters = rng.permutation(np.arange(2, 9))[:6].reshape(2, 3).tolist()
    return [
        {
            "input": [*rng.integers(5, 13, size=2).tolist(), channels(rng, counts)],
            "f": int(f),
            "filters": counts,
            "stage": int(rng.integers(2, 10)),
            "block": str(letter),
        }
        for f, letter, counts in zip(sizes, letters, filters, strict=True)
    ]
