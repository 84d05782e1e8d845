"""Every figure of the lessons is drawn as it is stored: sizes, places, colours, words and order."""

from __future__ import annotations

import importlib
import inspect

import numpy as np
import pytest

from resnets import plots
from resnets.plots.curves import plot_curves
from resnets.plots.style import LessonFigure
from tests.support import plots_to_draw
from tests.support.drawings import (
    COMMAND,
    FOLDER,
    as_text,
    difference_from_stored,
    first_difference,
)
from tests.support.plots_to_draw import PLOTS
from tests.support.widgets_to_draw import WIDGETS


@pytest.mark.parametrize("name", PLOTS)
def test_figure_is_drawn_as_stored(name, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # as a learner sees it
    difference = difference_from_stored(name, PLOTS[name]())
    assert difference is None, f"{name}, {difference}\nIf that is meant: {COMMAND}"


def test_every_stored_drawing_is_compared():
    assert {path.stem for path in FOLDER.glob("*.svg")} == {*PLOTS, *WIDGETS}


def test_every_plot_has_a_drawing():
    modules = [importlib.import_module(f"resnets.plots.{name}") for name in plots.__all__]
    drawn = {
        name
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
        if inspect.signature(function).return_annotation == LessonFigure.__name__
    }
    assert len(drawn) > 12
    source = inspect.getsource(plots_to_draw)
    assert {name for name in drawn if f"{name}(" not in source} == {"new_figure"}


def _curve(**changes):
    figure = plot_curves([1, 2], {"a": [1, 2]}, "x", "y", "Title")
    for name, value in changes.items():
        getattr(figure.axes[0].lines[0], f"set_{name}")(value)
    return as_text(figure)


@pytest.mark.parametrize(
    "changes",
    [
        {"linewidth": 3},
        {"color": "red"},
        {"marker": "s"},
        {"alpha": 0.5},
        {"ydata": [1, 1.97]},
        {"zorder": 0},
    ],
)
def test_a_changed_figure_is_noticed(changes):
    assert first_difference(_curve(), _curve(**changes)) is not None


def test_a_fraction_of_a_pixel_is_no_difference():
    assert first_difference(_curve(), _curve(ydata=[1, 2 - 1e-4])) is None


def test_another_image_is_noticed():
    images = np.zeros((1, 8, 8, 3), "uint8")
    other = images.copy()
    other[0, 4:, 4:] = 9
    texts = [as_text(plots_to_draw.show_images(values, title="T")) for values in (images, other)]
    assert first_difference(*texts) is not None
