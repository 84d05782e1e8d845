"""Begins a wide network as a narrow, trained one (Net2WiderNet: Chen, Goodfellow, Shlens 2015).

Every channel is copied the same number of times, and what reads the copies shares its weights out
among them, so that the wide network computes what the narrow one does. A little noise on the
kernels then lets the copies learn different things.
"""

from __future__ import annotations

import numpy as np

PICTURE_CHANNELS = 3


def grow(
    weights: list[np.ndarray], shapes: list[tuple[int, ...]], noise: float, seed: int = 0
) -> list[np.ndarray]:
    """Weights of a network whose layers have a whole multiple of the channels of a narrow one.

    Args:
        weights: of the narrow network, in the order of `model.get_weights()`.
        shapes: of the wide network's weights, in the same order.
        noise: standard deviation of what is added to a kernel, as a part of the kernel's own.

    Raises:
        ValueError: a shape is no whole multiple of the narrow one's.
    """
    rng = np.random.default_rng(seed)
    return [
        _grow_one(np.asarray(given), tuple(shape), noise, rng)
        for given, shape in zip(weights, shapes, strict=True)
    ]


def _grow_one(
    given: np.ndarray, shape: tuple[int, ...], noise: float, rng: np.random.Generator
) -> np.ndarray:
    if len(shape) != given.ndim or any(
        new % old for new, old in zip(shape, given.shape, strict=True)
    ):
        raise ValueError(f"expected a whole multiple of {given.shape}, got {shape}")
    times = tuple(new // old for new, old in zip(shape, given.shape, strict=True))
    grown = np.tile(given, times).astype(np.float32)
    if given.ndim < 2 or times == (1,) * given.ndim:
        return grown
    grown /= times[-2]
    return grown + rng.normal(0.0, noise * grown.std(), shape).astype(np.float32)
