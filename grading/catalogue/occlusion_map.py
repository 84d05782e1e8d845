"""`occlusion_map`: its reference, its mistakes, and the networks and images it is tested on."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from keras import layers

from grading.catalogue.entry import Numbers
from grading.catalogue.occlusion_map_mistakes import MISTAKES
from grading.catalogue.occlusion_map_reference import cover, probabilities, reference
from grading.catalogue.small_networks import draw_images, draw_weights


def _drawn(rng: np.random.Generator, rest: bool) -> dict:
    """Draw the sizes for one call: the last squares touch the edges, or a rest remains there."""
    size, step = (4, 2) if rng.random() < 0.5 else (5, 3)
    left_over = int(rng.integers(1, step)) if rest else 0
    return {
        "size": size,
        "step": step,
        "height": size + 3 * step + left_over,
        "width": size + 2 * step + left_over,
        "classes": int(rng.integers(4, 6)),
        "seed": int(rng.integers(1 << 31)),
    }


def _draw(rng: np.random.Generator) -> list[dict]:
    return [_drawn(rng, rest=False), _drawn(rng, rest=True)]


def _arguments(draw: dict) -> dict[str, object]:
    """Return the network, the image, and size and step for a draw.

    Weights and image are drawn again until every mistake shows: the answer changes under a square,
    the probability also rises somewhere, and the first and the last class are neither the answer
    nor the least probable: some mistakes explain these.
    """
    rng = np.random.default_rng(draw["seed"])
    model = _network(draw["height"], draw["width"], draw["classes"])
    given = draw["size"], draw["step"]
    while True:
        draw_weights(model, rng)
        image = draw_images(rng, draw["height"], draw["width"], 3)
        if _every_mistake_shows(model, image, *given):
            return {"model": model, "image": image, "size": given[0], "step": given[1]}


def _every_mistake_shows(model: keras.Model, image: np.ndarray, size: int, step: int) -> bool:
    """Return whether this network and image give every mistake another map than the right one."""
    before = probabilities(model, [image])[0]
    answer = before.argmax()
    if {answer, before.argmin()} & {0, len(before) - 1} or not 0.4 < before[answer] < 0.9:
        return False
    heat = reference(model, image, size, step)
    place = step * np.array(np.unravel_index(heat.argmax(), heat.shape))
    worst = probabilities(model, [cover(image, *place, size)])[0]
    return heat.min() < -0.01 and worst.argmax() != answer


def _network(height: int, width: int, classes: int) -> keras.Model:
    start = keras.Input((height, width, 3))
    x = layers.Conv2D(3, 3, activation="relu")(start)
    x = layers.Flatten()(x)
    return keras.Model(start, layers.Dense(classes, activation="softmax")(x))


def _stored(seed: int, rest: bool) -> Callable[[], dict[str, object]]:
    return lambda: _arguments(_drawn(np.random.default_rng(seed), rest))


ENTRY = Numbers(
    mistakes=MISTAKES,
    reference=reference,
    stored={
        "a small network, and squares that reach the edges of the image": _stored(1, False),
        "a small network, and squares that leave a rest at the edges": _stored(2, True),
    },
    arguments=_arguments,
    draw=_draw,
    pool=4,  # naming a mistake takes seconds for each
)
