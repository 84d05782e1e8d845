"""Make a table of what a residual network does stage by stage.

Who calls it: lesson 4, with the learner's own ResNet50.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import keras

from resnets.graph import ACTIVATIONS, Step, blocks, walk

_HEADINGS = (
    "stage",
    "blocks",
    "output shape",
    "stride so far",
    "receptive field",
    "parameters",
)
# Layers that keep the shape of their input and treat each pixel separately.
_NO_SHAPE_CHANGE = ACTIVATIONS | {"InputLayer", "BatchNormalization", "Dropout"}


@dataclass(frozen=True)
class Geometry:
    """How a feature map lies over the input image, in pixels of the input.

    Attributes:
        stride: distance between the centres of two neighbouring values, (rows, columns).
        field: the receptive field of one value, (rows, columns); it may reach beyond the edge of
            the image. None after a layer that mixes all positions.
    """

    stride: tuple[int, int] = (1, 1)
    field: tuple[int, int] | None = (1, 1)


@dataclass(frozen=True)
class StageRow:
    """One row of the table; `parameters` counts the weights that first appear in it."""

    stage: str
    blocks: str
    output_shape: tuple[int | None, ...]
    geometry: Geometry
    parameters: int

    def cells(self) -> tuple[str, ...]:
        """Return the row's texts, in the order of the headings."""
        shape = " × ".join("?" if size is None else str(size) for size in self.output_shape)
        seen = self.geometry.field
        stride = "–" if seen is None else _pair(self.geometry.stride)
        field = "whole image" if seen is None else _pair(seen)
        return self.stage, self.blocks, shape, stride, field, f"{self.parameters:,}"


