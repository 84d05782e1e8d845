"""A figure's values are said in words, an image has a frame, and an empty map is told."""

from __future__ import annotations

import base64
import io

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

import resnets_utils as utils
from resnets.plots.values import values_in_words

WHITE = np.full((2, 64, 64, 3), 255, np.uint8)


def shown(figure, monkeypatch) -> str:
    """The HTML that a learner's notebook gets."""
    data = []
    monkeypatch.setattr("resnets.plots.style.outputs_are_stored", lambda: False)
    monkeypatch.setattr("IPython.display.display", lambda bundle, **_: data.append(bundle))
    figure._ipython_display_()
    (bundle,) = data
    return bundle["text/html"]


def test_bars_are_listed_with_their_values(monkeypatch):
    rows = {"weights": [10, 90], "work": [60, 40]}
    figure = utils.plot_bars(rows, ["first", "last"], "stage", "share (%)", "Two stages")
    assert "weights: first 10, last 90. work: first 60, last 40." in figure.description()
    html = shown(figure, monkeypatch)
    assert 'class="lesson-plot" alt="' in html and "first 60" in html


def test_bars_without_a_name_are_listed_without_one():
    figure = Figure()
    figure.subplots().bar(["one", "two"], [3, 4])
    assert values_in_words(figure) == "one 3, two 4."


def test_a_line_is_told_by_its_ends_and_extremes():
    figure = utils.plot_curves(
        [1, 2, 3, 4], {"loss": [1.0, 0.5, 2.0, 1.5]}, "epoch", "loss", title="Loss"
    )
    words = "loss: from 1 at 1 to 1.5 at 4, lowest 0.5 at 2, highest 2 at 3."
    assert words in figure.description()


def test_stored_outputs_hold_the_description_without_values(monkeypatch):
    bundles = []
    monkeypatch.setattr("resnets.plots.style.outputs_are_stored", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda bundle, **_: bundles.append(bundle))
    figure = utils.plot_bars({"a": [10, 90]}, ["first", "last"], "x", "y", "Title")
    figure._ipython_display_()
    assert "first 10" in figure.description()
    assert bundles and "first 10" not in str(bundles)
    assert bundles[-1]["text/plain"] == figure.alt


def test_a_white_image_has_a_frame(monkeypatch):
    html = shown(utils.show_images(WHITE, [1, 2]), monkeypatch)
    assert 'class="lesson-images"' in html
    source = html.split("base64,")[1].split('"')[0]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(source))).convert("L"))
    rows = np.flatnonzero((pixels < 200).mean(axis=1) > 0.5)
    assert len(rows) >= 2  # the upper and the lower edge


def test_a_map_without_anything_for_the_class_says_so():
    figure = utils.plot_gradcam(WHITE[0], np.zeros((8, 8)))
    assert "nothing in this layer" in figure.axes[1].get_title(loc="left")
    assert "purple everywhere" in figure.alt
    some = utils.plot_gradcam(WHITE[0], np.eye(8))
    assert "yellow" in some.axes[1].get_title(loc="left")
