"""Lesson 4's network builder: what blocks, filters and the image's size cost.

Who calls it: lesson 4. Parameters, multiplications and memory are counted; the time is measured, by
running every convolution once. All four stand on one logarithmic scale, on which ResNet-50 is 1.
"""

from __future__ import annotations

import functools
import math
import time

import numpy as np
import tensorflow as tf
from matplotlib.ticker import NullLocator

from resnets.plots.style import BLUE, GREY, LINE_COLOURS, LessonFigure, new_figure, styled
from resnets.sizes import BLOCKS, Convolution, NetworkSizes
from resnets.training.stored import outputs_are_stored
from resnets.widgets.movable import Control, movable

_COUNTS = (1, 2, 3, 4, 5, 6, 7, 8)
_LONG = 0.2  # seconds: a slower forward pass is measured only once, so that the figure follows
_fastest: dict[NetworkSizes, float] = {}


def explore_network() -> None:
    """Show the network builder: six controls, and a figure of what such a network costs."""
    controls = {
        f"stage{stage}": Control(_COUNTS, count, f"blocks in stage {stage}")
        for stage, count in enumerate(BLOCKS, start=2)
    }
    controls["filters"] = Control((16, 32, 48, 64, 80, 96), 64, "filters in stage 2")
    controls["size"] = Control((32, 48, 64, 96, 128, 160), 64, "rows of the image")
    movable(_draw, controls)


def _draw(
    stage2: int, stage3: int, stage4: int, stage5: int, filters: int, size: int
) -> LessonFigure:
    sizes = NetworkSizes((stage2, stage3, stage4, stage5), filters, size)
    forward_seconds(NetworkSizes())
    seconds = forward_seconds(sizes)
    return plot_network(sizes, seconds, _fastest[NetworkSizes()])


@styled
def plot_network(sizes: NetworkSizes, seconds: float, usual: float) -> LessonFigure:
    """A figure of a network's costs: left for each stage, right in comparison with ResNet-50.

    Args:
        sizes: the network.
        seconds: how long its forward pass takes.
        usual: how long that of ResNet-50 takes.
    """
    fig = new_figure(9, 3.4)
    left, right = fig.subplots(1, 2, width_ratios=[1, 1.2])
    _draw_stages(left, sizes)
    ratios = _draw_comparison(right, sizes, seconds, usual)
    works = sizes.last_size >= 2
    size = f"stage 5 has {sizes.last_size} × {sizes.last_size} positions"
    title = f"{sizes.depth} layers" if works else "this network cannot be built"
    right.set_title(title)
    note = size if works else f"{size}; the average pooling needs 2 × 2: choose a larger image"
    fig.supxlabel(note, fontsize="medium")
    fig.alt = f"{title}; {note}. Compared with ResNet-50: {ratios}."
    return fig


def _draw_stages(ax, sizes: NetworkSizes) -> None:
    stages = np.arange(1, 6)
    for i, (name, of) in enumerate(
        (
            ("weights", lambda layer: layer.weights),
            ("multiplications", lambda layer: layer.multiplications),
        )
    ):
        sums = [sum(of(a) for a in sizes.convolutions if a.stage == stage) for stage in stages]
        ax.bar(stages + 0.4 * i - 0.2, sums, 0.38, color=LINE_COLOURS[i], label=name)
    ax.set_yscale("log")
    ax.set_ylim(1e3, 1e11)
    ax.yaxis.set_minor_locator(NullLocator())  # minor ticks take half of the time to draw
    ax.set_xticks(stages)
    ax.grid(axis="x", visible=False)
    ax.set_xlabel("stage")
    ax.set_ylabel("number (log scale)")
    ax.set_title("Each stage of your network")
    ax.legend(loc="upper left", ncols=2, fontsize=9)


def _draw_comparison(ax, sizes: NetworkSizes, seconds: float, usual: float) -> str:
    """Draw the four costs as shares of ResNet-50's; return them in words."""
    standard = NetworkSizes()
    rows = [
        ("parameters", sizes.parameters / standard.parameters, _short(sizes.parameters)),
        (
            "multiplications",
            sizes.multiplications / standard.multiplications,
            _short(sizes.multiplications),
        ),
        ("memory", sizes.memory / standard.memory, f"{sizes.memory / 1e6:,.0f} MB"),
        ("time", seconds / usual, f"{1000 * seconds:.0f} ms"),
    ]
    for place, (_, ratio, words) in enumerate(rows):
        ax.barh(place, ratio - 0.01, left=0.01, color=BLUE)
        ax.text(ratio * 1.15, place, words, va="center")
    ax.axvline(1, color=GREY, linestyle="--")
    ax.set_xscale("log")
    ax.set_xlim(0.01, 300)
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_yticks(range(len(rows)), [name for name, _, _ in rows])
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("compared with ResNet-50 (dashed, log scale)")
    told = rows[:-1] if outputs_are_stored() else rows  # a time differs from machine to machine
    return ", ".join(f"{name} {words}, {ratio:.2g} times" for name, ratio, words in told)


def _short(count: float) -> str:
    for limit, word in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if count >= limit:
            return f"{count / limit:.3g} {word}"
    return f"{count:.0f}"


def forward_seconds(sizes: NetworkSizes) -> float:
    """How long one forward pass takes: every convolution with its BatchNorm and ReLU, one image.

    The convolutions of one shape share their numbers, so that no more memory is needed than for a
    few of them. All numbers are 0; the time is the same as for others. The shortest of all times
    so far counts, because other programs can only make it longer.
    """
    seconds = min(_run_all(sizes.convolutions), _fastest.get(sizes, math.inf))
    if seconds < _LONG:
        seconds = min(seconds, _run_all(sizes.convolutions))
    _fastest[sizes] = seconds
    return seconds


def _run_all(convolutions: list[Convolution]) -> float:
    prepared = [_prepared(layer) for layer in convolutions]
    start = time.perf_counter()
    for layer, (x, kernel, scale) in zip(convolutions, prepared, strict=True):
        y = tf.nn.conv2d(x, kernel, layer.stride, "SAME" if layer.same else "VALID")
        y = tf.nn.relu(y * scale + scale)
    _ = y.numpy()
    return time.perf_counter() - start


@functools.lru_cache(maxsize=100)
def _prepared(layer: Convolution) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    x = tf.zeros((1, layer.size, layer.size, layer.inputs))
    kernel = tf.zeros((layer.kernel, layer.kernel, layer.inputs, layer.filters))
    tf.nn.conv2d(x, kernel, layer.stride, "SAME" if layer.same else "VALID")  # the first is slow
    return x, kernel, tf.zeros(layer.filters)
