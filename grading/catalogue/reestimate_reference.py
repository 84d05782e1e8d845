"""The reference for `reestimate`, in parts that a mistake can replace.

A batch's statistics do not depend on the moving ones, so they can be collected first and averaged
afterwards. A right program may as well change the momentum from batch to batch.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

Norms = list[keras.layers.BatchNormalization]


def norms_of(model: keras.Model) -> Norms:
    """Return a model's BatchNorm layers."""
    return [one for one in model.layers if isinstance(one, keras.layers.BatchNormalization)]


def in_order(x: np.ndarray, batches: int) -> list[np.ndarray]:
    """Return equal parts of x, one after the other."""
    return np.array_split(x, batches)


def mean(rows: np.ndarray, initial: np.ndarray) -> np.ndarray:
    """Return the average of the batches' statistics, which are the rows."""
    return rows.mean(axis=0)


def own_average(means: np.ndarray, variances: np.ndarray, initial: tuple, average: Callable):
    """Return the new moving mean and the new moving variance of a layer."""
    return average(means, initial[0]), average(variances, initial[1])


def as_before(before: float, batches: int) -> float:
    """Return the momentum that a layer has in the end."""
    return before


def reference(
    model: keras.Model,
    x: np.ndarray,
    batches: int,
    parts: Callable = in_order,
    average: Callable = mean,
    statistics: Callable = own_average,
    chosen: Callable = list,
    momentum: Callable = as_before,
) -> None:
    """Set BatchNorm's moving statistics to the average of the batches' own.

    The keywords serve to build mistakes in.
    """
    norms = norms_of(model)
    before = [norm.momentum for norm in norms]
    initial = [_moving(norm) for norm in norms]
    collected = []
    for norm in norms:
        norm.momentum = 0
    for part in parts(x, batches):
        model(part, training=True)
        collected.append([_moving(norm) for norm in norms])
    new = [
        statistics(*map(np.array, zip(*of_one_layer, strict=True)), start, average)
        for *of_one_layer, start in zip(*collected, initial, strict=True)
    ]
    used = chosen(norms)
    for norm, old, start, values in zip(norms, before, initial, new, strict=True):
        norm.momentum = momentum(old, batches)
        for variable, value in zip(
            _variables(norm), values if norm in used else start, strict=True
        ):
            variable.assign(value)


def _variables(norm: keras.layers.BatchNormalization) -> tuple:
    return norm.moving_mean, norm.moving_variance


def _moving(norm: keras.layers.BatchNormalization) -> tuple[np.ndarray, np.ndarray]:
    mean_, variance = map(keras.ops.convert_to_numpy, _variables(norm))
    return np.array(mean_, "float64"), np.array(variance, "float64")
