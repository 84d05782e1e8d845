"""Draw `prediction_box.png` and `figure_to_move.png`: what answers back in a lesson.

`python -m images.screenshot_widgets [NAME ...]` runs two cells of a lesson in JupyterLab and in
Chromium for each. Run it again when the words or the look of these boxes have changed.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from playwright.sync_api import Page

from . import FOLDER
from .lab import ROOT, NoBrowserError, lesson_page, save, settle, start_all_cells


@dataclass(frozen=True)
class Shot:
    """What a screenshot shows.

    Attributes:
        lesson: the notebook's name.
        cell: the cell, which needs no other one but the imports.
        wait_for: a CSS selector of what the cell shows when it is done.
    """

    lesson: str
    cell: str
    wait_for: str


SHOTS = {
    "prediction_box": Shot("7_why_it_works", "deep-guess", ".prediction"),
    "figure_to_move": Shot("3_convolutional_block", "seen-move", ".jp-OutputArea-output img"),
}


def main(names: list[str]) -> int:
    """Write the named images, or all; return the exit status."""
    if unknown := [name for name in names if name not in SHOTS]:
        print(f"no screenshot called {', '.join(unknown)}; there are {', '.join(SHOTS)}")
        return 2
    for name in names or SHOTS:
        path = f"notebooks/{SHOTS[name].lesson}.ipynb"
        with tempfile.TemporaryDirectory() as folder:
            try:
                with lesson_page(Path(folder), path, shortened(SHOTS[name])) as page:
                    png, words = taken(page, SHOTS[name])
            except NoBrowserError as error:
                print(error)
                return 2
        save(png, words, FOLDER / f"{name}.png")
    return 0


def shortened(shot: Shot) -> nbformat.NotebookNode:
    """Return the learner's lesson with its imports and the shown cell only."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{shot.lesson}.ipynb", as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id in ("imports", shot.cell)]
    return notebook


def taken(page: Page, shot: Shot) -> tuple[bytes, str]:
    """Run the cells; return a PNG of the last one with its output, and the words in the output."""
    start_all_cells(page)
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(1)
    cell.locator(shot.wait_for).first.wait_for()
    settle(page)
    prompt = cell.locator(".jp-InputPrompt").bounding_box()
    editor = cell.locator(".jp-InputArea-editor").bounding_box()
    output = cell.locator(".jp-OutputArea").first.bounding_box()
    left, right = prompt["x"] + 16, editor["x"] + editor["width"] + 8
    top, bottom = editor["y"] - 1, output["y"] + output["height"] + 8
    png = page.screenshot(clip={"x": left, "y": top, "width": right - left, "height": bottom - top})
    return png, " ".join(cell.locator(".jp-OutputArea").first.inner_text().split())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
