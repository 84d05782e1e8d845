"""Plots of numbers along an axis, and of the positions of an image that are used.

Who calls it: lessons 1 to 3, 7 and 8. Each function returns a figure with a description under it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from resnets.plots.style import (
    COLOUR_MAP,
    LINE_COLOURS,
    LINE_MARKERS,
    LessonFigure,
    new_figure,
    styled,
)

_USED, _UNUSED = 0.6, 0.05  # where on the colour map


@styled
def plot_curves(
    x: Sequence[float] | np.ndarray,
    values_by_name: Mapping[str, Sequence[float] | np.ndarray],
    xlabel: str,
    ylabel: str,
    title: str,
    alt: str | None = None,
    log: bool = False,
) -> LessonFigure:
    """A line for each series over a common axis.

    Args:
        x: n whole numbers, such as epochs or depths.
        values_by_name: for each series n values; with `log`, a value of 0 is left out.
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
        values = np.asarray(values, dtype=float)
        if len(values) != len(x):
            raise ValueError(
                f"plot_curves: expected {len(x)} values, one for each of x, got {len(values)} "
                f"for {name!r}."
            )
        colour, marker = LINE_COLOURS[i % len(LINE_COLOURS)], LINE_MARKERS[i % len(LINE_MARKERS)]
        shown = np.where(values > 0, values, np.nan) if log else values
        ax.plot(x, shown, color=colour, marker=marker, label=name)
    if log:
        ax.set_yscale("log")
    else:
        ax.set_ylim(bottom=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.set_title(title)
    fig.legend(loc="outside lower center", ncols=min(3, len(values_by_name)))
    fig.alt = alt or f"{title}. Line plot: {ylabel} over {xlabel} for {'; '.join(values_by_name)}."
    return fig


@styled
def plot_positions(
    used_by_name: Mapping[str, np.ndarray], title: str, alt: str | None = None
) -> LessonFigure:
    """The positions of an image that take part in a result, as a small grid for each result.

    Args:
        used_by_name: for each grid a boolean array of shape (height, width).
        title: what to see.
        alt: replaces the usual description.
    """
    fig = new_figure(2.9 * len(used_by_name), 3.9)
    fig.get_layout_engine().set(h_pad=0.12)
    axes = fig.subplots(1, len(used_by_name), squeeze=False)[0]
    for ax, (name, used) in zip(axes, used_by_name.items(), strict=True):
        used = np.asarray(used, dtype=bool)
        ax.pcolormesh(
            np.where(used, _USED, _UNUSED),
            cmap=COLOUR_MAP,
            vmin=0,
            vmax=1,
            edgecolors="white",
            linewidth=1,
        )
        ax.set_aspect("equal")
        ax.invert_yaxis()
        ax.grid(False)
        ax.set_xticks([0, used.shape[1]])
        ax.set_yticks([0, used.shape[0]])
        ax.set_xlabel("column (pixels)")
        ax.set_title(f"{name}\n{used.sum()} of {used.size} used", fontweight="normal")
    axes[0].set_ylabel("row (pixels)")
    colours = {"used": _USED, "never used": _UNUSED}
    handles = [Patch(color=colormaps[COLOUR_MAP](at), label=name) for name, at in colours.items()]
    fig.legend(handles=handles, loc="outside lower center", ncols=2)
    fig.set_title(title)
    counts = "; ".join(
        f"{name}, {np.sum(used)} of {np.size(used)}" for name, used in used_by_name.items()
    )
    fig.alt = alt or f"{title}. Grids of positions, the used ones in green: {counts}."
    return fig
