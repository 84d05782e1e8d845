"""Draw `check_names_a_mistake.png`: JupyterLab's answer to a wrong identity block.

`python -m images.screenshot_check` runs three cells of lesson 2 in JupyterLab and in Chromium, in a
temporary copy of the library. The block is one that learners often write: its last ReLU stands
before the addition. Run it again when the check's words or the look of its box have changed.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from PIL import Image, PngImagePlugin
from playwright.sync_api import Page, sync_playwright

from . import FOLDER

ROOT = FOLDER.parent
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
TOKEN = "screenshot"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    """Write the image; return the exit status."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print(f"expected one of {', '.join(BROWSERS)} on PATH, found none; install chromium")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        write_course(Path(folder))
        with running_lab(Path(folder)) as server, sync_playwright() as playwright:
            started = playwright.chromium.launch(
                executable_path=browser, args=["--no-sandbox", "--disable-gpu"]
            )
            page = started.new_page(viewport={"width": 960, "height": 1400}, device_scale_factor=2)
            page.set_default_timeout(120_000)
            page.goto(f"{server}/doc/tree/{LESSON}?token={TOKEN}&reset")
            words = run_all(page)
            save(shot(page), words)
            started.close()
    print(f"images/{TARGET.name}  {TARGET.stat().st_size / 1000:.0f} kB")
    return 0


def write_course(folder: Path) -> None:
    """Write the library and the learner's lesson 2, cut to three cells and answered wrongly."""
    shutil.copytree(ROOT / "resnets", folder / "resnets")
    shutil.copy(ROOT / "resnets_utils.py", folder)
    (folder / LESSON).parent.mkdir()
    nbformat.write(answered_lesson(), folder / LESSON)


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


@contextmanager
def running_lab(folder: Path) -> Iterator[str]:
    """Give the address of a JupyterLab that runs in `folder` with the course's own settings."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    env = {
        **os.environ,
        **{f"JUPYTER_{name}": str(folder / ".lab" / name) for name in places},
        "JUPYTER_CONFIG_PATH": str(ROOT / "tools" / "jupyter"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "IPYTHONDIR": str(folder / ".lab" / "ipython"),
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ip=127.0.0.1", f"--port={port}", f"--IdentityProvider.token={TOKEN}"),
    ]
    with (folder / "lab.log").open("w") as log:
        lab = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
    server = f"http://127.0.0.1:{port}"
    try:
        wait_for(server, lab)
        yield server
    finally:
        lab.terminate()
        lab.wait()


def wait_for(server: str, lab: subprocess.Popen) -> None:
    """Return once the server answers. Raises RuntimeError where it ended or needs over a minute."""
    for _ in range(120):
        if lab.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{server}/api?token={TOKEN}").close()
            return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError("JupyterLab did not start; try `make lab` and read what it prints")


def start_all_cells(page: Page) -> None:
    """Choose "Run All Cells" until the notebook's cells wait or run.

    On a busy machine the notebook is shown before its kernel is there; then JupyterLab loses the
    command, or opens a dialog that asks which kernel to take.
    """
    kernel = page.locator(".jp-Toolbar-kernelName").first
    kernel.filter(has_not_text="No Kernel").wait_for()
    dialog = page.locator("dialog.jp-Dialog")
    page.add_locator_handler(dialog, lambda shown: shown.locator(".jp-mod-accept").click())
    first_prompt = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").first
    for _ in range(20):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.wait_for_timeout(4000)
        if first_prompt.inner_text().strip() != "[ ]:":
            break
    page.remove_locator_handler(dialog)


def run_all(page: Page) -> str:
    """Run all cells, wait for the check's box, and return the words in it."""
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached")
    box = page.locator('.jp-OutputArea-output [role="status"]')
    start_all_cells(page)
    box.wait_for()
    page.locator(
        ".jp-CodeCell .jp-InputPrompt"
    ).first.click()  # or the check's cell has a frame and buttons
    page.mouse.move(0, 0)
    page.wait_for_timeout(1000)
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


def save(png: bytes, words: str) -> None:
    """Write the image with 256 colours, which halves its size and cannot be seen.

    The check's words go along as the PNG's description, so that a test can tell when they changed.
    """
    image = Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    description = PngImagePlugin.PngInfo()
    description.add_itxt("Description", words)
    image.save(TARGET, optimize=True, pnginfo=description)


if __name__ == "__main__":
    sys.exit(main())
