"""`gradcam`: its reference, its mistakes, and the networks and images it is tested on."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from grading.catalogue.entry import Numbers
from grading.catalogue.gradcam_mistakes import MISTAKES
from grading.catalogue.gradcam_reference import best, reference
from grading.catalogue.small_networks import draw_images, draw_weights

EARLY, LATE = "early", "late"


def _drawn(rng: np.random.Generator, layer: str, nothing: bool) -> dict:
    """Draw the numbers for one call.

    Args:
        nothing: whether no position should speak for the answer.
    """
    return {
        "height": 2 * int(rng.integers(4, 6)),
        "filters": int(rng.integers(4, 7)),
        "classes": int(rng.integers(6, 8)),
        "layer": layer,
        "nothing": nothing,
        "seed": int(rng.integers(1 << 31)),
    }


def _draw(rng: np.random.Generator) -> list[dict]:
    """Draw an early layer, of which some positions speak for the answer; a late one with none."""
    return [_drawn(rng, EARLY, nothing=False), _drawn(rng, LATE, nothing=True)]


def _arguments(draw: dict) -> dict[str, object]:
    """Return the network, x and the layer's name for a draw.

    Weights and image are drawn again until every mistake shows.
    """
    rng = np.random.default_rng(draw["seed"])
    model = _network(draw["height"], draw["filters"], draw["classes"])
    last = model.layers[-1]
    outputs = [model.get_layer(EARLY).output, model.get_layer(LATE).output, last.input]
    parts = keras.Model(model.inputs[0], outputs)
    while True:
        draw_weights(model, rng)
        if draw["nothing"]:  # every channel speaks against every class
            last.kernel.assign(-tf.abs(last.kernel))
        x = draw_images(rng, 1, draw["height"], draw["height"] - 2, 3)
        early, late, means = map(np.asarray, parts(x, training=False))
        alive = min(early.max(axis=(0, 1, 2)).min(), late.max(axis=(0, 1, 2)).min()) > 0.05
        if not alive or not _choose_answer(last, means, rng):
            continue
        if draw["nothing"] or _maps_differ(model, x, draw["layer"]):
            return {"model": model, "x": x, "layer": draw["layer"]}


def _choose_answer(last: keras.layers.Dense, inputs: np.ndarray, rng: np.random.Generator) -> bool:
    """Set the last layer's bias so that the answer is none of the classes mistaken for it.

    These are the first and the last class, the least probable one, and the one with the highest
    score without the bias. Return whether that worked.
    """
    without_bias = (inputs @ np.asarray(last.kernel))[0]
    others = {0, len(without_bias) - 1, int(without_bias.argmax())}
    answer, least = rng.choice(sorted(set(range(len(without_bias))) - others), 2, replace=False)
    scores = rng.uniform(-0.5, 0.5, len(without_bias))
    scores[answer], scores[least] = 1, -1
    last.bias.assign(scores - without_bias)
    return len(others) == 3


def _maps_differ(model: keras.Model, x: np.ndarray, layer: str) -> bool:
    """Return whether the map has both signs, and differs from those of other classes.

    The map of the image divided by 255 once more must differ, too: without light, a network may
    answer another class.
    """
    heat = reference(model, x, layer, kept=np.array, finished=np.array)
    several = (heat > 0.1 * heat.max()).sum() >= 3
    if not (several and heat.min() < -0.1 * heat.max() < 0):
        return False
    scores = (best, tf.reduce_sum, tf.reduce_min, lambda s: s[0], lambda s: s[-1], _softmax)
    maps = [reference(model, x, layer, score=score) for score in scores]
    maps.append(reference(model, x / 255, layer))
    pairs = itertools.combinations(maps, 2)
    return all(np.abs(one - other).max() > 0.02 for one, other in pairs)


def _softmax(scores):
    """Return the probability of the most probable class."""
    return best(tf.nn.softmax(scores))


def _network(height: int, filters: int, classes: int) -> keras.Model:
    start = keras.Input((height, height - 2, 3))
    x = layers.Conv2D(filters, 3, padding="same")(start)
    x = layers.Activation("relu", name=EARLY)(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(filters, 3, padding="same")(x)
    x = layers.Activation("relu", name=LATE)(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(start, layers.Dense(classes, activation="softmax")(x))


def _stored(seed: int, layer: str, nothing: bool) -> Callable[[], dict[str, object]]:
    return lambda: _arguments(_drawn(np.random.default_rng(seed), layer, nothing))


ENTRY = Numbers(
    mistakes=MISTAKES,
    reference=reference,
    stored={
        "a small network and an early layer": _stored(1, EARLY, False),
        "a small network and a late layer": _stored(2, LATE, False),
        "a small network, of which nothing speaks for the answer": _stored(3, LATE, True),
    },
    arguments=_arguments,
    draw=_draw,
    pool=4,  # naming a mistake takes seconds for each
)
