"""A diagram of a model's layers.

Who calls it: lessons 4 and 6. Graphviz's `dot` draws it; without `dot`, this module does.
"""

from __future__ import annotations

import html
import shutil
import urllib.parse

import keras

from resnets.graph import Step, walk
from resnets.training.stored import outputs_are_stored

_WIDTH, _HEIGHT = 350, 26  # of a box, in pixels; two columns fit a notebook
_ROW_GAP, _COLUMN_GAP = 18, 50
_DOT_SCALE = 34  # dots per inch: ResNet-50's two columns then fit a notebook's width
_LONG = 40  # layers; a diagram with more is folded
_LANE = 24  # between shortcuts that run side by side
_LONGEST_TEXT = 34  # characters: BatchNorm layers with their full names, beside the shape
_FILL = {"Conv2D": "#E3F0F9", "Dense": "#E3F0F9", "Add": "#FCE8DC"}


class ModelDiagram:
    """A diagram that a notebook displays, folded if it is long.

    Attributes:
        svg: its source.
        note: what drew it.
        alt: what it shows.
        is_long: whether it has more layers than fit a screen.
    """

    def __init__(self, svg: str, note: str, alt: str, is_long: bool = False):
        self.svg, self.note, self.alt, self.is_long = svg, note, alt, is_long

    def __repr__(self) -> str:
        return f"{self.alt} {self.note}"

    def _repr_html_(self) -> str:
        # As an <img>, the diagram has an alt text and passes Jupyter's sanitiser.
        source = urllib.parse.quote(self.svg, safe=" /:;=(),'")
        image = (
            '<div style="max-height:36em;overflow:auto;border:1px solid #ccc;background:white">'
            f'<img alt="{html.escape(self.alt)}" style="max-width:none" '
            f'src="data:image/svg+xml;charset=utf-8,{source}"></div>'
        )
        if self.is_long:  # it would push everything else off the screen
            return f"<details><summary>{html.escape(repr(self))}</summary>{image}</details>"
        return f"<div>{html.escape(repr(self))}</div>{image}"


def model_diagram(model: keras.Model) -> ModelDiagram:
    """A diagram of the layers with their output shapes, from input (top) to output.

    Raises:
        NotFunctionalError (a TypeError): `model` is not a built functional model.
    """
    steps = walk(model)
    alt = f"The {len(steps)} layers of the model {model.name}, from input (top) to output."
    is_long = len(steps) > _LONG
    if outputs_are_stored():  # versions of dot draw differently
        return ModelDiagram(_draw(steps), "Drawn by the course.", alt, is_long)
    try:
        graph = keras.utils.model_to_dot(
            model, show_shapes=True, show_layer_names=True, dpi=_DOT_SCALE
        )
        svg = graph.create(format="svg").decode("utf-8")
        return ModelDiagram(svg[svg.index("<svg") :], "Drawn by Graphviz.", alt, is_long)
    except Exception as error:  # no dot, a broken dot, or a pydot that does not fit
        note = (
            "Graphviz's program dot could not be used, so this is the course's own simpler "
            f"diagram ({type(error).__name__})."
        )
        return ModelDiagram(_draw(steps), note, alt, is_long)


def save_model_plot(model: keras.Model, path: str) -> str:
    """Draw a model with Keras's own `plot_model`, as the classic assignment did.

    Args:
        path: the file to write, such as "model.png".

    Returns:
        A line that says whether the file is there. Keras needs Graphviz's program dot for it.
    """
    if outputs_are_stored():
        return f"Run this cell: if Graphviz's program dot is installed, it writes {path}."
    if shutil.which("dot") is None:
        return f"{path} was not written: Graphviz's program dot is not installed."
    keras.utils.plot_model(model, to_file=path, show_shapes=True)
    return f"{path} is written, beside this notebook."


