"""The result of a check, shown as HTML in JupyterLab and as text in a terminal.

Who calls it: the checks return results; JupyterLab displays them.
"""

from __future__ import annotations

import html
import textwrap
from dataclasses import dataclass, field

from resnets import boxes

_WIDTH = 88


@dataclass
class CheckResult:
    """The result of one check; true if the exercise passed.

    Attributes:
        exercise: the function's name, such as "identity_block".
        passed: whether the function is right.
        mistake: the id of the mistake that explains it, or None.
        title: the result in one line.
        details: further lines, as (heading, text); `code` is marked by backticks.
        table: rows of a comparison, headings first; may be empty.
        remarks: things worth knowing. Of these only layer names count, a little, in a mark.
        status: "passed", "not yet" or "unfinished".
    """

    exercise: str
    passed: bool
    mistake: str | None
    title: str
    details: list[tuple[str, str]] = field(default_factory=list)
    table: list[list[str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    status: str = "not yet"

    @property
    def message(self) -> str:
        """The whole result as plain text."""
        lines = [f"{self._mark} {self.exercise}: {self.title}"]
        for heading, text in self.details:
            lines += _wrapped(f"{heading}: ", text)
        lines += _text_table(self.table)
        for remark in self.remarks:
            lines += _wrapped("Remark: ", remark)
        return "\n".join(lines)

    @property
    def _mark(self) -> str:
        return {"passed": "PASSED", "unfinished": "UNFINISHED"}.get(self.status, "NOT YET")

    def __repr__(self) -> str:
        return self.message

    def __str__(self) -> str:
        return self.message

    def __bool__(self) -> bool:
        return self.passed

    def _ipython_display_(self) -> None:
        """Display the result. As a cell's return value, nbgrader would try to read it as a mark."""
        from IPython.display import display

        display({"text/plain": self.message, "text/html": self._repr_html_()}, raw=True)

    def _repr_html_(self) -> str:
        parts = [
            f'<div role="status" style="{_BOX[self.status]}">'
            f'<div><span style="{_BADGE}">{_SIGN[self.status]} {self._mark}</span> '
            f"<code>{html.escape(self.exercise)}</code></div>"
            f'<div style="margin:.4em 0;font-weight:600">{_marked(self.title)}</div>'
        ]
        for heading, text in self.details:
            parts.append(
                f'<div style="margin:.3em 0"><b>{html.escape(heading)}:</b> {_marked(text)}</div>'
            )
        parts.append(_html_table(self.table))
        for remark in self.remarks:
            parts.append(f'<div style="margin:.3em 0"><i>Remark:</i> {_marked(remark)}</div>')
        return "".join(parts) + "</div>"


# Sign and word tell the states apart too, so that nothing depends on colour.
_BOX = {"passed": boxes.RIGHT, "not yet": boxes.WRONG, "unfinished": boxes.UNFINISHED}
_BADGE = "font-weight:700;letter-spacing:.03em"
_SIGN = {"passed": "&#10003;", "not yet": "&#10007;", "unfinished": "&#9998;"}


def _marked(text: str) -> str:
    """Return HTML of a text, with `code` spans set as code."""
    pieces = html.escape(text, quote=False).split("`")
    return "".join(
        f"<code>{piece}</code>" if index % 2 and index < len(pieces) - 1 else piece
        for index, piece in enumerate(pieces)
    ).replace("\n", "<br>")


def _wrapped(lead: str, text: str) -> list[str]:
    lines: list[str] = []
    for index, paragraph in enumerate(text.split("\n")):
        lines += textwrap.wrap(
            paragraph,
            _WIDTH,
            initial_indent="  " + lead if index == 0 else "    ",
            subsequent_indent="    ",
            break_long_words=False,
        )
    return lines


def _text_table(rows: list[list[str]]) -> list[str]:
    if not rows:
        return []
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "    " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _html_table(rows: list[list[str]]) -> str:
    if not rows:
        return ""
    cell = "padding:.15em 1em .15em 0;text-align:left;vertical-align:top"
    lines = []
    for index, row in enumerate(rows):
        tag = "th" if index == 0 else "td"
        lines.append("".join(f'<{tag} style="{cell}">{_marked(text)}</{tag}>' for text in row))
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    style = "margin:.4em 0;border-collapse:collapse;color:inherit;font-size:inherit"
    return f'<table style="{style}">{body}</table>'
