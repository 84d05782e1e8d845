"""The whole ResNet-50 of lesson 4 at 64 x 64 x 3, a row for each stage.

Shapes and parameter counts are computed here from the layers' formulas, and a test holds them
against the total of the Keras model, 23,600,006. Called by `python -m images`.
"""

from __future__ import annotations

from dataclasses import dataclass

from resnets.data import CLASSES

from .canvas import Canvas
from .geometry import Box
from .style import (
    BLUE,
    BOLD,
    CONV,
    DENSE,
    GREY,
    MARGIN,
    NORM,
    POOL,
    RELU,
    RULE,
    SHORTCUT,
    SKY,
    SMALL_GREY,
    SMALL_TEXT,
    WHITE,
    WIDTH,
    Font,
)

INPUT = (64, 64, 3)
# stage: filters, blocks, stride of its convolutional block (He et al. 2015, table 1)
STAGES = {
    2: ((64, 64, 256), 3, 1),
    3: ((128, 128, 512), 4, 2),
    4: ((256, 256, 1024), 6, 2),
    5: ((512, 512, 2048), 3, 2),
}

Shape = tuple[int, int, int]


def conv_parameters(kernel: int, channels: int, filters: int) -> int:
    """Kernel and bias of a convolution and the four vectors of its BatchNorm."""
    return kernel * kernel * channels * filters + filters + 4 * filters


def block_parameters(channels: int, filters: Shape, projection: bool) -> int:
    """Parameters of a residual block; `projection` adds the shortcut's convolution."""
    first, second, third = filters
    total = conv_parameters(1, channels, first) + conv_parameters(3, first, second)
    total += conv_parameters(1, second, third)
    return total + (conv_parameters(1, channels, third) if projection else 0)


def stage_parameters(stage: int) -> int:
    """Parameters of a stage: one convolutional block, then identity blocks."""
    filters, blocks, _ = STAGES[stage]
    channels = 64 if stage == 2 else STAGES[stage - 1][0][2]
    return block_parameters(channels, filters, True) + (blocks - 1) * block_parameters(
        filters[2], filters, False
    )


def stem_shapes() -> list[Shape]:
    """Shapes after zero padding, conv1 and max pooling."""
    padded = INPUT[0] + 6
    conv = (padded - 7) // 2 + 1
    pool = (conv - 3) // 2 + 1
    return [(padded, padded, 3), (conv, conv, 64), (pool, pool, 64)]


