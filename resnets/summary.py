"""What `model.summary()` prints, folded away until it is wanted.

Who calls it: lessons 4 and 6; for ResNet-50 it has several hundred lines.
"""

from __future__ import annotations

import html

import keras
from IPython.utils.capture import capture_output


class ModelSummary:
    """The table as `.text`; in a notebook a line to open, and the totals."""

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
    """The text of `model.summary()`, `line_length` characters wide.

    Raises:
        ValueError: Keras', if the model is not built yet.
    """
    lines: list[str] = []
    # Inside Jupyter, Keras' table printer shows an empty output even when the text goes elsewhere.
    with capture_output():
        model.summary(line_length=line_length, print_fn=lambda text, **_: lines.append(text))
    return ModelSummary("\n".join(lines))
