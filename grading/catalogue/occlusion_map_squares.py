"""Known mistakes in `occlusion_map` about the squares: where they lie, and what is in them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grading.catalogue.mistake import Mistake
from grading.catalogue.occlusion_map_reference import GREY, cover, reference, with_


def _filled_with(value: Callable) -> Callable:
    def covered(image, row, column, size):
        result = image.copy()
        result[row : row + size, column : column + size] = value(image)
        return result

    return with_(covered=covered)


def _covering(area: Callable) -> Callable:
    """Return a function whose squares are grey at the index `area(row, column, size)`."""

    def covered(image, row, column, size):
        result = image.copy()
        result[area(row, column, size)] = GREY
        return result

    return with_(covered=covered)


def _not_copied(model, image, size, step) -> np.ndarray:
    own = image.copy()

    def covered(_, row, column, size):
        own[row : row + size, column : column + size] = GREY
        return own.copy()

    return reference(model, image, size, step, covered=covered)


def _shown(image, row, column, size) -> np.ndarray:
    result = np.full_like(image, GREY)
    square = slice(row, row + size), slice(column, column + size)
    result[square] = image[square]
    return result


def _centred(row: int, column: int, size: int) -> tuple[slice, slice]:
    half = size // 2
    top, left = max(row - half, 0), max(column - half, 0)
    return slice(top, top + size), slice(left, left + size)


def _centred_and_clipped(row: int, column: int, size: int) -> tuple[slice, slice]:
    half = size // 2
    return (
        slice(max(row - half, 0), row + half + 1),
        slice(max(column - half, 0), column + half + 1),
    )


def _whole(length: int, size: int, step: int) -> range:
    return range(0, length, step)


def _grey_at(image: np.ndarray, area: tuple[slice, slice]) -> np.ndarray:
    result = image.copy()
    result[area] = GREY
    return result


SQUARES: list[Mistake] = [
    Mistake(
        "not_copied",
        "The squares stay: each image has all the squares that were covered before it.",
        "`covered = image` makes a second name for the same array, not a second array. So the "
        "first square is still grey when the next one is tried, and the image itself is spoilt.",
        "Make a new array for each square: `image.copy()`.",
        (_not_copied,),
    ),
    Mistake(
        "another_grey",
        "The squares are not filled with 0.5.",
        "Black and white are stronger than grey: the network sees a bright or dark square, and may "
        "react to that. And in an image with values from 0 to 1, 128 is far beyond white.",
        "Set the pixels of the square to 0.5, in all three channels.",
        (
            _filled_with(lambda image: 0),
            _filled_with(lambda image: 1),
            _filled_with(lambda image: 128),
            _filled_with(lambda image: 127),
            _filled_with(lambda image: 128 / 255),
            _filled_with(lambda image: 255),
            _filled_with(np.mean),
            _filled_with(lambda image: image.mean(axis=(0, 1))),
        ),
    ),
    Mistake(
        "one_channel",
        "Only one of the three colours is covered.",
        "An image has the shape (height, width, 3). The other two channels still show the hand.",
        "Cover `[rows, columns]` without a third index: then all channels are meant.",
        (
            _covering(lambda r, c, n: (slice(r, r + n), slice(c, c + n), 0)),
            _covering(lambda r, c, n: (slice(r, r + n), slice(c, c + n), -1)),
        ),
    ),
    Mistake(
        "stripes",
        "Whole rows or columns are covered, not squares.",
        "`image[a:b]` means all columns of these rows. A stripe hides much more than a square.",
        "Give a slice for the rows and one for the columns: `image[a:b, c:d]`.",
        (
            _covering(lambda r, c, n: slice(r, r + n)),
            _covering(lambda r, c, n: (slice(None), slice(c, c + n))),
        ),
    ),
    Mistake(
        "diagonal",
        "Rows and columns of a square are not independent of each other.",
        "There is a square for every pair of a row and a column. With one index for both, or with "
        "the two exchanged, other places are covered.",
        "Use the row's start in the first slice and the column's start in the second.",
        (
            _covering(lambda r, c, n: (slice(r, r + n), slice(r, r + n))),
            _covering(lambda r, c, n: (slice(c, c + n), slice(c, c + n))),
            _covering(lambda r, c, n: (slice(c, c + n), slice(r, r + n))),
        ),
    ),
    Mistake(
        "one_pixel_off",
        "The squares are one pixel too small or too large.",
        "A slice `a:b` ends before b, so `a:a + size` has exactly `size` pixels.",
        "Let each slice end at its start plus `size`.",
        (
            _covering(lambda r, c, n: (slice(r, r + n - 1), slice(c, c + n - 1))),
            _covering(lambda r, c, n: (slice(r, r + n + 1), slice(c, c + n + 1))),
        ),
    ),
    Mistake(
        "step_as_size",
        "The squares have `step` pixels a side instead of `size`.",
        "`size` is the length of a square's side, `step` the distance between two squares. They "
        "overlap if the step is smaller.",
        "Let each slice end at its start plus `size`.",
        (
            lambda model, image, size, step: reference(
                model, image, size, step,
                covered=lambda one, row, column, _: cover(one, row, column, step),
            ),
            lambda model, image, size, step: reference(model, image, step, size),
            lambda model, image, size, step: reference(model, image, step, step),
        ),
    ),
    Mistake(
        "step_ignored",
        "The squares do not follow each other at the distance `step`.",
        "`step` is the distance between the starts of two squares; a small step gives a fine map "
        "and many images.",
        "Use `step` as the third argument of `range`.",
        (
            lambda model, image, size, step: reference(model, image, size, 1),
            lambda model, image, size, step: reference(model, image, size, size),
        ),
    ),
    Mistake(
        "last_square_missing",
        "The last square of each row and column is missing.",
        "`range` ends *before* its second argument. A square may begin as late as at the height "
        "minus `size`, and then ends exactly at the edge.",
        "Add 1: `range(0, height - size + 1, step)`.",
        (with_(starts=lambda length, size, step: range(0, length - size, step)),),
    ),
    Mistake(
        "over_the_edge",
        "There are squares that stick out over the edge of the image.",
        "Such a square covers fewer pixels than the others, so its value cannot be compared with "
        "theirs.",
        "Let the last square begin at the height (or the width) minus `size`, or before.",
        (
            with_(starts=_whole),
            with_(starts=lambda length, size, step: range(0, length - size + step, step)),
            with_(starts=lambda length, size, step: range(0, length - step + 1, step)),
        ),
    ),
    Mistake(
        "first_square_missing",
        "The squares at the upper and left edge are missing.",
        "The first square begins at row 0 and column 0.",
        "Begin the ranges at 0.",
        (with_(starts=lambda length, size, step: range(step, length - size + 1, step)),),
    ),
    Mistake(
        "centred",
        "The squares are centred at the positions, instead of beginning there.",
        "Then the first square lies half outside the image, and the map is shifted by half a "
        "square.",
        "Take the position as the square's upper left corner.",
        (
            _covering(_centred),
            _covering(_centred_and_clipped),
            with_(
                starts=_whole,
                covered=lambda image, row, column, size: _grey_at(
                    image, _centred_and_clipped(row, column, size)
                ),
            ),
        ),
    ),
    Mistake(
        "only_the_square_shown",
        "Everything but the square is covered.",
        "That asks what the square says alone, which is another question: a network that has seen "
        "whole hands does not know what to do with a piece.",
        "Start from a copy of the image, and make the square grey.",
        (with_(covered=_shown),),
    ),
    Mistake(
        "scaled_again",
        "The image is divided by 255 once more.",
        "The function gets an image with values from 0 to 1. Divided again, it is nearly black.",
        "Leave the values as they are.",
        (
            lambda model, image, size, step: reference(model, image / 255, size, step),
            lambda model, image, size, step: reference(
                model, image, size, step,
                covered=lambda one, row, column, n: cover(one, row, column, n) / 255,
            ),
        ),
    ),
]  # fmt: skip
