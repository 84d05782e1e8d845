"""Known mistakes in `receptive_field`, each as a function with the mistake built in."""

from __future__ import annotations

from collections.abc import Callable

from grading.catalogue.mistake import Mistake, changed
from grading.catalogue.receptive_field_reference import Window, edges, one_layer_back, reference

_with = changed(reference)


def _as_if(layers: Callable = list, position: Callable = list) -> Callable:
    """Return a function that gets other layers, or another position, than it was given."""
    return lambda l, p, size=64: reference(layers(l), position(p), size)  # noqa: E741


def _back(first: Callable, last: Callable) -> Callable:
    """Return a step back; `first` and `last` take a row, the kernel, the stride, the padding."""
    return _with(back=lambda window, *layer: (first(window[0], *layer), last(window[1], *layer)))


def _lower(row: int, kernel: int, stride: int, padding: int) -> int:
    return one_layer_back((row, row), kernel, stride, padding)[1]


def _upper(row: int, kernel: int, stride: int, padding: int) -> int:
    return one_layer_back((row, row), kernel, stride, padding)[0]


def _window_without_strides(layers: list, position: list[int], size: int = 64) -> list[int]:
    """Place the window rightly, but add up its size without the strides."""
    top, _, left, _ = reference(layers, position, size, inside=lambda window, size: window)
    length = 1 + sum(kernel - 1 for kernel, _, _ in layers)
    rows, columns = ((first, first + length - 1) for first in (top, left))
    return edges(*((max(first, 0), min(last, size - 1)) for first, last in (rows, columns)))


def _moved_inside(window: Window, size: int) -> Window:
    first, last = window
    shift = -first if first < 0 else min(0, size - 1 - last)
    return first + shift, last + shift


def _cut_at(end: int) -> Callable:
    return lambda window, size: (max(window[0], 0), min(window[1], end))


