"""The reference for `count_weights`, in parts that a mistake can replace."""

from __future__ import annotations

from collections.abc import Callable

Convolution = tuple[int, int, int]
"""A convolution's kernel size, its input channels and its filters."""


def bottleneck(f: int, filters: list[int], channels: int) -> list[Convolution]:
    """Return the three convolutions of a bottleneck, first to last."""
    f1, f2, f3 = filters
    return [(1, channels, f1), (f, f1, f2), (1, f2, f3)]


def plain(f: int, filters: list[int], channels: int) -> list[Convolution]:
    """Return two f x f convolutions that keep the number of channels."""
    return [(f, channels, channels)] * 2


def kernel_weights(size: int, inputs: int, outputs: int) -> int:
    """Return the number of weights in a convolution's kernel."""
    return size * size * inputs * outputs


def reference(
    f: int,
    filters: list[int],
    channels: int,
    main: Callable = bottleneck,
    other: Callable = plain,
    count: Callable = kernel_weights,
) -> list[int]:
    """Return the weights of the bottleneck and of the two f x f convolutions, without biases.

    The keywords serve to build mistakes in.
    """
    blocks = main(f, filters, channels), other(f, filters, channels)
    return [sum(count(*convolution) for convolution in block) for block in blocks]
