"""Known mistakes in `count_weights`, each as a function with the mistake built in."""

from __future__ import annotations

from collections.abc import Callable

from grading.catalogue.count_weights_reference import bottleneck, kernel_weights, plain, reference
from grading.catalogue.mistake import Mistake, changed

_with = changed(reference)


def _counted(count: Callable) -> tuple[Callable, ...]:
    """Return three functions that count convolutions with `count`: in both blocks, or in one."""

    def one_of_them(index: int) -> Callable:
        def function(f, filters, channels) -> list:
            numbers = reference(f, filters, channels)
            numbers[index] = reference(f, filters, channels, count=count)[index]
            return numbers

        return function

    return _with(count=count), one_of_them(0), one_of_them(1)


def _with_extra(per_filter: int) -> Callable:
    return lambda size, inputs, outputs: (
        kernel_weights(size, inputs, outputs) + per_filter * outputs
    )


def _without(index: int) -> Callable:
    def main(f, filters, channels) -> list:
        convolutions = bottleneck(f, filters, channels)
        return convolutions[:index] + convolutions[index + 1 :]

    return main


def _of_numbers(change: Callable) -> Callable:
    """Return a function that changes the two right numbers."""
    return lambda f, filters, channels: change(*reference(f, filters, channels))


def _plain_with(width: Callable) -> Callable:
    return _with(other=lambda f, filters, channels: plain(f, filters, width(filters)))


