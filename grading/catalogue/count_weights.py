"""`count_weights`: its reference, its mistakes, and the blocks that it is asked about."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grading.catalogue.count_weights_mistakes import MISTAKES
from grading.catalogue.count_weights_reference import reference
from grading.catalogue.distinct_draws import until_distinct
from grading.catalogue.entry import Numbers


def _stored(f: int, filters: list[int], channels: int) -> Callable[[], dict[str, object]]:
    return lambda: _arguments({"f": f, "filters": filters, "channels": channels})


def _arguments(draw: dict) -> dict[str, object]:
    return {**draw, "filters": list(draw["filters"])}


def _draw(rng: np.random.Generator) -> list[dict]:
    """Draw an identity block with equal F1 and F2, and a block whose numbers all differ from it.

    The numbers are small, so that biases and BatchNorm would make a visible difference. The
    identity block never has the channels of the check's, so it is never the check's own call.
    """
    width, channels = int(rng.integers(3, 9)), int(rng.integers(17, 32))
    identity = {"f": 3, "filters": [width, width, channels], "channels": channels}
    *filters, channels = rng.choice(np.arange(6, 16), size=4, replace=False).tolist()
    return [identity, {"f": int(rng.choice([2, 4, 5])), "filters": filters, "channels": channels}]


ENTRY = Numbers(
    mistakes=MISTAKES,
    reference=reference,
    stored={
        "f = 3, filters = [4, 4, 16] and 16 channels": _stored(3, [4, 4, 16], 16),
        "f = 4, filters = [6, 5, 7] and 9 channels": _stored(4, [6, 5, 7], 9),
        "f = 3, filters = [7, 12, 5] and 10 channels": _stored(3, [7, 12, 5], 10),
    },
    arguments=_arguments,
    draw=until_distinct(_draw, _arguments, reference, MISTAKES),
)