MISTAKES: list[Mistake] = [
    Mistake(
        "not_clipped",
        "The window is not clipped at the edge of the image.",
        "Near the edge, a part of the window lies in the padding. There is nothing to see there; "
        "and with a negative index, numpy counts from the other end.",
        "At the end, take `max(..., 0)` at the top and left, and `min(..., size)` at the bottom "
        "and right.",
        (
            _with(inside=lambda window, size: window),
            _with(inside=lambda window, size: (max(window[0], 0), window[1])),
            _with(inside=lambda window, size: (window[0], min(window[1], size - 1))),
        ),
    ),
    Mistake(
        "padding_forgotten",
        "The padding is not taken into account.",
        "Padding puts rows before the first one. So the windows begin that many rows earlier, and "
        "with them everything that the layer reads.",
        "When you step back through a layer, subtract its padding.",
        (_back(lambda r, k, s, p: r * s, lambda r, k, s, p: r * s + k - 1),),
    ),
    Mistake(
        "padding_added",
        "The padding is added where it should be subtracted.",
        "With a padding of 1, the window at position 0 begins in row -1, which is before the "
        "image, not in row 1.",
        "Change the sign: subtract the padding from the first and from the last row.",
        (_back(lambda r, k, s, p: r * s + p, lambda r, k, s, p: r * s + p + k - 1),),
    ),
    Mistake(
        "padding_on_one_side",
        "The padding moves only one end of the window.",
        "Padding moves the window; it does not make it larger. The window always spans as many "
        "rows as the kernel has.",
        "Subtract the padding from the first row and from the last row.",
        (
            _back(_upper, lambda r, k, s, p: r * s + k - 1),
            _back(lambda r, k, s, p: r * s, _lower),
            _back(_upper, lambda r, k, s, p: r * s + k - 1 + p),
        ),
    ),
    Mistake(
        "padding_twice",
        "The padding is subtracted twice.",
        "A layer pads both sides, but only the rows before the first one move the window.",
        "Subtract the padding once, not `2 * padding`.",
        (_back(lambda r, k, s, p: r * s - 2 * p, lambda r, k, s, p: r * s - 2 * p + k - 1),),
    ),
    Mistake(
        "stride_before",
        "The stride is applied at the wrong moment.",
        "A layer's stride spaces out its windows, but not the rows inside a window. So it acts on "
        "the layers after it: on the way back, multiply by the stride first, then subtract the "
        "padding and add the kernel.",
        "On the way back, write `first * stride - padding`, not `(first - padding) * stride`. On "
        "the way forward, use the strides of the layers before this one only.",
        (
            _back(lambda r, k, s, p: (r - p) * s, lambda r, k, s, p: (r - p + k - 1) * s),
            _back(_upper, lambda r, k, s, p: (r + k - 1) * s - p),
            _back(lambda r, k, s, p: (r - p) * s, _lower),
        ),
    ),
    Mistake(
        "stride_ignored",
        "The strides are not used, or only for the place of the window and not for its size.",
        "After a stride of 2, two neighbouring values are two rows of the input apart. All "
        "distances after that layer count double.",
        "When you step back through a layer, multiply both rows by its stride.",
        (
            _back(lambda r, k, s, p: r - p, lambda r, k, s, p: r - p + k - 1),
            _back(lambda r, k, s, p: r * s - p, lambda r, k, s, p: r - p + k - 1),
            _window_without_strides,
        ),
    ),
    Mistake(
        "layers_in_wrong_order",
        "The layers are followed in the wrong order.",
        "`layers` runs from the input to the output. To find what an output value sees, step back "
        "from the last layer to the first.",
        "Go through `reversed(layers)`.",
        (_with(order=list),),
    ),
    Mistake(
        "layer_left_out",
        "The first or the last layer is left out.",
        "Every layer between the image and the value widens the window.",
        "Check where the loop begins and ends; `return` belongs after the loop, not in it.",
        (
            _as_if(layers=lambda layers: layers[1:]),
            _as_if(layers=lambda layers: layers[:-1]),
            _as_if(layers=lambda layers: layers[-1:]),
            _as_if(layers=lambda layers: layers[:1]),
        ),
    ),
    Mistake(
        "kernel_not_minus_one",
        "Each layer makes the window one row too large.",
        "A kernel of 3 that starts in row 5 covers the rows 5, 6 and 7: the last one is "
        "5 + 3 - 1.",
        "Add `kernel - 1` to the last row. Keep the first and the last row of the window until "
        "the end, and turn them into slices only there.",
        (
            _back(_upper, lambda r, k, s, p: r * s - p + k),
            _back(lambda r, k, s, p: r * s - p - 1, _lower),
        ),
    ),
    Mistake(
        "centred",
        "The window reaches half a kernel to both sides, whatever the padding is.",
        "That is right only with padding `same` and an odd kernel. ResNet-50's max pooling, for "
        "example, has no padding: its window begins at the position and reaches forward.",
        "Begin at `first * stride - padding`; from there the kernel reaches forward.",
        (
            _back(lambda r, k, s, p: r * s - k // 2, lambda r, k, s, p: r * s + k // 2),
            _back(lambda r, k, s, p: r * s - (k - 1) // 2, lambda r, k, s, p: r * s + k // 2),
        ),
    ),
    Mistake(
        "last_row_excluded",
        "The window misses its last row and its last column.",
        "A slice ends before its second number: `image[0:3]` has the rows 0, 1 and 2. So bottom "
        "and right have to be one more than the last row and column that are seen.",
        "Add 1 to the last row and to the last column.",
        (
            _with(answer=lambda rows, columns: [*rows, *columns]),
            _with(inside=_cut_at(10**9),
                  answer=lambda rows, columns: [*rows, *columns]),
            _with(inside=lambda window, size: (max(window[0], 0), min(window[1], size)),
                  answer=lambda rows, columns: [*rows, *columns]),
        ),
    ),
    Mistake(
        "edge_one_off",
        "The window is clipped one row too early or too late.",
        "An image with `size` rows has the rows 0 to size - 1. As the end of a slice, `size` is "
        "allowed.",
        "Clip the last row at `size - 1`, and the end of a slice at `size`.",
        (
            _with(inside=lambda window, size: (max(window[0], 0), min(window[1], size - 2))),
            _with(inside=lambda window, size: (max(window[0], 0), min(window[1], size))),
            _with(inside=lambda window, size: (max(window[0], 1), min(window[1], size - 1))),
        ),
    ),
    Mistake(
        "moved_inside",
        "A window that reaches over the edge is moved into the image instead of clipped.",
        "The value still sees the same place. Outside the image there are only zeros; no other "
        "part of the image takes their place.",
        "Change only the end that lies outside; leave the other one where it is.",
        (_with(inside=_moved_inside),),
    ),
    Mistake(
        "size_hard_coded",
        "The size of the image is not used: the window is clipped at 64.",
        "The function also gets images of other sizes.",
        "Clip at `size`.",
        (_with(inside=_cut_at(63)),),
    ),
    Mistake(
        "position_ignored",
        "The position is not used, or only a part of it.",
        "Each value of a feature map sees another window; `position` says which value is meant.",
        "Start with the row `position[0]` and the column `position[1]`.",
        (
            _as_if(position=lambda position: [0, 0]),
            _as_if(position=lambda position: [position[0], position[0]]),
            _as_if(position=lambda position: [position[1], position[1]]),
        ),
    ),
    Mistake(
        "rows_and_columns_exchanged",
        "Rows and columns are exchanged.",
        "As everywhere in numpy, the row comes first: in `position` and in the result.",
        "Write `row, column = position`, and return top and bottom before left and right.",
        (_as_if(position=lambda position: position[::-1]),),
    ),
    Mistake(
        "corners",
        "The four numbers are in another order.",
        "The order is top, bottom, left, right, so that they fit into "
        "`image[top:bottom, left:right]`.",
        "Return both numbers of the rows first, then both numbers of the columns.",
        (
            _with(answer=lambda rows, columns: [rows[0], columns[0], rows[1] + 1, columns[1] + 1]),
            _with(answer=lambda rows, columns: [columns[0], rows[0], columns[1] + 1, rows[1] + 1]),
            _with(answer=lambda rows, columns: edges(rows[::-1], columns[::-1])),
            _with(answer=lambda rows, columns: [rows[1] + 1, rows[0], columns[1] + 1, columns[0]]),
        ),
    ),
    Mistake(
        "size_returned",
        "The size of the window is returned instead of its edges.",
        "The size is what the table of the lesson shows. It does not say where in the image the "
        "window lies, or how much of it lies outside.",
        "Return where the window begins and ends: top, bottom, left, right.",
        (
            _with(answer=lambda rows, columns: [
                1 + rows[1] - rows[0], 1 + columns[1] - columns[0]
            ]),
            _with(answer=lambda rows, columns: [
                rows[0], 1 + rows[1] - rows[0], columns[0], 1 + columns[1] - columns[0]
            ]),
            _with(answer=lambda rows, columns: [
                rows[0], columns[0], 1 + rows[1] - rows[0], 1 + columns[1] - columns[0]
            ]),
            _with(inside=lambda window, size: window, answer=lambda rows, columns: [
                1 + rows[1] - rows[0], 1 + columns[1] - columns[0]
            ]),
            _with(inside=lambda window, size: window, answer=lambda rows, columns: [
                1 + rows[1] - rows[0]
            ]),
            _with(answer=lambda rows, columns: [1 + rows[1] - rows[0]]),
        ),
    ),
    Mistake(
        "rows_only",
        "Only the rows or only the columns are returned.",
        "A window has two directions, and the position differs from one to the other.",
        "Do for the columns what you do for the rows, and return all four numbers.",
        (
            _with(answer=lambda rows, columns: edges(rows, columns)[:2]),
            _with(answer=lambda rows, columns: edges(rows, columns)[2:]),
        ),
    ),
]  # fmt: skip