MISTAKES: list[Mistake] = [
    Mistake(
        "bias_counted",
        "The biases are counted too.",
        "Only the weights in kernels are asked for. A bias directly before BatchNorm has no "
        "effect, because BatchNorm subtracts the mean; many programs leave it out.",
        "Leave out the `+ 1` for each filter: count height × width × input channels × filters.",
        _counted(_with_extra(1)),
    ),
    Mistake(
        "batch_norm_counted",
        "BatchNorm's numbers are counted too.",
        "BatchNorm has two learned numbers for each channel (gamma and beta) and two statistics. "
        "`count_params` and a model's summary include them, but they are not kernel weights.",
        "Count only the weights in the three kernels of the block.",
        (
            *_counted(_with_extra(2)),
            *_counted(_with_extra(4)),
            *_counted(_with_extra(3)),
            *_counted(_with_extra(5)),
        ),
    ),
    Mistake(
        "f_not_squared",
        "The f × f kernel is counted with f weights instead of f · f.",
        "A kernel has a height and a width: for f = 3 it covers nine positions, not three.",
        "Multiply by f twice, as in `f * f` or `f**2`.",
        (
            *_counted(lambda size, inputs, outputs: size * inputs * outputs),
            _with(count=lambda size, inputs, outputs: (2 * size if size > 1 else 1) * inputs
                  * outputs),
        ),
    ),
    Mistake(
        "kernel_size_forgotten",
        "The size of the kernel is not counted.",
        "Channels in times filters is right for a 1 × 1 convolution. An f × f convolution has "
        "such a table of weights for each of its f · f positions.",
        "Multiply channels in and filters by the height and the width of the kernel.",
        _counted(lambda size, inputs, outputs: inputs * outputs),
    ),
    Mistake(
        "f_everywhere",
        "The 1 × 1 convolutions are counted as if they were f × f.",
        "In a bottleneck, only the middle convolution looks at the neighbourhood. The block is "
        "cheap because the first and the last do not.",
        "Use f for the second convolution only; the kernels of the others are 1 × 1.",
        (
            _with(main=lambda f, filters, channels: [
                (f, *pair) for _, *pair in bottleneck(f, filters, channels)
            ]),
            _with(main=lambda f, filters, channels: [
                (f if i < 2 else 1, *pair)
                for i, (_, *pair) in enumerate(bottleneck(f, filters, channels))
            ]),
            _with(main=lambda f, filters, channels: [
                (f if i > 0 else 1, *pair)
                for i, (_, *pair) in enumerate(bottleneck(f, filters, channels))
            ]),
        ),
    ),
    Mistake(
        "own_filters_as_input",
        "A convolution's own filters are taken for its input channels.",
        "The number of filters is the number of channels in a convolution's output. Its input "
        "channels are the filters of the convolution before it.",
        "Follow the channels through the block: `channels`, then F1, then F2, then F3.",
        (
            _with(main=lambda f, filters, channels: [
                (size, width, width) for size, width in zip((1, f, 1), filters, strict=True)
            ]),
            _with(main=lambda f, filters, channels: [
                (1, channels, filters[0]), (f, filters[1], filters[1]), (1, filters[1], filters[2])
            ]),
            _with(main=lambda f, filters, channels: [
                (1, channels, filters[0]), (f, filters[1], filters[1]), (1, filters[2], filters[2])
            ]),
            _with(main=lambda f, filters, channels: bottleneck(f, filters, filters[0])),
        ),
    ),
    Mistake(
        "block_input_everywhere",
        "All three convolutions are counted as if they read the block's input.",
        "Only the first one reads `channels` channels. The second reads the output of the first, "
        "and so on: the first makes it cheap for the second.",
        "Follow the channels through the block: `channels`, then F1, then F2, then F3.",
        (
            _with(main=lambda f, filters, channels: [
                (size, channels, width) for size, width in zip((1, f, 1), filters, strict=True)
            ]),
            _with(main=lambda f, filters, channels: [
                (1, channels, filters[0]), (f, channels, filters[1]), (1, filters[1], filters[2])
            ]),
        ),
    ),
    Mistake(
        "input_channels_forgotten",
        "The input channels are not counted.",
        "A filter has weights for every channel of its input: a 3 × 3 filter on 256 channels has "
        "9 · 256 weights, not 9.",
        "Multiply by the number of channels that come in, for each of the convolutions.",
        (
            *_counted(lambda size, inputs, outputs: size * size * outputs),
            *_counted(lambda size, inputs, outputs: size * size * inputs),
        ),
    ),
    Mistake(
        "f3_for_channels",
        "F3 is taken for the number of channels that come in.",
        "In an identity block they are equal, because the shortcut has to fit. But the function "
        "also gets blocks whose input has another number of channels, as in lesson 3.",
        "Use `channels` for the input of the first convolution, and for the two f × f ones.",
        (
            lambda f, filters, channels: reference(f, filters, filters[2]),
            _with(main=lambda f, filters, channels: bottleneck(f, filters, filters[2])),
            _plain_with(lambda filters: filters[2]),
        ),
    ),
    Mistake(
        "narrow_plain",
        "The two f × f convolutions are counted with the bottleneck's few filters.",
        "The comparison is with convolutions that work on all the channels: from `channels` to "
        "`channels`, twice. That is what the bottleneck replaces.",
        "Count the two f × f convolutions with `channels` on both sides; `filters` does not occur.",
        (
            _plain_with(lambda filters: filters[0]),
            _plain_with(lambda filters: filters[1]),
            _with(other=lambda f, filters, channels: [
                (f, channels, filters[0]), (f, filters[0], filters[1])
            ]),
            _with(other=lambda f, filters, channels: [
                (f, channels, filters[0]), (f, filters[0], channels)
            ]),
            _with(other=lambda f, filters, channels: [
                (f, channels, filters[0]), (f, filters[0], filters[2])
            ]),
        ),
    ),
    Mistake(
        "not_two",
        "The number of f × f convolutions that are counted is not two.",
        "The block of ResNet-18 and 34, with which the bottleneck is compared, has two.",
        "Count the weights of one such convolution, and multiply them by 2.",
        (
            _with(other=lambda f, filters, channels: plain(f, filters, channels)[:1]),
            _with(other=lambda f, filters, channels: [(f, channels, channels)] * 3),
        ),
    ),
    Mistake(
        "convolution_left_out",
        "One of the bottleneck's three convolutions is not counted.",
        "The two 1 × 1 convolutions have weights as well: together often as many as the middle "
        "one.",
        "Add up three products: one for each convolution.",
        (_with(main=_without(0)), _with(main=_without(1)), _with(main=_without(2))),
    ),
    Mistake(
        "shortcut_counted",
        "A convolution on the shortcut is counted too.",
        "The shortcut of an identity block has no layers. (That of a convolutional block has one; "
        "here only the three convolutions of the main path are asked for.)",
        "Leave out the product of `channels` and F3.",
        (
            _with(main=lambda f, filters, channels: [
                *bottleneck(f, filters, channels), (1, channels, filters[2])
            ]),
        ),
    ),
    Mistake(
        "filters_reversed",
        "The filters are used in the reverse order.",
        "`filters` lists F1, F2, F3 as they follow each other on the main path: first the narrow "
        "ones, and F3 at the end.",
        "Write `F1, F2, F3 = filters`, and begin with F1.",
        (_with(main=lambda f, filters, channels: bottleneck(f, filters[::-1], channels)),),
    ),
    Mistake(
        "order_exchanged",
        "The two numbers are in the wrong order.",
        "The first number belongs to the bottleneck, the second to the two f × f convolutions.",
        "Exchange them in the `return`.",
        (_of_numbers(lambda few, many: [many, few]),),
    ),
    Mistake(
        "ratio",
        "The two numbers are divided or subtracted.",
        "How much is saved is a good question, and the lesson answers it with the two numbers. "
        "The function returns the numbers themselves.",
        "Return both: `return bottleneck, plain`.",
        (
            _of_numbers(lambda few, many: [many / few]),
            _of_numbers(lambda few, many: [few / many]),
            _of_numbers(lambda few, many: [many // few]),
            _of_numbers(lambda few, many: [many - few]),
            _of_numbers(lambda few, many: [few - many]),
            _of_numbers(lambda few, many: [1 - few / many]),
        ),
    ),
    Mistake(
        "one_number",
        "Only one of the two numbers is returned, or their sum.",
        "Both are needed for a comparison.",
        "Return both: `return bottleneck, plain`. A `return` ends the function at once, so there "
        "can be only one.",
        (
            _of_numbers(lambda few, many: [few]),
            _of_numbers(lambda few, many: [many]),
            _of_numbers(lambda few, many: [few + many]),
        ),
    ),
    Mistake(
        "three_numbers",
        "The bottleneck's convolutions are returned one by one.",
        "The function returns two numbers: the sum over the bottleneck's three convolutions, and "
        "the sum over the two f × f ones.",
        "Add the three products up before you return them.",
        (
            lambda f, filters, channels: [
                kernel_weights(*c) for c in bottleneck(f, filters, channels)
            ],
            lambda f, filters, channels: [
                kernel_weights(*c)
                for c in bottleneck(f, filters, channels) + plain(f, filters, channels)
            ],
            lambda f, filters, channels: [
                *(kernel_weights(*c) for c in bottleneck(f, filters, channels)),
                reference(f, filters, channels)[1],
            ],
        ),
    ),
]  # fmt: skip
