"""Show `model.summary()` folded, so that the reader can open it.

Who calls it: lessons 4 and 6; the summary of ResNet-50 has several hundred lines.
"""

from __future__ import annotations

import html

import keras
from IPython.utils.capture import capture_output


class ModelSummary:
    """The table, with its text in `.text`; a notebook shows a line to open, and the totals."""

    def __init__(self, text: str):
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        totals = self.text[self.text.index(" Total params") :].rstrip()
        return (
            "<details><summary>model.summary(): open to see every layer</summary>"
            f"<pre>{html.escape(self.text)}</pre></details><pre>{html.escape(totals)}</pre>"
        )


def model_summary(model: keras.Model, line_length: int = 100) -> ModelSummary:
    """Return the text of `model.summary()`, `line_length` characters wide.

    Raises:
        ValueError: the model is not built yet (raised by Keras).
    """
    lines: list[str] = []
    # Inside Jupyter, Keras shows an empty output even when `print_fn` takes the text.
    with capture_output():
        model.summary(line_length=line_length, print_fn=lambda text, **_: lines.append(text))
    return ModelSummary("\n".join(lines))
