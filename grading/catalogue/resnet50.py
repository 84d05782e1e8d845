"""ResNet50: its reference, its mistakes, and the arguments of its calls."""

from __future__ import annotations

import numpy as np

from grading.catalogue.entry import Architecture
from grading.catalogue.reference_resnet50 import network_function, resnet50_spec
from grading.catalogue.resnet50_head import HEAD
from grading.catalogue.resnet50_stages import STAGES
from grading.catalogue.resnet50_stem import STEM

_STORED = [
    {"input": [96, 64, 4], "seed": 31, "input_shape": [96, 64, 4], "classes": 9},
    {"input": [64, 64, 3], "seed": 32, "input_shape": [64, 64, 3], "classes": 6},
]


def _draw(rng: np.random.Generator) -> list[dict]:
    # From 70 rows on, the last stage outputs 3 rows, for which global pooling and 2x2 pooling
    # differ. With an even number of rows, padding 'same' differs from the explicit zero-padding.
    rows, columns = 2 * int(rng.integers(36, 49)), int(rng.integers(64, 97))
    shape = [rows, columns, int(rng.choice([1, 2, 4]))]
    return [
        {
            "input": shape,
            "input_shape": shape,
            "classes": int(rng.choice([2, 3, 4, 5, 7, 8, 9, 10])),
            # Drawing this many weights is slow, so a class shares them.
            "seed": int(rng.integers(1 << 31)),
        }
    ]


ENTRY = Architecture(
    mistakes=[*STEM, *STAGES, *HEAD],
    reference=network_function(resnet50_spec),
    stored=_STORED,
    lesson={"input": [64, 64, 3], "input_shape": [64, 64, 3], "classes": 6},
    draw=_draw,
    pool=4,  # for each, the judge has to build and run a ResNet50
)
