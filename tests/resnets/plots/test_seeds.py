"""Bands hold all seeds, and functions of one number are drawn in panels."""

from __future__ import annotations

import numpy as np
import pytest

from resnets.plots.seeds import plot_bands, plot_dots, plot_functions

SEEDS = {"plain": [[1.0, 3.0, 2.0], [4.0, 6.0]], "residual": [[0.5], [0.25]]}


def _bands(**more):
    return plot_bands([8, 56], SEEDS, "layers", "loss", "What to see", **more)


def test_a_line_is_the_median_and_the_band_reaches_from_lowest_to_highest():
    ax = _bands().axes[0]
    assert [list(line.get_ydata()) for line in ax.lines] == [[2, 5], [0.5, 0.25]]
    corners = ax.collections[0].get_paths()[0].vertices
    assert {(8, 1), (8, 3), (56, 4), (56, 6)} <= set(map(tuple, corners))
    assert list(ax.get_xticks()) == [8, 56]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("layers", "loss")
    assert ax.get_title(loc="left") == "What to see" and ax.get_ylim()[0] == 0
    assert _bands(log=True).axes[0].get_yscale() == "log"


def test_bands_are_described_in_words():
    alt = _bands().alt
    assert "loss over layers for plain; residual" in alt and "up to 3 measurements" in alt
    assert _bands(alt="my own words").alt == "my own words"


def test_every_series_needs_values_for_each_x():
    with pytest.raises(ValueError, match="expected 3 lists of values.*got 2 for 'plain'"):
        plot_bands([8, 20, 56], SEEDS, "layers", "loss", "What to see")


def test_functions_are_drawn_one_below_the_other_in_their_own_scale():
    x = np.linspace(0, 1, 5)
    functions = {"small": x / 1000, "large": 10 - 20 * x}
    figure = plot_functions(x, functions, "input", "slope", "What to see")
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["small", "large"]
    small, large = (ax.lines[0].get_ydata() for ax in figure.axes)
    assert np.allclose(small, -large) and np.std(small) == pytest.approx(1)
    assert figure.axes[-1].get_xlabel() == "input"
    assert "slope over input" in figure.alt and "small; large" in figure.alt


def test_every_seed_is_a_dot_in_the_row_of_its_variant():
    panels = {
        "new people": {"plain": [50, 60, 40], "both": [90]},
        "rooms": {"plain": [20], "both": [30]},
    }
    figure = plot_dots(panels, "read correctly (%)", "What to see")
    people, rooms = figure.axes
    assert [list(line.get_xdata()) for line in people.lines] == [[50, 60, 40], [90]]
    assert [set(line.get_ydata()) for line in people.lines] == [{0}, {1}]
    medians = [lines.get_segments()[0][0][0] for lines in people.collections]
    assert medians == [50, 90] and rooms.get_xlim()[0] == 0
    assert [label.get_text() for label in people.get_yticklabels()] == ["plain", "both"]
    assert "new people: plain 50, both 90; rooms: plain" in figure.alt
