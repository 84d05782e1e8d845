"""The controls of a prediction in a notebook, until the learner decides; then a box replaces them.

Who calls it: `predictions`. The controls are an anywidget with a small module of our own, because
ipywidgets has no axes to draw on, and cuts off the long answers of a choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets
from IPython.display import display

from resnets.training.progress import view_of
from resnets.widgets.questions import CONFIDENCE, Curve, Number, Question, Reading, power, short
from resnets.widgets.static_html import Box


class Panel(anywidget.AnyWidget):
    """The controls.

    Attributes:
        spec: what the browser draws, see `question_spec` and `reading_spec`.
        message: what the browser says under the controls.
    """

    _esm = Path(__file__).with_name("panel.js")
    _css = Path(__file__).with_name("panel.css")
    spec = traitlets.Dict().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)


class Shown:
    """An output of the running cell that shows controls, and later a box in their place."""

    def __init__(self, spec: dict, waiting: Box, on_answer: Callable[[dict], str]) -> None:
        """Show the controls.

        Args:
            spec: what the browser draws.
            waiting: what a page without a kernel shows as long as nothing is decided.
            on_answer: called with what the browser sends; returns what to say in reply.
        """
        self._panel = Panel(spec=spec)
        self._used = False

        def receive(_: Panel, content: dict, buffers: list) -> None:
            self._used = True
            self._reply(on_answer(content))

        self._panel.on_msg(receive)
        bundle = {**view_of(self._panel), **waiting.bundle()}
        self._output = display(bundle, raw=True, display_id=True)

    def replace(self, box: Box) -> None:
        """Show the box instead of the controls, from now on."""
        self._output.update(box.bundle(), raw=True)
        # With "Run All" the box comes so soon that the browser is still loading the controls; to
        # close them then is an error in its console.
        if self._used:
            self._panel.close()

    def _reply(self, text: str) -> None:
        if self._panel.comm is not None:
            self._panel.message = text


def question_spec(question: Question, known: Mapping[str, Any], element: str) -> dict[str, Any]:
    """Return what the browser needs to ask a question."""
    spec = {
        "kind": question.kind,
        "title": question.title,
        "confidence": list(CONFIDENCE),
        "element": element,
    }
    if isinstance(question, Number):
        return {**spec, **_scale(question), "unit": question.unit}
    if isinstance(question, Curve):
        return {**spec, **_scale(question), **_axes(question, known)}
    return {**spec, "options": [option.text for option in question.options]}


def reading_spec(reading: Reading, element: str) -> dict[str, Any]:
    """Return what the browser needs to ask what the plot shows."""
    options = [observation.text for observation in reading.observations]
    return {"kind": "reading", "title": reading.question, "options": options, "element": element}


def _scale(question: Number | Curve) -> dict[str, Any]:
    """The ends of a scale, and its labels with their places from 0 to 1."""
    low, high = _on_scale(question, question.low), _on_scale(question, question.high)
    if question.log:
        step = max(1, round((high - low) / 6))
        at = np.arange(np.ceil(low), high + 0.01, step)
        ticks = [(power(value) if step > 1 else short(10.0**value), value) for value in at]
    else:
        ticks = [(short(value), value) for value in np.linspace(low, high, 6)]
    return {
        "low": float(low),
        "high": float(high),
        "log": question.log,
        "ticks": [[label, float((value - low) / (high - low))] for label, value in ticks],
    }


def _axes(question: Curve, known: Mapping[str, Any]) -> dict[str, Any]:
    """The labels of a curve's axes, and the curves that are known, from 0 to 1 like the ticks."""
    low, high = _on_scale(question, question.low), _on_scale(question, question.high)
    lines = [
        [name, ((_on_scale(question, np.asarray(known[name])) - low) / (high - low)).tolist()]
        for name in question.known
    ]
    axis = {"x": list(question.x), "xlabel": question.xlabel, "ylabel": question.ylabel}
    return {**axis, "lines": lines}


def _on_scale(question: Number | Curve, value: Any) -> Any:
    return np.log10(np.maximum(value, question.low)) if question.log else np.asarray(value, float)