def stage_shape(stage: int) -> Shape:
    """Output shape of a stage: a 1x1 convolution with stride s rounds H / s up."""
    side = stem_shapes()[-1][0]
    for each in range(2, stage + 1):
        side = -(-side // STAGES[each][2])
    return (side, side, STAGES[stage][0][2])


def head_parameters() -> int:
    """The dense layer's weights and biases after average pooling to 1 x 1 x 2048."""
    return STAGES[5][0][2] * CLASSES + CLASSES


def total_parameters() -> int:
    """Parameters of the whole network."""
    return conv_parameters(7, 3, 64) + sum(map(stage_parameters, STAGES)) + head_parameters()


@dataclass(frozen=True)
class Chip:
    """A layer or block in a row: its box's width, colour and labels."""

    width: float
    color: str
    labels: tuple[str, ...]
    block: bool = False  # a residual block: drawn with its shortcut


ROW, GAP, CHIP = 66, 14, 40
COLUMN_CHIPS, COLUMN_SHAPE, COLUMN_PARAMETERS = 140, 634, WIDTH - MARGIN
TOP = 122


def draw() -> Canvas:
    """The architecture figure."""
    canvas = Canvas(
        WIDTH,
        624,
        "ResNet-50 for 64 by 64 images and 6 classes",
        "Rows from input to output: zero padding, stage 1 with a 7 by 7 convolution and max "
        "pooling, stages 2 to 5 with 3, 4, 6 and 3 residual blocks, then average pooling, "
        "flatten and a dense softmax layer. Each row shows output shape and parameters.",
    )
    canvas.heading("ResNet-50 for 64×64 images and 6 classes")
    canvas.text(
        MARGIN,
        51,
        "Stages 3, 4 and 5 halve height and width and double the channels.",
        Font(color=GREY),
    )
    canvas.text(MARGIN, TOP - 44, "filters F1, F2, F3", SMALL_GREY)
    canvas.text(COLUMN_SHAPE, TOP - 44, "output shape", SMALL_GREY, "end")
    canvas.text(COLUMN_PARAMETERS, TOP - 44, "parameters", SMALL_GREY, "end")
    rows = table_rows()
    for index in range(0, len(rows), 2):
        box = Box(8, TOP + index * ROW - ROW / 2, WIDTH - 8, TOP + index * ROW + ROW / 2)
        canvas.rect(box, RULE, 0.25, stroke=None)
    for index, row in enumerate(rows):
        _row(canvas, TOP + index * ROW, *row)
    for index, row in enumerate(rows[:-1]):
        _turn(canvas, TOP + index * ROW + 3, row[2])
    _footer(canvas, TOP + len(rows) * ROW + 4)
    return canvas


def table_rows() -> list[tuple[str, str, list[Chip], Shape, int]]:
    """Name, note, chips, output shape and parameters of every row."""
    stem = stem_shapes()
    rows = [
        (
            "Input",
            "",
            [
                Chip(112, RULE, ("Image", "×".join(map(str, INPUT)))),
                Chip(96, RULE, ("ZeroPad", "3 pixels")),
            ],
            stem[0],
            0,
        ),
        (
            "Stage 1",
            "",
            [
                Chip(112, CONV, ("Conv2D 7×7", "64, stride 2")),
                Chip(66, NORM, ("Batch", "Norm")),
                Chip(56, RELU, ("ReLU",)),
                Chip(106, POOL, ("MaxPool 3×3", "stride 2")),
            ],
            stem[2],
            conv_parameters(7, 3, 64),
        ),
    ]
    for stage, (filters, blocks, stride) in STAGES.items():
        chips = [Chip(66, CONV, ("Conv", f"s={stride}"), True)]
        chips += [Chip(50, SKY, ("ID",), True)] * (blocks - 1)
        note = ", ".join(map(str, filters))
        rows.append((f"Stage {stage}", note, chips, stage_shape(stage), stage_parameters(stage)))
    head = [
        Chip(112, POOL, ("AvgPool 2×2", "1×1×2048")),
        Chip(76, RULE, ("Flatten", "2048")),
        Chip(96, DENSE, (f"Dense {CLASSES}", "softmax")),
    ]
    rows.append(("Output", "", head, (CLASSES,), head_parameters()))
    return rows


def _row(
    canvas: Canvas, y: float, name: str, note: str, chips: list[Chip], shape: Shape, parameters: int
) -> None:
    """One stage: name and filters, its blocks, output shape, parameters."""
    canvas.text(MARGIN, y - 9 if note else y, name, BOLD)
    if note:
        canvas.text(MARGIN, y + 11, note, SMALL_GREY)
    x, middle = COLUMN_CHIPS, y + 3  # a little low: room for the shortcuts above
    for position, chip in enumerate(chips):
        if position:
            canvas.arrow([(x - GAP, middle), (x, middle)], size=6)
        _chip(canvas, x, middle, chip)
        x += chip.width + GAP
    canvas.text(COLUMN_SHAPE, y, "×".join(map(str, shape)), BOLD, "end")
    canvas.text(COLUMN_PARAMETERS, y, f"{parameters:,}", anchor="end")
    share = 96 * parameters / stage_parameters(5)
    if share >= 0.5:
        canvas.bar(COLUMN_PARAMETERS - share, y + 13, share, 5, GREY)


def _chip(canvas: Canvas, x: float, y: float, chip: Chip) -> None:
    """A layer or, with its shortcut over it, a block."""
    box = Box(x, y - CHIP / 2, x + chip.width, y + CHIP / 2)
    canvas.rect(box, WHITE, stroke=None)
    canvas.layer(box, chip.color, *chip.labels)
    if chip.block:
        over = box.top - 6
        ends = (box.left - 5, box.right + 5)
        canvas.line([(ends[0], y), (ends[0], over), (ends[1], over), (ends[1], y)], SHORTCUT, 2)


def _turn(canvas: Canvas, y: float, chips: list[Chip]) -> None:
    """The line from the end of a row to the start of the next."""
    right = COLUMN_CHIPS + sum(chip.width + GAP for chip in chips) - GAP
    left = COLUMN_CHIPS
    edge, between = right + 14, y + CHIP / 2 + 8
    canvas.arrow(
        [
            (right, y),
            (edge, y),
            (edge, between),
            (left - 14, between),
            (left - 14, y + ROW),
            (left, y + ROW),
        ],
        GREY,
        1.25,
        size=6,
    )


def _footer(canvas: Canvas, y: float) -> None:
    """The legend of the two kinds of block, and the total."""
    x = MARGIN
    for chip, text in (
        (Chip(50, BLUE, ("Conv",), True), "convolutional block, stride s"),
        (Chip(50, SKY, ("ID",), True), "identity block"),
    ):
        _chip(canvas, x + 6, y, chip)
        x = canvas.text(x + 70, y, text, SMALL_TEXT).right + 24
    canvas.text(COLUMN_PARAMETERS, y, f"{total_parameters():,}", BOLD, "end")
    canvas.text(COLUMN_SHAPE, y, "in all", anchor="end")
