"""Numbers that differ from machine to machine: results of a training, and its duration.

Who calls it: lessons 5 and 6. A learner sees the number and its expected range. While a notebook's
outputs are stored or compared (pytest sets PYTEST_CURRENT_TEST then), only the range is shown: it
is the same on every machine, and the text changes when the number leaves the range.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass

import keras
import numpy as np

_TIMED_STEPS = 2


@dataclass(frozen=True)
class Measured:
    """A measured number and its expected range, from low to high."""

    name: str
    value: float
    low: float
    high: float

    @property
    def expected(self) -> bool:
        """Whether the number lies in its range; False for NaN."""
        return bool(self.low <= self.value <= self.high)

    def __repr__(self) -> str:
        value = "" if is_recorded() else f"{self.value:.3f}, "
        if self.expected:
            return f"{self.name}: {value}between {self.low} and {self.high}, as expected"
        if os.environ.get("SIGNS_DIR"):
            return (
                f"{self.name}: {value}with the course's own images it lies between {self.low} "
                f"and {self.high}; these are from SIGNS_DIR"
            )
        return f"{self.name}: {value}NOT between {self.low} and {self.high}, where it was expected"


def measured(name: str, value: float, low: float, high: float) -> Measured:
    """A number that shows itself with its expected range.

    Args:
        name: of the number, for example "test accuracy".
        value: what was measured here.
        low, high: a range wide enough for other machines and other orders of the images.
    """
    return Measured(name, float(value), low, high)


@dataclass(frozen=True)
class Estimate:
    """Seconds that a step takes on this machine, and that all steps take together."""

    steps: int
    seconds_a_step: float

    @property
    def seconds(self) -> float:
        """Seconds for all steps, without the time to build the graph."""
        return self.steps * self.seconds_a_step

    def __repr__(self) -> str:
        if is_recorded():
            return f"{self.steps} steps; run this cell to see how long they take on your machine"
        return (
            f"{self.steps} steps at {self.seconds_a_step:.2f} s each: "
            f"about {_duration(self.seconds)}"
        )


def estimate_training(
    model: keras.Model, X: np.ndarray, Y: np.ndarray, epochs: int, batch_size: int = 32
) -> Estimate:
    """Time a few steps of `model.fit(X, Y, epochs, batch_size)`; the model stays as it was.

    Weights, BatchNorm's statistics and the optimizer's state are restored afterwards. The graph
    that the first step builds (10 to 20 s for ResNet-50) is kept, so that `fit` starts at once.

    Args:
        model: a compiled model.
        X, Y: the training data, (m, ...) each.
        epochs, batch_size: as for `fit`.

    Raises:
        ValueError: the model is not compiled, or X and Y differ in length or are empty.
    """
    if not getattr(model, "compiled", False):
        raise ValueError("estimate_training: expected a compiled model. Call compile first.")
    if len(X) != len(Y) or not len(X):
        raise ValueError(
            f"estimate_training: expected as many targets as images and at least one, got "
            f"{len(X)} and {len(Y)}."
        )
    optimizer = model.optimizer
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    variables = [*model.variables, *optimizer.variables]
    before = [variable.numpy() for variable in variables]
    clock = _StepClock()
    few = np.resize(np.arange(len(X)), (1 + _TIMED_STEPS) * batch_size)
    model.fit(
        X[few],
        Y[few],
        batch_size=batch_size,
        epochs=1,
        shuffle=False,
        verbose=0,
        callbacks=[clock],
    )
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)
    return Estimate(epochs * math.ceil(len(X) / batch_size), clock.seconds_a_step)


class _StepClock(keras.callbacks.Callback):
    """Measures the seconds of a step, without the first step, which builds the graph."""

    def on_train_batch_end(self, batch, logs=None):
        if batch == 0:
            self._started = time.monotonic()
        self.seconds_a_step = (time.monotonic() - self._started) / max(batch, 1)


def is_recorded() -> bool:
    """Whether a notebook's outputs are being stored or compared, so that they must not vary."""
    return "PYTEST_CURRENT_TEST" in os.environ


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
