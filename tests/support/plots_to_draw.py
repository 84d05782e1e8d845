"""The figures of `resnets/plots`, each with an example: what the stored drawings show."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from unittest import mock

import numpy as np
from PIL import Image

import resnets_utils as utils
from resnets.plots.bars import plot_bars, plot_moving_averages
from resnets.plots.curves import plot_curves, plot_positions
from resnets.plots.image_grid import show_images
from resnets.plots.model_diagram import ModelDiagram, model_diagram
from resnets.plots.model_input import show_input
from resnets.plots.predictions import (
    plot_confusion,
    plot_gradcam,
    plot_live_answer,
    plot_probabilities,
)
from resnets.plots.seeds import plot_bands, plot_dots, plot_functions
from resnets.plots.style import LessonFigure

import keras  # isort: skip - after the course's modules, which load TensorFlow quietly

_STEPS = np.linspace(0, 1, 64)
RAMP = np.stack(np.broadcast_arrays(_STEPS[:, None], _STEPS, 0.2), axis=-1).astype("float32")
"""An image whose corners have different colours."""
IMAGES = (255 * np.stack([RAMP, RAMP[::-1], RAMP[:, ::-1], RAMP[::-1, ::-1]])).astype("uint8")
HEAT = np.add.outer(np.arange(8.0), np.arange(8.0)) / 14
PROBABILITIES = np.array([0.02, 0.03, 0.85, 0.05, 0.03, 0.02])
_HISTORY = {
    "loss": [3.0, 1.0, 0.4],
    "accuracy": [0.3, 0.6, 0.9],
    "val_loss": [2, 13, 5],
    "val_accuracy": [0.1, 0.2, 0.5],
}
_NORMS = {
    "sigmoid": 10.0 ** -np.arange(1, 9),
    "ReLU": [1, 0.5, 0, 0.2],
    "ReLU, He": [1e3, 1e2, 1e1, 1],
}
_COUNTS = np.array([[18, 1, 0], [3, 9, 6], [0, 0, 20]])
_CURVES = {"plain": [3.0, 1.0, 0.0], "residual": [4.0, 2.0, 0.5], "wide": [0.1, 0.01, 0.001]}
_SEEDS = {"plain": [[1.0, 3.0, 2.0], [4.0, 6.0]], "residual": [[0.5], [0.25]]}
_DOTS = {
    "new people": {"plain": [40, 50, 60], "both": [90, 91, 86]},
    "rooms": {"plain": [20, 22, 30], "both": [33, 31, 40]},
}
_WAVES = {"10 layers": np.sin(6 * _STEPS), "50 layers": np.sin(40 * _STEPS) + _STEPS}
_ACCURACIES = {
    "moving": {"training": 0.1, "test": 0.2},
    "re-estimated": {"training": 0.6, "test": 0.4},
}
_USED = {"stride 2": np.arange(15).reshape(3, 5) % 2 == 0, "stride 1": np.ones((2, 2), bool)}


def _photograph() -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.concatenate([IMAGES[0], IMAGES[1]])).save(file, "PNG")
    return file.getvalue()


def _diagram() -> ModelDiagram:
    """The course's own diagram of a network with shortcuts: one side by side with another."""
    start = keras.Input((8, 8, 3), name="image")
    x = keras.layers.Conv2D(4, 3, padding="same", name="stem")(start)
    y = keras.layers.BatchNormalization(name="norm")(x)
    y = keras.layers.Add(name="inner")([keras.layers.ReLU(name="relu")(y), y])
    y = keras.layers.Add(name="outer")([y, x])
    y = keras.layers.Flatten(name="a_layer_with_a_name_that_is_too_long_for_its_box")(y)
    model = keras.Model(start, keras.layers.Dense(6, name="classes")(y), name="small")
    with mock.patch.dict(os.environ, PYTEST_CURRENT_TEST="drawn"):  # without Graphviz
        return model_diagram(model)


PLOTS: dict[str, Callable[[], LessonFigure | ModelDiagram]] = {
    "diagram": _diagram,
    "bars": lambda: plot_bars(
        {"weights": [1, 20, 3], "values": [4, 5, 6.5]}, [2, 3, 4], "stage", "share (%)", "Bars"
    ),
    "bars-of-one": lambda: plot_bars({"a": [0.1, 0.25]}, "xy", "set", "share", "One", fmt=".0%"),
    "moving-averages": lambda: plot_moving_averages(
        _ACCURACIES, (0.9, 0.99), {"2 epochs": 68, "20 epochs": 680}
    ),
    "curves": lambda: plot_curves([8, 16, 24], _CURVES, "layers", "loss", "Curves"),
    "curves-log": lambda: plot_curves([8, 16, 24], _CURVES, "layers", "loss", "Logs", log=True),
    "positions": lambda: plot_positions(_USED, "Positions"),
    "images": lambda: show_images(IMAGES, [4, 5, 1, 0], predicted=[4, 0, 1, 0], columns=3),
    "images-guessed": lambda: show_images(IMAGES[:2] / 255, predicted=[1, 2], title="Guesses"),
    "input": lambda: show_input(_photograph()),
    "confusion": lambda: plot_confusion(_COUNTS, ["a", "b", "c"]),
    "probabilities": lambda: plot_probabilities(PROBABILITIES, range(6)),
    "gradcam": lambda: plot_gradcam(RAMP, HEAT),
    "live-answer": lambda: plot_live_answer(IMAGES[0], HEAT, PROBABILITIES),
    "bands": lambda: plot_bands([8, 56], _SEEDS, "layers", "loss", "Bands"),
    "bands-log": lambda: plot_bands([8, 56], _SEEDS, "layers", "loss", "Bands", log=True),
    "dots": lambda: plot_dots(_DOTS, "accuracy (%)", "Dots"),
    "functions": lambda: plot_functions(_STEPS, _WAVES, "distance", "gradient", "Waves"),
    "gradient-norms": lambda: utils.plot_gradient_norms(_NORMS),
    "history": lambda: utils.plot_history(_HISTORY),
    "history-of-training": lambda: utils.plot_history({"loss": [2.0, 1.0, 0.5, 0.4]}),
}
