"""The mistakes in a squeeze-and-excitation block: how many dense layers, and how many units."""

from __future__ import annotations

from collections.abc import Callable

from grading.catalogue.mistake import Mistake, drop, mistake, options

STEPS = "The steps are: average over all positions, dense layer, ReLU, dense layer, sigmoid."


def _units(name: str, units: Callable[[dict], object]) -> Callable:
    """Return an edit that gives a dense layer another number of units."""
    return options(name, units=units)


SIZES: list[Mistake] = [
    mistake(
        "no_reduction",
        "The first dense layer does not reduce the channels.",
        "It has as many units as there are channels, whatever the ratio is. That costs `ratio` "
        "times as many weights in both dense layers.",
        "The first dense layer has channels // ratio units.",
        _units("reduce", lambda a: a["channels"]),
    ),
    mistake(
        "fixed_reduction",
        "The first dense layer divides the channels by a fixed number instead of `ratio`.",
        "The block is then right for one ratio only. Its argument should decide.",
        "The first dense layer has channels // ratio units.",
        *(_units("reduce", lambda a, n=n: a["channels"] // n) for n in (4, 16, 8, 2, 3)),
    ),
    mistake(
        "fixed_units",
        "The first dense layer has a fixed number of units.",
        "The number of channels doubles from stage to stage, and the gate should grow with it.",
        "Take the number of channels from `X.shape[-1]`, and divide it by the ratio.",
        *(_units("reduce", lambda a, n=n: n) for n in (8, 4, 16, 2, 32, 64)),
    ),
    mistake(
        "ratio_as_units",
        "The first dense layer has `ratio` units.",
        "The ratio says by how much the channels are reduced, not what is left of them.",
        "The first dense layer has channels // ratio units.",
        _units("reduce", lambda a: a["ratio"]),
    ),
    mistake(
        "ratio_multiplied",
        "The channels are multiplied by the ratio instead of divided.",
        "The gate should be narrow in the middle, so that it costs little. This one has "
        "ratio times ratio as many weights.",
        "The first dense layer has channels // ratio units.",
        _units("reduce", lambda a: a["channels"] * a["ratio"]),
    ),
    mistake(
        "no_first_dense",
        "There is only one dense layer.",
        "One layer has the square of the number of channels as weights, and without a "
        "non-linearity in it a channel can only raise or lower the factor of another.",
        STEPS,
        drop("reduce"),
    ),
    mistake(
        "no_second_dense",
        "The second dense layer is missing, or its output is not used.",
        "There are then channels // ratio numbers, and these are not the factors of the channels.",
        "The second dense layer brings the number of channels back: it has as many units as X has "
        "channels.",
        drop("expand"),
        (drop("expand"), options("reduce", activation="sigmoid")),
    ),
]
