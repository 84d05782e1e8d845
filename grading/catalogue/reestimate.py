"""`reestimate`: its reference, its mistakes, and the networks it is tested on."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from keras import layers

from grading.catalogue.entry import Numbers
from grading.catalogue.reestimate_mistakes import MISTAKES
from grading.catalogue.reestimate_reference import reference
from grading.catalogue.small_networks import draw_images, draw_weights


def _drawn(rng: np.random.Generator, own_momentum: bool) -> dict:
    """Draw the numbers for one call.

    Args:
        own_momentum: whether the layers have momentums of their own instead of Keras's 0.99.
    """
    batches = int(rng.integers(3, 5))
    several = rng.choice([0.7, 0.8, 0.85, 0.95, 0.97], 2, replace=False).tolist()
    return {
        "batches": batches,
        "batch_size": batches + int(rng.integers(1, 4)),
        "filters": rng.integers(2, 5, size=2).tolist(),
        "momentums": several if own_momentum else [0.99] * 2,
        "seed": int(rng.integers(1 << 31)),
    }


def _draw(rng: np.random.Generator) -> list[dict]:
    return [_drawn(rng, own_momentum=False), _drawn(rng, own_momentum=True)]


def _arguments(draw: dict) -> dict[str, object]:
    """Return the network, X and the number of batches for a draw."""
    rng = np.random.default_rng(draw["seed"])
    model = _network(draw["filters"], draw["momentums"])
    draw_weights(model, rng)
    x = draw_images(rng, draw["batches"] * draw["batch_size"], 4, 3, 2)
    # Later images are brighter, so that batches, and other ways to split, differ clearly.
    x *= np.linspace(0.3, 2, len(x), dtype="float32")[:, None, None, None]
    return {"model": model, "X": x, "batches": draw["batches"]}


def _network(filters: list[int], momentums: list[float]) -> keras.Model:
    start = keras.Input((4, 3, 2))
    x = layers.Conv2D(filters[0], 2)(start)
    x = layers.BatchNormalization(momentum=momentums[0])(x)
    x = layers.Activation("relu")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(filters[1])(x)
    return keras.Model(start, layers.BatchNormalization(momentum=momentums[1])(x))


def _stored(seed: int, own_momentum: bool) -> Callable[[], dict[str, object]]:
    return lambda: _arguments(_drawn(np.random.default_rng(seed), own_momentum))


ENTRY = Numbers(
    mistakes=MISTAKES,
    reference=reference,
    stored={
        "a small network with two BatchNorm layers": _stored(1, False),
        "a small network whose layers have momentums of their own": _stored(2, True),
    },
    arguments=_arguments,
    draw=_draw,
    pool=4,  # naming a mistake takes seconds for each
)
