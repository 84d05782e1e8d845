"""The line plots and position grids of lessons 1 to 3 show the given numbers."""

from __future__ import annotations

import numpy as np
import pytest

from resnets.plots.curves import plot_curves, plot_positions

SERIES = {"plain": [3.0, 0.0, 1.0], "residual": [4.0, 2.0, 0.5]}
USED = np.array([[True, False, True], [False, False, False]])


def _curves(**more):
    return plot_curves([8, 16, 24], SERIES, "depth (layers)", "loss", "What to see", **more)


def test_lines_hold_the_values():
    ax = _curves().axes[0]
    for line, (name, values) in zip(ax.lines, SERIES.items(), strict=True):
        assert line.get_label() == name
        assert list(line.get_xdata()) == [8, 16, 24] and list(line.get_ydata()) == values
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("depth (layers)", "loss")
    assert ax.get_title(loc="left") == "What to see" and ax.get_ylim()[0] == 0


def test_lines_differ_without_colour():
    markers = [line.get_marker() for line in _curves().axes[0].lines]
    assert len(set(markers)) == len(SERIES) and "None" not in markers


def test_a_logarithmic_axis_leaves_out_zero():
    ax = _curves(log=True).axes[0]
    assert ax.get_yscale() == "log"
    assert np.isnan(ax.lines[0].get_ydata()).tolist() == [False, True, False]


def test_curves_are_described_in_words():
    assert _curves().alt == "What to see. Line plot: loss over depth (layers) for plain; residual."
    assert _curves(alt="my own words").alt == "my own words"


def test_every_series_needs_a_value_for_each_x():
    with pytest.raises(ValueError, match="expected 2 values.*got 3 for 'plain'"):
        plot_curves([8, 16], SERIES, "depth (layers)", "loss", "What to see")


def test_grids_show_and_count_the_used_positions():
    figure = plot_positions({"stride 2": USED, "stride 1": ~USED}, "What to see")
    first, second = figure.axes
    shown = first.collections[0].get_array().reshape(USED.shape)
    assert (shown[USED] == shown.max()).all() and (shown[~USED] == shown.min()).all()
    assert first.get_title(loc="left") == "stride 2\n2 of 6 used"
    assert second.get_title(loc="left") == "stride 1\n4 of 6 used"
    assert first.yaxis_inverted()  # row 0 is at the top, as in an image


def test_grids_are_described_in_words():
    alt = plot_positions({"stride 2": USED}, "What to see").alt
    assert "What to see" in alt and "stride 2, 2 of 6" in alt
