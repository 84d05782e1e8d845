"""A picture of a model's layers.

Who calls it: lessons 4 and 6. Graphviz's `dot` draws it; without `dot`, it is drawn here.
"""

from __future__ import annotations

import html

import keras

from resnets_graph import Step, walk
from resnets_measured import is_recorded

_BOX_WIDTH, _BOX_HEIGHT, _GAP, _LANE = 330, 28, 16, 26


class ModelPicture:
    """The picture as `.svg` (text), and `.note`: how it was drawn. Shows itself in a notebook."""

    def __init__(self, svg: str, note: str, alt: str):
        self.svg, self.note, self.alt = svg, note, alt

    def __repr__(self) -> str:
        return self.alt

    def _repr_html_(self) -> str:
        scrolled = "max-height:36em;overflow:auto;border:1px solid #ccc;background:white"
        label = html.escape(self.alt)
        return (
            f"<p>{label} {html.escape(self.note)}</p>"
            f'<div role="img" aria-label="{label}" style="{scrolled}">{self.svg}</div>'
        )


def model_picture(model: keras.Model) -> ModelPicture:
    """The graph of the layers, with the shape that each puts out.

    Raises:
        NotFunctionalError (a TypeError): `model` is not a built functional model.
    """
    steps = walk(model)
    alt = f"The {len(steps)} layers of the model {model.name}, from input (top) to output."
    if is_recorded():  # what dot draws differs from run to run and from version to version
        return ModelPicture(_draw(steps), "Drawn by the course.", alt)
    try:
        graph = keras.utils.model_to_dot(model, show_shapes=True, show_layer_names=True, dpi=60)
        svg = graph.create(format="svg").decode("utf-8")
        return ModelPicture(svg[svg.index("<svg") :], "Drawn by Graphviz.", alt)
    except Exception as error:  # no dot, a broken dot, or a pydot that does not fit
        note = (
            "Graphviz's program dot could not be used, so this is the course's own simpler "
            f"drawing ({type(error).__name__})."
        )
        return ModelPicture(_draw(steps), note, alt)


def _draw(steps: list[Step]) -> str:
    """One box a layer from top to bottom; an arc on the right for whatever skips boxes."""
    lanes = _lanes(steps)
    width = _BOX_WIDTH + 20 + _LANE * (1 + max(lanes.values(), default=0))
    height = len(steps) * (_BOX_HEIGHT + _GAP) + _GAP
    parts = [_box(i, step) for i, step in enumerate(steps)]
    parts += [_edge(start, end, lanes) for end, step in enumerate(steps) for start in step.inputs]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">'
        f'{"".join(parts)}</svg>'
    )


def _top(i: int) -> int:
    return _GAP + i * (_BOX_HEIGHT + _GAP)


def _box(i: int, step: Step) -> str:
    shape = " × ".join("?" if size is None else str(size) for size in step.shape[1:])
    text = f"{step.layer.name} ({type(step.layer).__name__})"
    middle = _top(i) + _BOX_HEIGHT / 2 + 4
    return (
        f'<rect x="10" y="{_top(i)}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="4" '
        f'fill="#fff" stroke="#0072B2"/>'
        f'<text x="18" y="{middle}">{html.escape(text)}</text>'
        f'<text x="{_BOX_WIDTH + 2}" y="{middle}" text-anchor="end">{shape}</text>'
    )


def _lanes(steps: list[Step]) -> dict[tuple[int, int], int]:
    """For each arc a lane to run in, so that arcs over the same boxes lie side by side."""
    edges = [(start, end) for end, step in enumerate(steps) for start in step.inputs]
    arcs = sorted((e for e in edges if e[1] - e[0] > 1), key=lambda arc: arc[1] - arc[0])
    lanes: dict[tuple[int, int], int] = {}
    for start, end in arcs:
        taken = {lane for (a, b), lane in lanes.items() if a < end and start < b}
        lanes[start, end] = next(lane for lane in range(len(arcs)) if lane not in taken)
    return lanes


def _edge(start: int, end: int, lanes: dict[tuple[int, int], int]) -> str:
    if (start, end) not in lanes:
        x = 10 + _BOX_WIDTH / 2
        line = f"M{x} {_top(start) + _BOX_HEIGHT} V{_top(end)}"
        return f'<path d="{line}" stroke="#000" fill="none"/>'
    right = 10 + _BOX_WIDTH
    x = right + _LANE * (1 + lanes[start, end])
    y1, y2 = _top(start) + _BOX_HEIGHT * 0.75, _top(end) + _BOX_HEIGHT * 0.25
    line = f"M{right} {y1} H{x} V{y2} H{right}"
    return f'<path d="{line}" stroke="#D55E00" stroke-width="2" fill="none"/>'
