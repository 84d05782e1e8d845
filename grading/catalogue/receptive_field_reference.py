"""The reference for `receptive_field`, in parts that a mistake can replace."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Window = tuple[int, int]
"""The first and the last row (or column) of a window; the last one belongs to it."""


def one_layer_back(window: Window, kernel: int, stride: int, padding: int) -> Window:
    """Return what a layer reads to compute the rows of `window`, counted without the padding."""
    first, last = window
    return first * stride - padding, last * stride - padding + kernel - 1


def clip(window: Window, size: int) -> Window:
    """Return the part of a window that lies inside the image."""
    first, last = window
    return max(first, 0), min(last, size - 1)


def edges(rows: Window, columns: Window) -> list[int]:
    """Return top, bottom, left and right, so that `image[top:bottom, left:right]` is the window."""
    return [rows[0], rows[1] + 1, columns[0], columns[1] + 1]


def reference(
    layers: list,
    position: list[int],
    size: int = 64,
    order: Callable[[list], Iterable] = reversed,
    back: Callable = one_layer_back,
    inside: Callable = clip,
    answer: Callable = edges,
) -> list[int]:
    """Return the window of the input that one output value sees: top, bottom, left, right.

    The keywords serve to build mistakes in.
    """
    windows = []
    for at in position:
        window = (at, at)
        for kernel, stride, padding in order(layers):
            window = back(window, kernel, stride, padding)
        windows.append(inside(window, size))
    return answer(*windows)
