"""Join the files of a widget's module for the browser, which cannot import them from each other.

Who calls it: the anywidgets of this folder that share `parts.js`.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def browser_module(*names: str) -> str:
    """Return the text of these files as one JavaScript module."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)
