"""Count what a residual network of bottleneck blocks costs, without building it.

Who calls it: the figures of lessons 2 to 4 that a learner moves; to build a network of fifty layers
for every place of a slider would take seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

BLOCKS = (3, 4, 6, 3)
"""How many blocks the stages 2 to 5 of ResNet-50 have."""
STEM_FILTERS = 64
BYTES = 4  # a float32


@dataclass(frozen=True)
class Convolution:
    """One convolution with bias and BatchNorm on a square feature map.

    Attributes:
        stage: the stage it stands in; 1 is the stem.
        kernel, stride: its window and its step, the same for rows and columns.
        inputs, filters: channels before and after it.
        size: rows (and columns) of its input.
        same: whether its padding is "same"; otherwise it has none.
        shortcut: whether it stands on a shortcut.
    """

    stage: int
    kernel: int
    stride: int
    inputs: int
    filters: int
    size: int
    same: bool = False
    shortcut: bool = False

    @property
    def output(self) -> int:
        """Rows (and columns) of its output."""
        if self.same:
            return -(-self.size // self.stride)
        return (self.size - self.kernel) // self.stride + 1

    @property
    def weights(self) -> int:
        """Numbers in its kernel."""
        return self.kernel**2 * self.inputs * self.filters

    @property
    def parameters(self) -> int:
        """Its kernel, its biases, and the four numbers that BatchNorm has for each channel."""
        return self.weights + 5 * self.filters

    @property
    def multiplications(self) -> int:
        """Multiplications for one image."""
        return self.weights * self.output**2

    @property
    def values(self) -> int:
        """Numbers in its output, for one image."""
        return self.output**2 * self.filters


@dataclass(frozen=True)
class NetworkSizes:
    """A residual network as in lesson 4, with other sizes.

    Attributes:
        blocks: how many blocks the stages 2 to 5 have.
        filters: filters of the first two convolutions of a block in stage 2; they double with each
            stage, and the third convolution has four times as many.
        size: rows (and columns) of the image.
        classes: outputs.
    """

    blocks: tuple[int, ...] = BLOCKS
    filters: int = 64
    size: int = 64
    classes: int = 6

    @property
    def convolutions(self) -> list[Convolution]:
        """All convolutions, from the input to the output."""
        stem = Convolution(1, 7, 2, 3, STEM_FILTERS, self.size + 6)
        found = [stem]
        size, channels = (stem.output - 3) // 2 + 1, STEM_FILTERS
        for stage, count in enumerate(self.blocks, start=2):
            width = self.filters * 2 ** (stage - 2)
            for block in range(count):
                stride = 2 if block == 0 and stage > 2 else 1
                found += block_convolutions(
                    3, (width, width, 4 * width), stride, channels, size, stage, block == 0
                )
                size, channels = found[-1].output, 4 * width
        return found

    @property
    def last_size(self) -> int:
        """Rows (and columns) after stage 5; the head's average pooling needs two."""
        return self.convolutions[-1].output

    @property
    def head_weights(self) -> int:
        """Weights of the dense layer after the average pooling."""
        return (self.last_size // 2) ** 2 * self.convolutions[-1].filters * self.classes

    @property
    def parameters(self) -> int:
        """All parameters, as `model.count_params()` counts them."""
        counted = sum(layer.parameters for layer in self.convolutions)
        return counted + self.head_weights + self.classes

    @property
    def multiplications(self) -> int:
        """Multiplications in convolutions, for one image."""
        return sum(layer.multiplications for layer in self.convolutions)

    @property
    def memory(self) -> int:
        """Bytes for all parameters, and for the output of every convolution for one image."""
        values = sum(layer.values for layer in self.convolutions)
        return BYTES * (self.parameters + values)

    @property
    def depth(self) -> int:
        """Layers with weights on the main path: 50 for ResNet-50."""
        return 2 + 3 * sum(self.blocks)


def block_convolutions(
    kernel: int,
    filters: tuple[int, int, int],
    stride: int,
    channels: int,
    size: int,
    stage: int = 2,
    has_shortcut: bool = True,
) -> list[Convolution]:
    """The convolutions of one block: the shortcut's first if it has one, then the main path's.

    Args:
        kernel: the middle kernel's size.
        filters: F1, F2 and F3.
        stride: the stride of the first convolution, and of the shortcut's.
        channels, size: channels and rows of the block's input.
        stage: the stage it stands in.
        has_shortcut: whether a convolution stands on the shortcut.
    """
    first = Convolution(stage, 1, stride, channels, filters[0], size)
    middle = Convolution(stage, kernel, 1, filters[0], filters[1], first.output, same=True)
    third = Convolution(stage, 1, 1, filters[1], filters[2], middle.output)
    shortcut = Convolution(stage, 1, stride, channels, filters[2], size, shortcut=True)
    return [*([shortcut] if has_shortcut else []), first, middle, third]


def path_to(stage: int) -> Iterator[tuple[int, int, int]]:
    """The windows on the main path of ResNet-50 up to the end of a stage.

    Yields:
        (kernel, stride, padding) of each layer, from the input on.
    """
    yield from ((7, 2, 3), (3, 2, 0))
    for number, count in enumerate(BLOCKS, start=2):
        if number > stage:
            return
        for block in range(count):
            stride = 2 if block == 0 and number > 2 else 1
            yield from ((1, stride, 0), (3, 1, 1), (1, 1, 0))
