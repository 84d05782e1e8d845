"""Plots of measurements that were repeated with several seeds, and of functions of one number.

Who calls it: lessons 3, 7 and 8. Each function returns a figure with a description under it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.ticker import MaxNLocator

from resnets.plots.style import LINE_COLOURS, LINE_MARKERS, LessonFigure, new_figure, styled


@styled
def plot_bands(
    x: Sequence[float],
    values_by_name: Mapping[str, Sequence[Sequence[float]]],
    xlabel: str,
    ylabel: str,
    title: str,
    alt: str | None = None,
    log: bool = False,
) -> LessonFigure:
    """For each series the median over the seeds as a line, from lowest to highest as a band.

    Args:
        x: n whole numbers, such as epochs or depths; each of them gets a marker.
        values_by_name: for each series, and each of x, the values of all seeds.
        xlabel, ylabel: axis labels, with units.
        title: what to see.
        alt: replaces the usual description.
        log: whether the vertical axis is logarithmic.

    Raises:
        ValueError: a series is not as long as `x`.
    """
    fig = new_figure(8, 4)
    ax = fig.subplots()
    for i, (name, values) in enumerate(values_by_name.items()):
        if len(values) != len(x):
            raise ValueError(
                f"plot_bands: expected {len(x)} lists of values, one for each of x, got "
                f"{len(values)} for {name!r}."
            )
        colour = LINE_COLOURS[i % len(LINE_COLOURS)]
        ax.fill_between(
            x, [min(v) for v in values], [max(v) for v in values], color=colour, alpha=0.2, lw=0
        )
        marker = LINE_MARKERS[i % len(LINE_MARKERS)]
        size = 5 if len(x) <= 24 else 3
        medians = [np.median(v) for v in values]
        ax.plot(x, medians, color=colour, marker=marker, markersize=size, label=name)
    if log:
        ax.set_yscale("log")
    else:
        ax.set_ylim(bottom=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(x) <= 6:
        ax.set_xticks(x)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.set_title(title)
    fig.legend(loc="outside lower center", ncols=min(3, len(values_by_name)))
    counted = max((len(v) for values in values_by_name.values() for v in values), default=0)
    fig.alt = alt or (
        f"{title}. Line plot: {ylabel} over {xlabel} for {'; '.join(values_by_name)}. A line is "
        f"the median of up to {counted} measurements; its band shows lowest and highest."
    )
    return fig


@styled
def plot_dots(
    values_by_panel: Mapping[str, Mapping[str, Sequence[float]]],
    xlabel: str,
    title: str,
    alt: str | None = None,
) -> LessonFigure:
    """A row for each variant, with a dot for each seed and a line at the median.

    Args:
        values_by_panel: for each panel, by its title, the values of all seeds for each variant;
            all panels have the same variants.
        xlabel: the horizontal axis's label, with units; the axis begins at 0.
        title: what to see.
        alt: replaces the usual description.
    """
    variants = list(next(iter(values_by_panel.values())))
    fig = new_figure(8, 0.5 * len(variants) + 1.6)
    axes = fig.subplots(1, len(values_by_panel), sharex=True, sharey=True, squeeze=False)[0]
    for ax, (name, by_variant) in zip(axes, values_by_panel.items(), strict=True):
        for row, values in enumerate(by_variant.values()):
            colour = LINE_COLOURS[row % len(LINE_COLOURS)]
            ax.plot(values, [row] * len(values), "o", color=colour, alpha=0.6)
            ax.vlines(np.median(values), row - 0.3, row + 0.3, color=colour)
        ax.set_title(name, fontweight="normal")
        ax.set_xlim(left=0)
    axes[0].set_yticks(range(len(variants)), variants)
    axes[0].invert_yaxis()
    fig.supxlabel(xlabel, fontsize="medium")
    fig.set_title(title)
    medians = "; ".join(
        f"{name}: {', '.join(f'{v} {np.median(values):.3g}' for v, values in by_variant.items())}"
        for name, by_variant in values_by_panel.items()
    )
    fig.alt = alt or (
        f"{title}. A row of dots for each variant, one dot for each seed, and a line at the "
        f"median: {xlabel}. Medians: {medians}."
    )
    return fig


@styled
def plot_functions(
    x: np.ndarray,
    values_by_name: Mapping[str, np.ndarray],
    xlabel: str,
    ylabel: str,
    title: str,
    alt: str | None = None,
) -> LessonFigure:
    """Functions of one number, one panel for each, in units of their standard deviation.

    Args:
        x: n numbers in rising order.
        values_by_name: for each panel the function's n values.
        xlabel: the horizontal axis's label, with units.
        ylabel: what the functions are, without units.
        title: what to see.
        alt: replaces the usual description.
    """
    fig = new_figure(8, 1.25 * len(values_by_name) + 0.9)
    axes = fig.subplots(len(values_by_name), 1, sharex=True, squeeze=False)[:, 0]
    for i, (ax, (name, values)) in enumerate(zip(axes, values_by_name.items(), strict=True)):
        colour = LINE_COLOURS[i % len(LINE_COLOURS)]
        ax.plot(x, (values - values.mean()) / values.std(), color=colour, linewidth=1.2)
        ax.set_ylim(-3.5, 3.5)
        ax.set_title(name, fontweight="normal", pad=3)
    axes[-1].set_xlabel(xlabel)
    fig.supylabel(f"{ylabel} (standard deviations from its mean)", fontsize="medium")
    fig.set_title(title)
    fig.alt = alt or (
        f"{title}. {len(values_by_name)} line plots, one above the other: {ylabel} over {xlabel}, "
        f"in standard deviations from its mean, for {'; '.join(values_by_name)}."
    )
    return fig
