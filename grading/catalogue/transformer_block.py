"""`transformer_block`: its reference, its mistakes, and the tokens that it is tested on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grading.catalogue.entry import Numbers
from grading.catalogue.transformer_block_mistakes import MISTAKES
from grading.catalogue.transformer_block_reference import reference
from resnets.checks.given import Symbolic

LESSON_HEADS = 4


def _drawn(rng: np.random.Generator, heads: int, size: int) -> dict:
    """Draw the numbers for one call; `size` is that of a head."""
    return {
        "tokens": int(rng.integers(5, 8)),
        "heads": heads,
        "size": size,
        "seed": int(rng.integers(1 << 31)),
    }


def _draw(rng: np.random.Generator) -> list[dict]:
    """Draw a call with the lesson's number of heads, and one with another number.

    A head's size is never the number of heads or 4: wrong sizes would be right there.
    """
    heads = int(rng.integers(2, 4))
    sizes = [n for n in (2, 3, 5) if n != heads]
    return [_drawn(rng, LESSON_HEADS, 3), _drawn(rng, heads, int(rng.choice(sizes)))]


def _arguments(draw: dict) -> dict[str, object]:
    """Return the tokens, the number of heads and the width for a draw."""
    rng = np.random.default_rng(draw["seed"])
    width = draw["heads"] * draw["size"]
    tokens = rng.standard_normal((1, draw["tokens"], width), dtype=np.float32)
    # Not around 0: otherwise a normalisation would change too little.
    stream = (2 * tokens + rng.uniform(-1, 1, width)).astype(np.float32)
    return {"x": Symbolic(stream), "heads": draw["heads"], "width": width}


def _stored(seed: int, heads: int, size: int) -> Callable[[], dict[str, object]]:
    return lambda: _arguments(_drawn(np.random.default_rng(seed), heads, size))


ENTRY = Numbers(
    mistakes=MISTAKES,
    reference=reference,
    stored={
        "four heads and a width of 12": _stored(1, 4, 3),
        "three heads and a width of 15": _stored(3, 3, 5),
    },
    arguments=_arguments,
    draw=_draw,
    pool=4,  # naming a mistake takes seconds for each
)
