"""The residual blocks of lessons 2 and 3: main path, shortcut, and a card for each component.

The identity blocks with two and three layers and the convolutional block share one layout.
Called by `python -m images`.
"""

from __future__ import annotations

from dataclasses import dataclass

from .canvas import Canvas
from .geometry import Box
from .style import (
    BOLD,
    CONV,
    GREY,
    MARGIN,
    NORM,
    RELU,
    RULE,
    SHORTCUT,
    SMALL,
    SMALL_GREY,
    SMALL_TEXT,
    WIDTH,
    Font,
)

NODE = 26  # diameter of the plus node
HEIGHT_LAYER = 56
CARD_GAP = 12
CARD_HEIGHT = 142
ORDINALS = ("First", "Second", "Third")


@dataclass(frozen=True)
class Component:
    """One convolution of the main path with its BatchNorm and, except the last, its ReLU."""

    kernel: str
    filters: str
    stride: str
    padding: str
    branch: str
    shape: str
    relu: bool = True


def identity_block_2() -> Canvas:
    """The identity block as He et al. use it in ResNet-18 and 34: two f x f convolutions."""
    canvas = Canvas(
        WIDTH,
        406,
        "Identity block with two layers",
        "Main path: Conv2D, BatchNorm, ReLU, Conv2D, BatchNorm. The shortcut carries X unchanged "
        "over it. Both are added, then a ReLU follows.",
    )
    canvas.heading(
        "Identity block, two layers",
        "The shortcut carries X past both layers unchanged, so F2 must equal X's channels.",
    )
    parts = [
        Component("f×f", "F1", "1", "same", "2a", "(m, H, W, F1)"),
        Component("f×f", "F2", "1", "same", "2b", "(m, H, W, F2)", relu=False),
    ]
    return _block(canvas, parts, lane=104)


def identity_block_3() -> Canvas:
    """The bottleneck identity block that lesson 2 asks for."""
    canvas = Canvas(
        WIDTH,
        406,
        "Identity block with three layers",
        "Main path: three components of Conv2D and BatchNorm, with ReLU after the first two. The "
        "shortcut carries X unchanged over it. Both are added, then a ReLU follows.",
    )
    canvas.heading(
        "Identity block, three layers",
        "The shortcut carries X past all layers unchanged, so F3 must equal X's channels.",
    )
    return _block(canvas, _bottleneck("1", "H, W"), lane=104)


def convolutional_block() -> Canvas:
    """The convolutional block of lesson 3, whose shortcut changes the shape, too."""
    canvas = Canvas(
        WIDTH,
        516,
        "Convolutional block",
        "Main path: three components as in the identity block, the first with stride s. The "
        "shortcut has a 1 by 1 convolution with F3 filters and stride s and a BatchNorm, and no "
        "activation. Both are added, then a ReLU follows.",
    )
    canvas.heading(
        "Convolutional block",
        "A convolution on the shortcut gives X the shape that the main path has at the end.",
    )
    _block(canvas, _bottleneck("s", "H/s, W/s"), lane=190, projection=True)
    canvas.text(
        MARGIN, 496, "H/s and W/s are rounded up: with s = 2, a height of 15 becomes 8.", SMALL_GREY
    )
    return canvas


def _bottleneck(stride: str, size: str) -> list[Component]:
    """The three components of a block; the first has the stride, all have outputs of `size`."""
    return [
        Component("1×1", "F1", stride, "valid", "2a", f"(m, {size}, F1)"),
        Component("f×f", "F2", "1", "same", "2b", f"(m, {size}, F2)"),
        Component("1×1", "F3", "1", "valid", "2c", f"(m, {size}, F3)", relu=False),
    ]


def _block(
    canvas: Canvas, components: list[Component], lane: float, projection: bool = False
) -> Canvas:
    """Draw the block with its shortcut at height `lane` and the cards under the main path."""
    axis = lane + 78  # the main path's height
    spans, start, plus = _main_path(canvas, components, axis)
    _shortcut(canvas, start, plus, axis, lane, projection)
    width = (WIDTH - 2 * MARGIN - CARD_GAP * (len(components) - 1)) / len(components)
    top = axis + HEIGHT_LAYER / 2 + 34
    for index, (component, span) in enumerate(zip(components, spans, strict=True)):
        left = MARGIN + index * (width + CARD_GAP)
        _card(canvas, component, index, span, Box(left, top, left + width, top + CARD_HEIGHT))
    return canvas


@dataclass(frozen=True)
class Spacing:
    """Widths of the layers and of the gaps between them, in pixels."""

    conv: float
    norm: float
    relu: float
    gap: float
    between: float  # components


TWO_LAYERS = Spacing(92, 78, 64, 20, 34)
THREE_LAYERS = Spacing(64, 56, 48, 12, 18)


def _main_path(
    canvas: Canvas, components: list[Component], axis: float
) -> tuple[list[Box], float, float]:
    """Draw the layers in a row; returns each component's span and the x of branch and plus."""
    space = TWO_LAYERS if len(components) == 2 else THREE_LAYERS
    canvas.text(MARGIN, axis, "X", Font(16, bold=True))
    start = x = MARGIN + 20  # room for the X, then the branch
    spans = []
    for component in components:
        left = x + (space.between if spans else 22)
        _arrow(canvas, x, left, axis)
        x = _component(canvas, component, left, axis, space)
        spans.append(_layer_box(left, x - left, axis))
    plus = x + space.between + NODE / 2
    _arrow(canvas, x, plus - NODE / 2, axis)
    canvas.plus(plus, axis)
    left, x = plus + NODE / 2, plus + NODE / 2 + space.gap + 4
    _arrow(canvas, left, x, axis)
    canvas.layer(_layer_box(x, space.relu, axis), RELU, "ReLU")
    _arrow(canvas, x + space.relu, min(x + space.relu + 34, WIDTH - MARGIN), axis)
    return spans, start, plus


