"""Numbers that differ between machines: the results of a training, and how long it will take.

Who calls it: lessons 1 and 5 to 8. A learner sees the number and the range that it should lie in.
While a notebook's outputs are stored or compared (pytest then sets PYTEST_CURRENT_TEST), only the
range is shown: that line is the same on every machine, and it changes if the number leaves the
range.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass

import keras
import numpy as np

from resnets.training.progress import duration, waiting
from resnets.training.stored import outputs_are_stored

_TIMED_STEPS = 2


@dataclass(frozen=True)
class ReportInRange:
    """A measured number and the range, low to high, that it should lie in."""

    name: str
    value: float
    low: float
    high: float

    @property
    def expected(self) -> bool:
        """Whether the number lies in its range. NaN never does."""
        return bool(self.low <= self.value <= self.high)

    def __repr__(self) -> str:
        value = "" if outputs_are_stored() else f"{self.value:.3f}, "
        if self.expected:
            return f"{self.name}: {value}between {self.low} and {self.high}, as expected"
        if os.environ.get("SIGNS_DIR"):
            return (
                f"{self.name}: {value}with the course's own images it lies between {self.low} "
                f"and {self.high}; these images are from SIGNS_DIR"
            )
        return f"{self.name}: {value}NOT between {self.low} and {self.high}, as it should be"


def report_in_range(name: str, value: float, low: float, high: float) -> ReportInRange:
    """A line with the measured number, and whether it lies in the expected range.

    Args:
        name: what was measured, for example "test accuracy".
        value: the number measured on this machine.
        low, high: a range wide enough for other machines and other orders of the images.
    """
    return ReportInRange(name, float(value), low, high)


@dataclass(frozen=True)
class Estimate:
    """How many steps a training has, and how many seconds each takes on this machine."""

    steps: int
    seconds_per_step: float

    @property
    def seconds(self) -> float:
        """Seconds for all steps, without the start-up, which is already done."""
        return self.steps * self.seconds_per_step

    def __repr__(self) -> str:
        if outputs_are_stored():
            return f"{self.steps} steps; run this cell to see how long they take on your machine"
        return (
            f"{self.steps} steps at {self.seconds_per_step:.2f} s each: "
            f"about {duration(self.seconds)}"
        )


def estimate_training(
    model: keras.Model, X: np.ndarray, Y: np.ndarray, epochs: int, batch_size: int = 32
) -> Estimate:
    """How long `model.fit(X, Y, epochs, batch_size)` will take, from a few timed steps.

    Weights, BatchNorm's statistics and the optimizer's state are restored afterwards. The graph
    that the first step builds (5 to 20 s for ResNet-50) is kept, so that `fit` starts at once.

    Args:
        model: a compiled model.
        X, Y: the training images and labels, each of shape (m, ...).
        epochs, batch_size: as for `fit`.

    Raises:
        ValueError: the model is not compiled, or X and Y differ in length or are empty.
    """
    if not getattr(model, "compiled", False):
        raise ValueError("estimate_training: expected a compiled model. Call compile first.")
    if len(X) != len(Y) or not len(X):
        raise ValueError(
            f"estimate_training: expected one label for each image and at least one image, got "
            f"{len(X)} images and {len(Y)} labels."
        )
    create_variables(model, X, Y)
    optimizer = model.optimizer
    variables = [*model.variables, *optimizer.variables]
    before = [variable.numpy() for variable in variables]
    clock = _StepClock()
    few = np.resize(np.arange(len(X)), (1 + _TIMED_STEPS) * batch_size)
    try:
        with waiting("Building the graph and timing three steps"):
            model.fit(
                X[few],
                Y[few],
                batch_size=batch_size,
                epochs=1,
                shuffle=False,
                verbose=0,
                callbacks=[clock],
            )
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
    return Estimate(epochs * math.ceil(len(X) / batch_size), clock.seconds_per_step)


def create_variables(model: keras.Model, X: np.ndarray, Y: np.ndarray) -> None:
    """Create the variables of optimizer, metrics and loss, which `fit` would do in its first step.

    TensorFlow builds a graph that creates variables a second time, without them. If they exist
    before, it builds the graph once.

    Args:
        model: a compiled model.
        X, Y: training images and labels; only the first of each is used.
    """
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    x, y = X[:1], keras.ops.convert_to_tensor(Y[:1])
    prediction = model(x, training=False)
    model.compute_metrics(x, y, prediction)
    model.compute_loss(x, y, prediction)
    model.reset_metrics()


class _StepClock(keras.callbacks.Callback):
    """Seconds per step, without the first step, which builds the graph."""

    def on_train_batch_end(self, batch, logs=None):
        if batch == 0:
            self._started = time.monotonic()
        self.seconds_per_step = (time.monotonic() - self._started) / max(batch, 1)