def _draw(steps: list[Step]) -> str:
    """The diagram as SVG: the longest path straight down, other layers in columns on its right."""
    positions = _grid_positions(steps)
    lanes = _lanes(steps, positions)
    columns = max(column for _, column in positions)
    lanes_end = _WIDTH + _LANE * (2 + max(lanes.values(), default=0))
    width = 20 + max(columns * (_WIDTH + _COLUMN_GAP) + _WIDTH, lanes_end)
    height = (1 + max(row for row, _ in positions)) * (_HEIGHT + _ROW_GAP) + _ROW_GAP
    lines = [
        _line(positions[start], positions[end], lanes.get((start, end), 0))
        for end, step in enumerate(steps)
        for start in step.inputs
    ]
    boxes = [_box(step, *position) for step, position in zip(steps, positions, strict=True)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto" markerUnits="userSpaceOnUse">'
        '<path d="M0 0 8 4 0 8z"/></marker></defs>'
        f"{''.join(lines)}{''.join(boxes)}</svg>"
    )


def _grid_positions(steps: list[Step]) -> list[tuple[int, int]]:
    """(row, column) of each step; steps further from the output stand higher."""
    before, after = [0] * len(steps), [0] * len(steps)
    for i, step in enumerate(steps):
        before[i] = max((before[j] + 1 for j in step.inputs), default=0)
    for i in reversed(range(len(steps))):
        for j in steps[i].inputs:
            after[j] = max(after[j], after[i] + 1)
    main = len(steps) - 1
    longest = {main}
    while steps[main].inputs:
        main = max(steps[main].inputs, key=lambda j: before[j])
        longest.add(main)
    beside: dict[int, int] = {}
    positions = []
    for i, row in enumerate(max(after) - count for count in after):
        if i not in longest:
            beside[row] = beside.get(row, 0) + 1
        positions.append((row, 0 if i in longest else beside[row]))
    return positions


def _lanes(steps: list[Step], positions: list[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """A lane for each shortcut along the first column; overlapping ones get a lane each."""
    edges = [(start, end) for end, step in enumerate(steps) for start in step.inputs]
    rows = {
        (start, end): (positions[start][0], positions[end][0])
        for start, end in edges
        if positions[start][1] == positions[end][1] == 0
        and positions[end][0] - positions[start][0] > 1
    }
    lanes: dict[tuple[int, int], int] = {}
    for edge, (top, bottom) in sorted(rows.items(), key=lambda item: item[1][1] - item[1][0]):
        taken = {lane for e, lane in lanes.items() if rows[e][0] < bottom and top < rows[e][1]}
        lanes[edge] = next(lane for lane in range(len(rows)) if lane not in taken)
    return lanes


def _corner(row: int, column: int) -> tuple[int, int]:
    return 10 + column * (_WIDTH + _COLUMN_GAP), _ROW_GAP + row * (_HEIGHT + _ROW_GAP)


def _box(step: Step, row: int, column: int) -> str:
    x, y = _corner(row, column)
    text = f"{step.layer.name} ({step.kind})"
    text = html.escape(text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…")
    shape = " × ".join("?" if size is None else str(size) for size in step.shape[1:])
    return (
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="4" '
        f'fill="{_FILL.get(step.kind, "#FFFFFF")}" stroke="#555555"/>'
        f'<text x="{x + 8}" y="{y + 17}">{text}</text>'
        f'<text x="{x + _WIDTH - 8}" y="{y + 17}" text-anchor="end">{shape}</text>'
    )


def _line(start: tuple[int, int], end: tuple[int, int], lane: int) -> str:
    (x1, y1), (x2, y2) = _corner(*start), _corner(*end)
    middle = _HEIGHT / 2
    colour = "#D55E00"
    if start[1] == end[1] and end[0] == start[0] + 1:  # to the box below
        path, colour = f"M{x1 + _WIDTH / 2} {y1 + _HEIGHT} V{y2}", "#000000"
    elif end[1] > start[1]:  # out to a column on the right
        path = f"M{x1 + _WIDTH} {y1 + middle} H{x2 + _WIDTH / 2} V{y2}"
    elif end[1] < start[1]:  # back from there
        path = f"M{x1 + _WIDTH / 2} {y1 + _HEIGHT} V{y2 + middle} H{x2 + _WIDTH}"
    else:  # around the boxes in between
        across = x1 + _WIDTH + _LANE * (1 + lane)
        path = f"M{x1 + _WIDTH} {y1 + middle} H{across} V{y2 + middle} H{x2 + _WIDTH}"
    return f'<path d="{path}" stroke="{colour}" fill="none" marker-end="url(#tip)"/>'
