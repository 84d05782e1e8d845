"""JupyterLab and Chromium for the screenshots: a running server, a page, and the saved image.

Called by the modules that take screenshots, and by the tests in a browser.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from PIL import Image, PngImagePlugin
from playwright.sync_api import Page, sync_playwright

from . import FOLDER

ROOT = FOLDER.parent
TOKEN = "screenshot"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class NoBrowserError(RuntimeError):
    """There is no Chromium on this machine; the message says what to install."""


@contextmanager
def lesson_page(
    folder: Path, lesson: str, notebook: nbformat.NotebookNode, options: Iterable[str] = ()
) -> Iterator[Page]:
    """Give a page on which JupyterLab shows a notebook, in a copy of the library.

    Args:
        folder: an empty folder, for the copy.
        lesson: the path of the notebook in it.
        notebook: what is shown.
        options: more options for Chromium.

    Raises:
        NoBrowserError: there is no Chromium.
        RuntimeError: JupyterLab did not start.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise NoBrowserError(
            f"expected one of {', '.join(BROWSERS)} on PATH, found none; install chromium"
        )
    shutil.copytree(ROOT / "resnets", folder / "resnets")
    shutil.copy(ROOT / "resnets_utils.py", folder)
    (folder / lesson).parent.mkdir(parents=True)
    nbformat.write(notebook, folder / lesson)
    with running_lab(folder) as server, sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=browser, args=["--no-sandbox", "--disable-gpu", *options]
        )
        page = started.new_page(viewport={"width": 960, "height": 1400}, device_scale_factor=2)
        page.set_default_timeout(120_000)
        page.goto(f"{server}/doc/tree/{lesson}?token={TOKEN}&reset")
        page.wait_for_selector(
            '.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached"
        )
        yield page
        started.close()


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


def settle(page: Page) -> None:
    """Leave the cells and the mouse where they draw no frame, and wait for the page to rest."""
    # The active cell has a frame and buttons, so the first one is made active.
    page.locator(".jp-CodeCell .jp-InputPrompt").first.click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(1000)


def save(png: bytes, words: str, target: Path) -> None:
    """Write the image with 256 colours, which halves its size and cannot be seen.

    The words in it go along as the PNG's description, so that a test can tell when they changed.
    """
    image = Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    description = PngImagePlugin.PngInfo()
    description.add_itxt("Description", words)
    image.save(target, optimize=True, pnginfo=description)
    print(f"images/{target.name}  {target.stat().st_size / 1000:.0f} kB")
