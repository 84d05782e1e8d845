"""Starts a wide network as a copy of a narrow, trained one (Net2Net: Chen et al. 2015).

Every channel is copied the same number of times, and the next layer divides its weights among the
copies, so that the wide network computes what the narrow one does. A little noise on the
kernels then lets the copies learn different things.
"""

from __future__ import annotations

import numpy as np


def widen(
    weights: list[np.ndarray], shapes: list[tuple[int, ...]], noise: float, seed: int = 0
) -> list[np.ndarray]:
    """Weights for a network whose layers have a multiple of a narrow network's channels.

    Args:
        weights: of the narrow network, in the order of `model.get_weights()`.
        shapes: of the wide network's weights, in the same order.
        noise: standard deviation of what is added to a kernel, relative to the kernel's own.
        seed: of the noise.

    Raises:
        ValueError: a shape is not a whole multiple of the narrow network's.
    """
    rng = np.random.default_rng(seed)
    return [
        _widen_array(np.asarray(given), tuple(shape), noise, rng)
        for given, shape in zip(weights, shapes, strict=True)
    ]


def _widen_array(
    given: np.ndarray, shape: tuple[int, ...], noise: float, rng: np.random.Generator
) -> np.ndarray:
    if len(shape) != given.ndim or any(
        new % old for new, old in zip(shape, given.shape, strict=True)
    ):
        raise ValueError(f"expected a whole multiple of {given.shape}, got {shape}")
    times = tuple(new // old for new, old in zip(shape, given.shape, strict=True))
    widened = np.tile(given, times).astype(np.float32)
    if given.ndim < 2 or times == (1,) * given.ndim:
        return widened
    widened /= times[-2]
    return widened + rng.normal(0.0, noise * widened.std(), shape).astype(np.float32)
