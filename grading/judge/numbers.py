"""The numeric exercise: small networks with known weights, and what the right norms are.

`gradient_norms(model, X, Y)` returns numbers, not an architecture. So the judge draws networks,
weights, pictures and labels that nobody could foresee, hands them to the sandbox, and compares the
numbers that come back with those it computes itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

from grading.catalogue.gradient_norms import reference
from grading.catalogue.mistakes import CATALOGUE
from resnets.checks.attempt import Attempt
from resnets.checks.gradients import norms_record, same_norms

RELATIVE_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Problem:
    """What a student's function is given, and what it should return.

    Attributes:
        given: a network as JSON ("model"), its weights, a batch and one-hot labels ("weights", "X",
            "Y"), as plain lists.
        wanted: the norm of d loss / d kernel for every layer with a kernel, input to output.
    """

    given: dict
    wanted: np.ndarray


def problem(draw: dict) -> Problem:
    """Draw a network, its weights, a batch and labels.

    It is drawn again until the right norms neither only rise nor only fall: sorting them would
    change nothing then, or be the same as turning them round.

    Args:
        draw: from `draws.numeric`: batch_norm, filters, classes, batch, size, seed.
    """
    rng = np.random.default_rng(draw["seed"])
    model = _network(draw)
    architecture = model.to_json()
    while True:
        weights = [_values(w.path.split("/")[-1], w.shape, rng) for w in model.weights]
        pictures = rng.uniform(size=(draw["batch"], draw["size"], draw["size"], 3))
        labels = np.eye(draw["classes"])[rng.integers(draw["classes"], size=draw["batch"])]
        drawn = {
            "model": architecture,
            "weights": [w.tolist() for w in weights],
            "X": pictures.tolist(),
            "Y": labels.tolist(),
        }
        model.set_weights(weights)
        wanted = reference(model, np.float32(pictures), np.float32(labels))
        if {-1, 1} <= set(np.sign(np.diff(wanted))):
            return Problem(drawn, wanted)


def mistake(claims: list[object], asked: list[Problem]) -> str | None:
    """The id of the catalogue's first mistake that gives these numbers for all the problems."""
    if not all(_is_numbers(claim) for claim in claims):
        return None
    given = [_as_sequential(*_given(problem.given)) for problem in asked]
    for entry in CATALOGUE["gradient_norms"]:
        for variant in entry.variants:
            # The first problem rules out almost every variant, so the second is rarely needed.
            pairs = zip(claims, given, strict=True)
            if all(same_norms(claim, _numbers_of(variant, problem)) for claim, problem in pairs):
                return entry.id
    return None


def _given(asked: dict) -> tuple[keras.Model, np.ndarray, np.ndarray]:
    model = keras.models.model_from_json(asked["model"])
    model.set_weights([np.asarray(w, "float32") for w in asked["weights"]])
    return model, np.asarray(asked["X"], "float32"), np.asarray(asked["Y"], "float32")


def _as_sequential(model: keras.Model, *batch: np.ndarray) -> tuple:
    """The catalogue knows networks whose list of layers begins behind the input."""
    return keras.Sequential(model.layers), *batch


def _numbers_of(variant: Callable, given: tuple) -> list[float] | None:
    return norms_record(Attempt("array", None, np.asarray(variant(*given), "float64")))


def _is_numbers(claim: object) -> bool:
    return isinstance(claim, list) and all(
        isinstance(value, float | int) and -1e300 < value < 1e300 for value in claim
    )


def agrees(claim: object, wanted: np.ndarray) -> bool:
    """Whether a list of numbers from the sandbox is the right one."""
    try:
        given = np.asarray(claim, dtype="float64")
    except (TypeError, ValueError, OverflowError):
        return False
    return given.shape == wanted.shape and np.allclose(
        given, wanted, rtol=RELATIVE_TOLERANCE, atol=1e-9
    )


def _network(draw: dict) -> keras.Model:
    start = keras.Input((draw["size"], draw["size"], 3))
    x = start
    for filters in draw["filters"]:
        x = keras.layers.Conv2D(filters, 3, padding="same")(x)
        if draw["batch_norm"]:
            x = keras.layers.BatchNormalization()(x)
        x = keras.layers.Activation("tanh")(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(5, activation="tanh")(x)
    return keras.Model(start, keras.layers.Dense(draw["classes"], activation="softmax")(x))


def _values(name: str, shape: tuple, rng: np.random.Generator) -> np.ndarray:
    if name in ("gamma", "moving_variance"):
        return rng.uniform(0.5, 1.5, shape)
    return rng.normal(0, 0.4, shape)
