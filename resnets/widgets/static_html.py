"""The lasting form of a prediction: HTML without a kernel, and the same as plain text.

Who calls it: `predictions`. A reopened notebook and an exported page show these boxes.
"""

from __future__ import annotations

import html
from dataclasses import dataclass

from resnets import boxes
from resnets.widgets.questions import Observation

_STYLE = {
    "committed": boxes.WAITING,
    "skipped": boxes.SKIPPED,
    "right": boxes.RIGHT,
    "wrong": boxes.WRONG,
}


@dataclass(frozen=True)
class Box:
    """A box in a cell's output.

    Attributes:
        look: "committed", "skipped", "right" or "wrong"; word and border say it, not only colour.
        head: its first line.
        parts: paragraphs, each with a heading that may be "".
        folded: a summary line and the paragraphs behind it, or None.
        element: the id of the HTML element, so that the focus can move there.
    """

    look: str
    head: str
    parts: tuple[tuple[str, str], ...] = ()
    folded: tuple[str, str] | None = None
    element: str = ""

    def html(self) -> str:
        """The box as HTML that needs no script and follows JupyterLab's light and dark themes."""
        element = f' id="{html.escape(self.element)}"' if self.element else ""
        lines = [
            f'<div{element} role="status" tabindex="-1" style="{_STYLE[self.look]}">'
            f'<div style="font-weight:600">{html.escape(self.head, quote=False)}</div>'
        ]
        lines += [_paragraphs(text, heading) for heading, text in self.parts if text]
        if self.folded:
            summary, text = self.folded
            lines.append(
                '<details style="margin:.4em 0"><summary style="cursor:pointer">'
                f"{html.escape(summary, quote=False)}</summary>{_paragraphs(text)}</details>"
            )
        return "".join([*lines, "</div>"])

    def plain(self) -> str:
        """The box as text."""
        lines = [self.head]
        lines += [f"{h}: {text}" if h else text for h, text in self.parts if text]
        lines += [": ".join(self.folded)] if self.folded else []
        return "\n".join(line.replace("\n\n", "\n") for line in lines)

    def bundle(self) -> dict[str, str]:
        """The box as the data of a cell's output."""
        return {"text/html": self.html(), "text/plain": self.plain()}


def listed(observations: tuple[Observation, ...]) -> str:
    """The answers to a question, as one sentence: (a) ...; (b) ..."""
    letters = "abcdefgh"
    return "; ".join(f"({letters[i]}) {item.text}" for i, item in enumerate(observations)) + "."


def _paragraphs(text: str, heading: str = "") -> str:
    lead = f"<b>{html.escape(heading, quote=False)}:</b> " if heading else ""
    return "".join(
        f'<p style="margin:.4em 0">{lead if index == 0 else ""}{html.escape(part, quote=False)}</p>'
        for index, part in enumerate(text.split("\n\n"))
    )
