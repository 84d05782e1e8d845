"""Draw `check_names_a_mistake.png`: JupyterLab's answer to a wrong identity block.

`python -m images.screenshot_check` runs three cells of lesson 2 in JupyterLab and in Chromium, in a
temporary copy of the library. The block is one that learners often write: its last ReLU stands
before the addition. Run it again when the check's words or the look of its box have changed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from playwright.sync_api import Page

from . import FOLDER
from .lab import ROOT, NoBrowserError, lesson_page, save, settle, start_all_cells

TARGET = FOLDER / "check_names_a_mistake.png"
LESSON = "notebooks/2_identity_block.ipynb"
CELLS = ("imports", "identity-block", "check-identity-block")
STUB = "    # YOUR CODE HERE\n    raise NotImplementedError()"
ANSWER = """\
    X_shortcut = X

    # Step 1
    X = Conv2D(F1, 1, name=conv_name + "2a", kernel_initializer=glorot_uniform(seed=0))(X)
    X = BatchNormalization(axis=3, name=bn_name + "2a")(X)
    X = Activation("relu")(X)

    # Step 2
    X = Conv2D(F2, f, padding="same", name=conv_name + "2b", kernel_initializer=glorot_uniform(seed=0))(X)
    X = BatchNormalization(axis=3, name=bn_name + "2b")(X)
    X = Activation("relu")(X)

    # Step 3
    X = Conv2D(F3, 1, name=conv_name + "2c", kernel_initializer=glorot_uniform(seed=0))(X)
    X = BatchNormalization(axis=3, name=bn_name + "2c")(X)
    X = Activation("relu")(X)

    # Add the shortcut
    return Add()([X, X_shortcut])"""  # noqa: E501
SHOWN_LINES = 7
"""Lines of the exercise's cell in the image: enough to see the mistake, not the whole solution."""


def main() -> int:
    """Write the image; return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with lesson_page(Path(folder), LESSON, answered_lesson()) as page:
                words = run_all(page)
                save(shot(page), words, TARGET)
        except NoBrowserError as error:
            print(error)
            return 2
    return 0


def answered_lesson() -> nbformat.NotebookNode:
    """Return the learner's lesson 2 with three cells only, and the wrong block in the exercise.

    Raises ValueError where the lesson's stub is another one than `STUB`.
    """
    notebook = nbformat.read(ROOT / LESSON, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id in CELLS]
    exercise = notebook.cells[1]
    if STUB not in exercise.source:
        raise ValueError(f"{LESSON}: expected the stub {STUB!r}, found another; change STUB")
    exercise.source = exercise.source.replace(STUB, ANSWER)
    return notebook


def run_all(page: Page) -> str:
    """Run all cells, wait for the check's box, and return the words in it."""
    box = page.locator('.jp-OutputArea-output [role="status"]')
    start_all_cells(page)
    box.wait_for()
    settle(page)
    return " ".join(box.inner_text().split())


def shot(page: Page) -> bytes:
    """Return a PNG of the last lines of the exercise's cell, the check and its answer."""
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    line = cells.nth(1).locator(".cm-line").nth(-SHOWN_LINES).bounding_box()
    prompt = cells.nth(2).locator(".jp-InputPrompt").bounding_box()
    editor = cells.nth(2).locator(".jp-InputArea-editor").bounding_box()
    box = cells.nth(2).locator('[role="status"]').bounding_box()
    left, right = prompt["x"] + 16, editor["x"] + editor["width"] + 8
    top, bottom = line["y"] - 4, box["y"] + box["height"] + 8
    return page.screenshot(
        clip={"x": left, "y": top, "width": right - left, "height": bottom - top}
    )


if __name__ == "__main__":
    sys.exit(main())
