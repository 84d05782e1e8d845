"""Known mistakes in `gradcam` about the channels' weights and their sum."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grading.catalogue.gradcam_reference import mean_slope, positive, weighted_sum, with_
from grading.catalogue.mistake import Mistake


def _weighted(weights: Callable) -> Callable:
    """Return the reference with other weights for the channels, computed from the slopes."""
    return with_(combined=lambda features, slopes: weighted_sum(features, slopes, weights))


WEIGHTS: list[Mistake] = [
    Mistake(
        "relu_too_early",
        "Negative values are removed before the sum over the channels.",
        "A place speaks for the answer if its channels do so *together*: one may speak for it and "
        "another against it. So the sum comes first.",
        "Use ReLU once: on the sum.",
        (
            with_(combined=lambda f, g: positive(mean_slope(g) * f).sum(axis=-1)),
            with_(combined=lambda f, g: (positive(mean_slope(g)) * f).sum(axis=-1)),
            with_(combined=lambda f, g: (mean_slope(positive(g)) * f).sum(axis=-1)),
        ),
    ),
    Mistake(
        "not_averaged",
        "Each position is weighted by its own slope, not by the mean slope of its channel.",
        "Slope times value at each position is another method (gradient times input); its maps are "
        "noisier. Grad-CAM asks for a channel as a whole, so it averages first.",
        "Take the mean of the slopes over the positions: one weight for each channel.",
        (with_(combined=lambda f, g: (g * f).sum(axis=-1)),),
    ),
    Mistake(
        "largest_slope",
        "A channel's weight is its largest slope, not its mean slope.",
        "One position then decides for the whole channel.",
        "Take the mean over the positions.",
        (
            _weighted(lambda g: g.max(axis=(0, 1))),
            _weighted(lambda g: np.abs(g).max(axis=(0, 1))),
        ),
    ),
    Mistake(
        "sign_of_slopes_lost",
        "The weights have lost their sign.",
        "A channel with a negative slope speaks against the answer, so it has to count negatively.",
        "Take the mean of the slopes as they are.",
        (
            _weighted(lambda g: np.abs(g).mean(axis=(0, 1))),
            _weighted(lambda g: np.abs(g.mean(axis=(0, 1)))),
            _weighted(lambda g: np.sqrt(np.square(g).sum(axis=(0, 1)))),
        ),
    ),
    Mistake(
        "wrong_axes",
        "The mean of the slopes is taken over the wrong axes.",
        "The slopes have the shape (1, h, w, channels). A channel's weight is the mean over its h "
        "and w; over other axes, each row or column gets a weight of its own.",
        "Average over axes 1 and 2 of the batch, which are 0 and 1 of the single image.",
        (
            _weighted(lambda g: g.mean(axis=0)),
            _weighted(lambda g: g.mean(axis=1, keepdims=True)),
        ),
    ),
    Mistake(
        "mean_over_channels",
        "The map is the product of two means, or the channels are averaged before weighting.",
        "The weights differ from channel to channel; they have to be multiplied with the channels "
        "before the sum.",
        "Multiply each channel by its weight, then add up the channels.",
        (
            with_(combined=lambda f, g: g.mean(axis=-1) * f.mean(axis=-1)),
            with_(combined=lambda f, g: f.mean(axis=-1) * np.abs(g).mean(axis=-1)),
        ),
    ),
    Mistake(
        "only_features",
        "The slopes are not used: the map shows where the layer is active.",
        "That is the same for every class. The weights make the map one of the answer.",
        "Multiply each channel by its weight before you add them up.",
        (
            with_(combined=lambda f, g: f.sum(axis=-1)),
            with_(combined=lambda f, g: f.max(axis=-1)),
        ),
    ),
    Mistake(
        "only_slopes",
        "The feature maps are not used: the map shows slopes only.",
        "A slope says what would happen *if* there were more of a feature. Whether the feature is "
        "there stands in the feature map.",
        "Multiply each channel of the feature maps by its weight.",
        (
            with_(combined=lambda f, g: g.sum(axis=-1)),
            with_(combined=lambda f, g: np.abs(g).max(axis=-1)),
            with_(combined=lambda f, g: np.abs(g).sum(axis=-1)),
        ),
    ),
]  # fmt: skip
