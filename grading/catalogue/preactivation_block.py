"""The pre-activation block: its reference, and the arguments of its calls.

The source is He et al., "Identity Mappings in Deep Residual Networks", 2016.
"""

from __future__ import annotations

from grading.catalogue.blocks import draw_two
from grading.catalogue.entry import Architecture
from grading.catalogue.preactivation_mistakes import MISTAKES
from grading.catalogue.reference_blocks import BlockSpec, block_function, identity_spec


def preactivation_spec(f: int, filters: list[int], stage: int = 1, block: str = "a") -> BlockSpec:
    """The identity block with BatchNorm and ReLU before each convolution, and none at the end."""
    built = identity_spec(f, filters, stage, block)
    third = built.step("relu_out")
    third.name = "relu2c"
    built.main = [
        step
        for name in ("2a", "2b", "2c")
        for kind in ("bn", "relu", "conv")
        for step in [*built.main, third]
        if step.name == kind + name
    ]
    built.after, built.exercise = [], "preactivation_block"
    return built


# With these seeds each ReLU gets values above 6, so that a ReLU6 anywhere shows.
_STORED = [
    {"input": [7, 6, 8], "seed": 83, "f": 3, "filters": [4, 5, 8], "stage": 2, "block": "b"},
    {"input": [8, 9, 5], "seed": 81, "f": 5, "filters": [7, 3, 5], "stage": 4, "block": "e"},
    {"input": [6, 8, 6], "seed": 75, "f": 2, "filters": [6, 6, 6], "stage": 1, "block": "a"},
    {"input": [6, 7, 12], "seed": 70, "f": 4, "filters": [3, 3, 12], "stage": 5, "block": "c"},
]  # fmt: skip

ENTRY = Architecture(
    mistakes=MISTAKES,
    reference=block_function(preactivation_spec),
    stored=_STORED,
    lesson={"input": [8, 8, 16], "f": 3, "filters": [4, 4, 16], "stage": 1, "block": "a"},
    draw=lambda rng: draw_two(rng, lambda rng, filters: filters[2]),
)
