"""What identity block and convolutional block have in common: mistakes, and arguments to draw."""

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
    """Two calls that have no number in common: what one of them hides, the other one shows.

    Within a call no two numbers of filters are equal, so that their order shows. Every argument is
    given: a default that a student has changed is told, and costs nothing.

    Args:
        channels: the channels of X, from the call's F1, F2, F3.
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
