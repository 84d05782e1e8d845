"""How fast the live hand of lesson 6 follows a camera, measured in a browser.

    python benchmarks/live_hand.py [--seconds 20]

Runs the camera in JupyterLab and Chromium, which plays a rendered hand as its camera, and reads
what the page says below the hand: images a second, and milliseconds from an image to its answer.
Kernel, server and browser share this machine, as they do for a learner. Ends with the medians and
the range; the first seconds are left out, since the network is compiled in them.
"""

from __future__ import annotations

import argparse
import io
import re
import statistics
import sys
import tempfile
from pathlib import Path

import nbformat
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from datasets.renderer import sampling, scene  # noqa: E402
from images.lab import NoBrowserError, lesson_page, start_all_cells  # noqa: E402

LESSON = "notebooks/live.ipynb"
FIRST = 5  # seconds that are left out
CELL = f"""\
import sys
sys.path.append("..")
import resnets_utils as utils
model = utils.load_network({str(ROOT / "models" / "ResNet50.h5")!r})
live = utils.live_hand(model, "../hand.jpg")"""
PACE = re.compile(r"(\d+) images a second, each answered after (\d+) ms")


def main() -> int:
    """Print the medians; the exit status is 2 if there is no browser."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=20)
    seconds = parser.parse_args().seconds
    try:
        rates, delays = followed(seconds)
    except NoBrowserError as error:
        print(error)
        return 2
    for name, values in (("images a second", rates), ("ms until the answer", delays)):
        print(f"{name}: {statistics.median(values):.0f} ({min(values)} to {max(values)})")
    return 0


def followed(seconds: int) -> tuple[list[int], list[int]]:
    """Return the rates and the delays that the page shows, read four times a second."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    shown = []
    with tempfile.TemporaryDirectory() as folder:
        image = hand()
        (course := Path(folder) / "course").mkdir()
        (course / "hand.jpg").write_bytes(image)
        film = Path(folder) / "hand.mjpeg"
        film.write_bytes(image * 20)
        camera = (
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        )
        with lesson_page(course, LESSON, notebook, camera) as page:
            start_all_cells(page)
            page.get_by_role("button", name="Start", exact=True).click()
            pace = page.locator(".live-pace")
            pace.filter(has_text="images a second").wait_for()
            page.wait_for_timeout(1000 * FIRST)
            for _ in range(4 * seconds):
                page.wait_for_timeout(250)
                shown.append(PACE.fullmatch(pace.inner_text()))
    rates, delays = zip(*[map(int, found.groups()) for found in shown if found], strict=True)
    return list(rates), list(delays)


def hand() -> bytes:
    """A rendered photograph of a hand: a JPEG of 480 by 640 pixels."""
    pixels, _ = scene.draw(7, 1, 3, sampling.FULL, 640, 480)
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, "JPEG", quality=90)
    return memory.getvalue()


if __name__ == "__main__":
    sys.exit(main())
