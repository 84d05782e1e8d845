"""`receptive_field`: its reference, its mistakes, and the layers that it is asked about."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grading.catalogue.distinct_draws import until_distinct
from grading.catalogue.entry import Numbers
from grading.catalogue.receptive_field_mistakes import MISTAKES
from grading.catalogue.receptive_field_reference import clip, one_layer_back, reference


def _stored(
    layers: list, position: list[int], size: int
) -> tuple[str, Callable[[], dict[str, object]]]:
    """Return the title of a call, from which a learner can repeat it, and its arguments' maker."""
    draw = {"layers": layers, "position": position, "size": size}
    title = "layers = {layers}, position = {position} and size = {size}"
    return title.format(**_arguments(draw)), lambda: _arguments(draw)


def _arguments(draw: dict) -> dict[str, object]:
    """Return the arguments with tuples where the lesson has them."""
    return {
        "layers": [tuple(layer) for layer in draw["layers"]],
        "position": tuple(draw["position"]),
        "size": draw["size"],
    }


def _draw(rng: np.random.Generator) -> list[dict]:
    """Draw a window inside the image, and one that reaches over its upper and right edge."""
    return [_window(rng, over_the_edge) for over_the_edge in (False, True)]


def _window(rng: np.random.Generator, over_the_edge: bool) -> dict:
    while True:
        # Above 64 at the edge, so that a function that clips at 64 shows.
        layers, size = _layers(rng), int(rng.integers(*((70, 90) if over_the_edge else (40, 60))))
        sizes = _sizes(layers, size)
        if sizes[-1] < 2:
            continue
        position = rng.integers(sizes[-1], size=2).tolist()
        top, bottom, left, right = reference(layers, position, size, inside=_as_it_is)
        wanted = (True, False, False, True) if over_the_edge else (False,) * 4
        outside = (top < 0, bottom > size, left < 0, right > size)
        if outside == wanted and _clipped_by_every_layer(layers, position, sizes):
            return {"layers": layers, "position": position, "size": size}


def _layers(rng: np.random.Generator) -> list[list[int]]:
    """Draw kernels, strides and paddings; a padding is smaller than its kernel."""
    layers = []
    for _ in range(int(rng.integers(3, 6))):
        kernel = int(rng.choice([1, 2, 3, 3, 5, 7]))
        layers.append([kernel, int(rng.integers(1, 3)), int(rng.integers(kernel // 2 + 1))])
    return layers


def _sizes(layers: list, size: int) -> list[int]:
    """Return the number of rows before each layer and after the last one."""
    sizes = [size]
    for kernel, stride, padding in layers:
        sizes.append((sizes[-1] + 2 * padding - kernel) // stride + 1)
    return sizes


def _as_it_is(window: tuple[int, int], size: int) -> tuple[int, int]:
    return window


def _clipped_by_every_layer(layers: list, position: list[int], sizes: list[int]) -> bool:
    """Return whether the window is the same if every layer's edge clips it.

    It can be smaller, where a layer with a stride leaves the last rows of its input unread. Either
    is a good answer to the exercise, so there must be no difference.
    """
    windows = []
    for at in position:
        window = (at, at)
        for (kernel, stride, padding), size in zip(reversed(layers), sizes[-2::-1], strict=True):
            window = clip(one_layer_back(window, kernel, stride, padding), size)
        windows += [window[0], window[1] + 1]
    return windows == reference(layers, position, sizes[0])


ENTRY = Numbers(
    mistakes=MISTAKES,
    reference=reference,
    stored=dict(
        _stored(layers, position, size)
        for layers, position, size in (
            ([[5, 2, 1], [3, 2, 0], [3, 1, 1]], [5, 4], 50),  # inside the image
            ([[3, 1, 1], [7, 2, 3], [2, 2, 0], [3, 1, 1]], [0, 5], 47),  # over the upper edge
            ([[7, 2, 3], [3, 2, 0], [1, 1, 0], [3, 1, 1], [3, 2, 1]], [5, 9], 81),  # over the right
        )
    ),
    arguments=_arguments,
    draw=until_distinct(_draw, _arguments, reference, MISTAKES),
)
