"""`small_resnet`, a network with three faults to repair: its mistakes and its calls' arguments."""

from __future__ import annotations

import numpy as np

from grading.catalogue.entry import Architecture
from grading.catalogue.small_resnet_mistakes import MISTAKES
from grading.catalogue.small_resnet_reference import reference

# With an odd number of rows, padding and strides of other kinds show.
_STORED = [
    {"input": [13, 10, 4], "seed": 21, "input_shape": [13, 10, 4], "classes": 9},
    {"input": [16, 16, 3], "seed": 22, "input_shape": [16, 16, 3], "classes": 6},
]


def _draw(rng: np.random.Generator) -> list[dict]:
    rows, columns = 2 * int(rng.integers(4, 9)) + 1, int(rng.integers(8, 17))
    shape = [rows, columns, int(rng.choice([1, 2, 4]))]
    return [
        {
            "input": shape,
            "input_shape": shape,
            # With so many classes some logits are negative, so that what happens to them shows.
            "classes": int(rng.integers(9, 17)),
            "seed": int(rng.integers(1 << 31)),  # a class shares the weights: it saves time
        }
    ]


ENTRY = Architecture(
    mistakes=MISTAKES,
    reference=reference,
    stored=_STORED,
    lesson={"input": [16, 16, 3], "input_shape": [16, 16, 3], "classes": 6},
    draw=_draw,
    pool=4,  # naming a mistake takes seconds for each
)