@dataclass(frozen=True)
class ModelTrace:
    """The rows from input to output; displayed as a table.

    Attributes:
        rows: one for each stage.
        total: the number of parameters.
    """

    rows: list[StageRow]
    total: int

    def _lines(self) -> list[tuple[str, ...]]:
        body = [row.cells() for row in self.rows]
        return [_HEADINGS, *body, ("total", "", "", "", "", f"{self.total:,}")]

    def __repr__(self) -> str:
        lines = self._lines()
        widths = [max(len(line[i]) for line in lines) for i in range(len(_HEADINGS))]
        text = [
            "  ".join(
                cell.rjust(width) if i > 2 else cell.ljust(width)
                for i, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ]
        return "\n".join([text[0], "-" * len(text[0]), *text[1:]])

    def _repr_html_(self) -> str:
        head, *body = self._lines()
        align = ["left"] * 3 + ["right"] * 3

        def line(cells: tuple[str, ...], tag: str) -> str:
            fields = (
                f'<{tag} style="text-align:{side}">{html.escape(cell)}</{tag}>'
                for cell, side in zip(cells, align, strict=True)
            )
            return f"<tr>{''.join(fields)}</tr>"

        rows = "".join(line(cells, "td") for cells in body)
        return f"<table><thead>{line(head, 'th')}</thead><tbody>{rows}</tbody></table>"


def trace_model(model: keras.Model) -> ModelTrace:
    """Follow an image through `model`, stage by stage.

    Consecutive residual blocks with the same output shape form a stage. Stage 1 is the stem before
    the first block; the head is everything after the last block. A model without additions gets a
    row for each size of its feature maps. Stride and receptive field are those of the path with the
    largest receptive field (Dumoulin & Visin, arXiv:1603.07285; Araujo et al., 2019).

    Returns:
        The table: `.rows`, and `.total`, the number of parameters.

    Raises:
        NotFunctionalError (a TypeError): `model` is not a built functional model.
        ValueError: a layer makes feature maps larger.
    """
    steps = walk(model)
    geometry = _geometries(steps)
    rows, counted = [], set()
    for stage, kinds, members in _groups(steps):
        layers = {id(steps[i].layer): steps[i].layer for i in members}
        new = [layer for key, layer in layers.items() if key not in counted]
        parameters = sum(layer.count_params() for layer in new if hasattr(layer, "count_params"))
        counted |= layers.keys()
        last = members[-1]
        rows.append(StageRow(stage, kinds, steps[last].shape[1:], geometry[last], parameters))
    return ModelTrace(rows, model.count_params())


def _geometries(steps: list[Step], start: Geometry = Geometry()) -> list[Geometry]:  # noqa: B008
    geometries: list[Geometry] = []
    for step in steps:
        before = [geometries[i] for i in step.inputs]
        geometries.append(_after(step, _longest(before) if before else start))
    return geometries


def _longest(paths: list[Geometry]) -> Geometry:
    """Return the path with the largest receptive field: it decides what a value sees after Add."""
    return max(paths, key=lambda path: (path.field is None, path.field))


def _after(step: Step, before: Geometry) -> Geometry:
    layer = step.layer
    if isinstance(layer, keras.Model):
        return _geometries(walk(layer), before)[-1]
    if before.field is None or len(step.shape) != 4 or "Global" in step.kind:
        return Geometry(before.stride, None)
    if isinstance(layer, keras.layers.UpSampling2D | keras.layers.Conv2DTranspose):
        raise ValueError(
            f"trace_model: {layer.name!r} ({step.kind}) makes feature maps larger; only networks "
            "that keep or shrink them can be traced."
        )
    window = _pair_of(getattr(layer, "kernel_size", getattr(layer, "pool_size", 1)))
    dilation = _pair_of(getattr(layer, "dilation_rate", 1))
    # An operation of keras.ops keeps None: then the windows lie side by side.
    strides = window if (given := getattr(layer, "strides", 1)) is None else _pair_of(given)
    field = _each(
        lambda seen, size, gap, stride: seen + (size - 1) * gap * stride,
        before.field,
        window,
        dilation,
        before.stride,
    )
    stride = _each(lambda s, step: s * step, before.stride, strides)
    return Geometry(stride, field)


def _pair_of(size: int | tuple[int, int]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size


def _each(function, *pairs) -> tuple:
    return tuple(function(*values) for values in zip(*pairs, strict=True))


def _groups(steps: list[Step]) -> Iterator[tuple[str, str, list[int]]]:
    """Yield (stage, blocks, indices of its steps), from input to output."""
    residual_blocks = blocks(steps)
    if not residual_blocks:
        yield from _groups_by_size(steps)
        return
    stem = list(range(residual_blocks[0][0]))
    yield "1 (stem)", _kinds(steps, stem), stem
    for stage, run in enumerate(
        _runs(residual_blocks, lambda block: steps[block[-1]].shape), start=2
    ):
        yield str(stage), _block_kinds(steps, run), list(range(run[0][0], run[-1][-1] + 1))
    head = list(range(residual_blocks[-1][-1] + 1, len(steps)))
    if head:
        yield "head", _kinds(steps, head), head


def _groups_by_size(steps: list[Step]) -> Iterator[tuple[str, str, list[int]]]:
    feature_maps = [i for i, step in enumerate(steps) if len(step.shape) == 4]
    for stage, run in enumerate(_runs(feature_maps, lambda i: steps[i].shape[1:3]), start=1):
        yield str(stage), _kinds(steps, run), run
    head = [i for i, step in enumerate(steps) if len(step.shape) != 4]
    if head:
        yield "head", _kinds(steps, head), head


def _runs(items: list, key) -> list[list]:
    return [list(run) for _, run in itertools.groupby(items, key)]


def _block_kinds(steps: list[Step], run: list[list[int]]) -> str:
    """Return text such as "1 convolutional + 2 identity".

    A block whose shortcut has layers of its own is a convolutional block.
    """
    identity = sum(_has_plain_shortcut(steps, block) for block in run)
    kinds = {"convolutional": len(run) - identity, "identity": identity}
    return " + ".join(f"{count} {kind}" for kind, count in kinds.items() if count)


def _has_plain_shortcut(steps: list[Step], block: list[int]) -> bool:
    """Return whether an input of the block's addition comes directly from before the block."""
    addition = next(i for i in block if steps[i].is_addition)
    return any(i < block[0] for i in steps[addition].inputs)


def _kinds(steps: list[Step], members: list[int]) -> str:
    """Return the names of the layers that change the shape, in order."""
    names = [steps[i].kind for i in members if steps[i].kind not in _NO_SHAPE_CHANGE]
    runs = ((name, len(list(run))) for name, run in itertools.groupby(names))
    return ", ".join(name if count == 1 else f"{count} {name}" for name, count in runs)


def _pair(values: tuple[int, int]) -> str:
    rows, columns = (f"{value}" for value in values)
    return rows if rows == columns else f"{rows} × {columns}"