def _component(
    canvas: Canvas, component: Component, x: float, axis: float, space: Spacing
) -> float:
    """Draw the layers of a component that starts at `x`; returns the x of its right end."""
    layers = [
        (space.conv, CONV, ("Conv2D", component.kernel)),
        (space.norm, NORM, ("Batch", "Norm")),
    ]
    if component.relu:
        layers.append((space.relu, RELU, ("ReLU",)))
    for index, (width, color, labels) in enumerate(layers):
        if index:
            _arrow(canvas, x, x + space.gap, axis)
            x += space.gap
        canvas.layer(_layer_box(x, width, axis), color, *labels)
        x += width
    return x


def _layer_box(x: float, width: float, axis: float) -> Box:
    """The box of a layer on the main path."""
    return Box(x, axis - HEIGHT_LAYER / 2, x + width, axis + HEIGHT_LAYER / 2)


def _arrow(canvas: Canvas, left: float, right: float, y: float) -> None:
    canvas.arrow([(left, y), (right, y)])


def _shortcut(
    canvas: Canvas, start: float, plus: float, axis: float, lane: float, projection: bool
) -> None:
    """The shortcut, from the branch at `start` to the node at `plus`."""
    canvas.dot(start, axis, SHORTCUT)
    if not projection:
        canvas.arrow(
            [(start, axis), (start, lane), (plus, lane), (plus, axis - NODE / 2)],
            SHORTCUT,
            width=3,
            size=11,
        )
        canvas.text((start + plus) / 2, lane - 14, "shortcut", BOLD, "middle")
        return
    conv, norm, gap = 120, 100, 24
    left = (start + plus) / 2 - (conv + gap + norm) / 2
    middle = left + conv
    right = middle + gap + norm
    canvas.arrow([(start, axis), (start, lane), (left, lane)], SHORTCUT, 3, size=11)
    canvas.layer(Box(left, lane - 24, middle, lane + 24), CONV, "Conv2D 1×1", "stride s")
    canvas.arrow([(middle, lane), (middle + gap, lane)], SHORTCUT, 3, size=11)
    canvas.layer(Box(middle + gap, lane - 24, right, lane + 24), NORM, "BatchNorm")
    canvas.arrow([(right, lane), (plus, lane), (plus, axis - NODE / 2)], SHORTCUT, 3, size=11)
    _shortcut_card(canvas, Box(MARGIN, lane - 112, WIDTH - MARGIN, lane - 50), left, right)


def _shortcut_card(canvas: Canvas, card: Box, left: float, right: float) -> None:
    """The numbers and names of the convolutional block's shortcut, tied to its layers below."""
    bar = card.bottom + 18
    corners = [
        (card.left + 6, card.bottom),
        (card.right - 6, card.bottom),
        (right, bar),
        (left, bar),
    ]
    canvas.polygon(corners, RULE, ' fill-opacity="0.4"')
    canvas.line([(left, bar), (right, bar)], GREY, 1.25)
    canvas.rect(card, RULE, 0.25, stroke=RULE, width=1)
    column = (card.right - card.left + CARD_GAP) / 3
    x, y, step = card.left + 13, card.top + 20, 21
    canvas.text(x, y, "Shortcut", BOLD)
    canvas.text(x, y + step, "no activation on it", SMALL_TEXT)
    canvas.text(x + column, y, "res{stage}{block}_branch1", Font(SMALL, mono=True))
    canvas.text(x + column, y + step, "bn{stage}{block}_branch1", Font(SMALL, mono=True))
    x += 2 * column
    canvas.text(x, y, "F3 filters, 1×1, stride s, valid", SMALL_TEXT, within=card)
    canvas.text(x, y + step, "output (m, H/s, W/s, F3)", SMALL_TEXT, within=card)


def _card(canvas: Canvas, part: Component, index: int, span: Box, card: Box) -> None:
    """The numbers and names of a component, tied to its layers by a funnel."""
    top = span.bottom + 8
    corners = [
        (span.left, top),
        (span.right, top),
        (card.right - 6, card.top),
        (card.left + 6, card.top),
    ]
    canvas.polygon(corners, RULE, ' fill-opacity="0.4"')
    canvas.line([(span.left, top), (span.right, top)], GREY, 1.25)
    canvas.rect(card, RULE, 0.25, stroke=RULE, width=1)
    x, y, step = card.left + 13, card.top + 20, 20
    canvas.text(x, y, f"{ORDINALS[index]} component", BOLD, within=card)
    canvas.text(x, y + step + 2, f"{part.filters} filters, {part.kernel}", SMALL_TEXT, within=card)
    steps = f"stride {part.stride}, padding {part.padding}"
    canvas.text(x, y + 2 * step + 2, steps, SMALL_TEXT, within=card)
    for row, kind in ((3, "res"), (4, "bn")):
        name = f"{kind}{{stage}}{{block}}_branch{part.branch}"
        canvas.text(x, y + row * step + 2, name, Font(SMALL, mono=True), within=card)
    canvas.text(x, y + 5 * step + 2, f"output {part.shape}", SMALL_TEXT, within=card)
