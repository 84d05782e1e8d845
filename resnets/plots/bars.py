"""Plots that compare a few numbers: bars side by side, and what a moving average remembers.

Who calls it: lessons 4 to 6. Each function returns a figure with a description under it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from resnets.plots.style import BLUE, GREY, LINE_COLOURS, ORANGE, LessonFigure, new_figure, styled

_LONGEST = 3000  # steps on the axis of the moving averages


@styled
def plot_bars(
    values_by_name: Mapping[str, Sequence[float]],
    places: Sequence,
    xlabel: str,
    ylabel: str,
    title: str,
    alt: str | None = None,
    fmt: str = ".3g",
) -> LessonFigure:
    """Groups of bars, with a bar for each series in every group.

    Args:
        values_by_name: for each series a value for each group.
        places: what is written under each group.
        xlabel, ylabel: axis labels, with units.
        title: what to see.
        alt: replaces the usual description.
        fmt: how the number on a bar is written.

    Raises:
        ValueError: a series is not as long as `places`.
    """
    for name, values in values_by_name.items():
        if len(values) != len(places):
            raise ValueError(
                f"plot_bars: expected {len(places)} values, one for each group, got "
                f"{len(values)} for {name!r}."
            )
    fig = new_figure(7, 3.4)
    ax = fig.subplots()
    width = 0.8 / len(values_by_name)
    for i, (name, values) in enumerate(values_by_name.items()):
        centres = np.arange(len(places)) + (i - (len(values_by_name) - 1) / 2) * width
        colour = LINE_COLOURS[i % len(LINE_COLOURS)]
        bars = ax.bar(centres, values, width * 0.94, color=colour, label=name)
        ax.bar_label(bars, [f"{value:{fmt}}" for value in values], padding=2, fontsize=10)
    ax.set_xticks(range(len(places)), list(map(str, places)))
    ax.grid(axis="x", visible=False)
    ax.margins(y=0.12)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.set_title(title)
    if len(values_by_name) > 1:
        fig.legend(loc="outside lower center", ncols=3)
    fig.alt = alt or (
        f"Bar chart: {ylabel} of {', '.join(values_by_name)} for each {xlabel}. {title}."
    )
    return fig


@styled
def plot_moving_averages(
    accuracies: Mapping[str, Mapping[str, float]],
    momenta: Sequence[float] = (0.9, 0.99, 0.999),
    steps: Mapping[str, int] | None = None,
    alt: str | None = None,
) -> LessonFigure:
    """Left: what is left of a moving average's first value. Right: accuracy by statistics.

    Args:
        accuracies: for each kind of BatchNorm statistics the accuracy on each set of images,
            such as {"re-estimated": {"training": 0.5, "test": 0.3}}.
        momenta: each gives a curve, momentum ** steps.
        steps: numbers of steps to mark, by name, for example {"2 epochs": 68}.
        alt: replaces the usual description.
    """
    fig = new_figure(9.4, 4.4)
    left, right = fig.subplots(1, 2, width_ratios=(1, 1))
    _draw_memory(left, momenta, steps or {})
    _draw_accuracies(right, accuracies)
    fig.alt = alt or (
        "Left, a line plot: the share of the initial value in a moving average, falling from 1 to "
        f"0 with the number of steps, for momentum {', '.join(map(str, momenta))}. Right, a bar "
        f"chart: accuracy of the same weights with {len(accuracies)} kinds of statistics: "
        f"{'; '.join(accuracies)}."
    )
    return fig


def _draw_accuracies(ax, accuracies: Mapping[str, Mapping[str, float]]) -> None:
    sets = list(dict.fromkeys(name for row in accuracies.values() for name in row))
    height = 0.8 / len(sets)
    for i, name in enumerate(sets):
        colour = (BLUE, ORANGE, GREY)[i % 3]
        centres = np.arange(len(accuracies)) + (i - (len(sets) - 1) / 2) * height
        values = [row[name] for row in accuracies.values()]
        bars = ax.barh(centres, values, height * 0.92, color=colour, label=f"{name} images")
        ax.bar_label(bars, [f"{value:.2f}" for value in values], padding=4, fontsize=10)
    ax.set_yticks(range(len(accuracies)), list(accuracies))
    ax.invert_yaxis()
    ax.set_xlim(0, 1.12)
    ax.set_xticks(np.linspace(0, 1, 6))
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("accuracy")
    ax.set_title("The same weights, other statistics")
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.16), ncols=2, fontsize=10)


def _draw_memory(ax, momenta: Sequence[float], steps: Mapping[str, int]) -> None:
    n = np.geomspace(1, _LONGEST, 300)
    for i, momentum in enumerate(momenta):
        colour = LINE_COLOURS[i % len(LINE_COLOURS)]
        ax.plot(n, momentum**n, color=colour, label=f"momentum {momentum}")
        for count in steps.values():
            ax.plot(count, momentum**count, "o", color=colour)
    for name, count in steps.items():
        ax.axvline(count, color=GREY, linewidth=1, linestyle="--")
        ax.text(count, 1.04, name, ha="center", color=GREY, fontsize=10, backgroundcolor="white")
    ax.set_xscale("log")
    ax.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    ax.set_ylim(0, 1.12)
    ax.set_xlabel("training steps (log scale)")
    ax.set_ylabel("share of the initial value")
    ax.set_title("What a moving average remembers")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize=10)
