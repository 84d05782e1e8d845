"""The bar plots of lessons 4 and 5: heights, labels and descriptions."""

from __future__ import annotations

import pytest

from resnets.plots.bars import plot_bars, plot_moving_averages


def _plot(values):
    return plot_bars(values, [1, 2, 3], "stage", "share (%)", "What to see")


def test_bars_have_the_height_of_the_values():
    ax = _plot({"a": [1, 2, 3], "b": [4, 5, 6]}).axes[0]
    assert [bar.get_height() for bar in ax.patches] == [1, 2, 3, 4, 5, 6]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("stage", "share (%)")
    assert ax.get_title(loc="left") == "What to see"


def test_bars_of_a_group_do_not_overlap():
    bars = sorted(_plot({"a": [1, 2, 3], "b": [4, 5, 6]}).axes[0].patches, key=lambda b: b.get_x())
    for left, right in zip(bars, bars[1:], strict=False):
        assert left.get_x() + left.get_width() <= right.get_x() + 1e-9


def test_bars_are_described_in_words():
    alt = _plot({"weights": [1, 2, 3]}).alt
    assert "weights" in alt and "stage" in alt and "What to see" in alt


def test_bars_need_a_value_for_each_group():
    with pytest.raises(ValueError, match="expected 3 values.*got 2 for 'a'"):
        _plot({"a": [1, 2]})


def test_moving_average_forgets_as_a_power_of_the_steps():
    figure = plot_moving_averages({"moving": {"test": 0.2}}, (0.99,), {"2 epochs": 68})
    curve, mark = figure.axes[0].lines[:2]
    for n, share in zip(curve.get_xdata(), curve.get_ydata(), strict=True):
        assert share == pytest.approx(0.99**n)
    assert mark.get_ydata()[0] == pytest.approx(0.505, abs=5e-4)


def test_accuracies_are_drawn_by_statistics_and_by_set():
    accuracies = {
        "moving": {"training": 0.1, "test": 0.2},
        "re-estimated": {"training": 0.6, "test": 0.4},
    }
    figure = plot_moving_averages(accuracies)
    ax = figure.axes[1]
    assert [bar.get_width() for bar in ax.patches] == [0.1, 0.6, 0.2, 0.4]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(accuracies)
    assert "moving; re-estimated" in figure.alt


def test_description_does_not_depend_on_the_accuracies():
    first, second = (plot_moving_averages({"moving": {"test": a}}).alt for a in (0.1, 0.2))
    assert first == second
