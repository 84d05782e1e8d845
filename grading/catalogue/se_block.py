"""The squeeze-and-excitation block: its reference, and the arguments of its calls.

The source is Hu et al., "Squeeze-and-Excitation Networks", 2018.
"""

from __future__ import annotations

import numpy as np

from grading.catalogue.entry import Architecture
from grading.catalogue.reference_blocks import BlockSpec, LayerSpec, block_function
from grading.catalogue.se_mistakes import MISTAKES


def se_spec(channels: int, ratio: int, stage: int = 1, block: str = "a") -> BlockSpec:
    """The input, multiplied by a factor for each channel; the main path computes the factors."""
    main = [
        LayerSpec("squeeze", "global_average_pool", {"keepdims": True}),
        LayerSpec("reduce", "gate", {"units": channels // ratio, "activation": "relu"}),
        LayerSpec("expand", "gate", {"units": channels, "activation": "sigmoid"}),
    ]
    return BlockSpec(
        main,
        shortcut=[],
        after=[],
        merge="multiply",
        merged="scale",
        label=f"{stage}{block}",
        exercise="se_block",
    )


# Few positions, so that the averages are not all near 0; no two calls have a number in common.
_STORED = [
    {"input": [3, 4, 24], "seed": 11, "ratio": 3, "stage": 2, "block": "b"},
    {"input": [4, 2, 35], "seed": 12, "ratio": 5, "stage": 4, "block": "e"},
    {"input": [2, 3, 36], "seed": 13, "ratio": 6, "stage": 5, "block": "c"},
    {"input": [5, 3, 28], "seed": 14, "ratio": 2, "stage": 3, "block": "d"},
]


def _draw(rng: np.random.Generator) -> list[dict]:
    """Draw two calls with different ratios, neither of which is one that people write down."""
    ratios = rng.permutation([3, 5, 6, 7])[:2]
    letters = rng.permutation(list("bcdefgh"))[:2]
    units = rng.permutation([9, 10, 11, 12, 13])[:2]
    return [
        {
            "input": [*rng.integers(2, 6, size=2).tolist(), int(ratio * unit)],
            "ratio": int(ratio),
            "stage": int(rng.integers(2, 10)),
            "block": str(letter),
        }
        for ratio, letter, unit in zip(ratios, letters, units, strict=True)
    ]


ENTRY = Architecture(
    mistakes=MISTAKES,
    reference=block_function(se_spec, channels=True),
    stored=_STORED,
    lesson={"input": [4, 4, 32], "ratio": 4, "stage": 1, "block": "a"},
    draw=_draw,
)
