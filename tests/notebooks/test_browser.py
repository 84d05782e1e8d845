"""In a real browser, lesson 1's slider is dragged and lesson 6's button uploads a photograph.

Each lesson is cut down to the cells that its widget needs, so that a test takes seconds; the cells
themselves are the stored ones.
"""

from __future__ import annotations

import io
import re

import nbformat
import pytest
from house_helpers import (
    browser_page,
    needs_browser,
    running_lab,
    shortened,
)
from PIL import Image

from datasets.renderer import sampling, scene
from images.lab import start_all_cells
from tools.notebooks.files import find_lessons

pytestmark = pytest.mark.slow

SLIDER = (
    "imports",
    "data",
    "convolution",
    "network",
    "gradient-norms",
    "check-gradient-norms",
    "slider",
)
UPLOAD = ("imports", "model", "choose", "input", "predict", "verdict", "look", "upload")
BATCH = "X_batch, Y_batch = X[:64], Y[:64]"
"""The part of a cell that the slider needs; the cell also draws three networks."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A running JupyterLab in a copy of the course with the two shortened lessons."""
    notebooks = {
        f"notebooks/solutions/short_{number}.ipynb": short(number, cells, first)
        for number, cells, first in ((1, SLIDER, BATCH), (6, UPLOAD, ""))
    }
    with running_lab(tmp_path_factory.mktemp("widgets"), notebooks) as lab:
        yield lab


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import expect

    expect.set_options(timeout=120_000)
    with browser_page() as page:
        yield page


def short(number, cell_ids, first):
    """Return a lesson with only these cells; `first` is run before the last of them."""
    (lesson,) = find_lessons(numbers=[number])
    notebook = shortened(lesson.source, cell_ids)
    if first:
        notebook.cells.insert(-1, nbformat.v4.new_code_cell(first, id="first"))
    return notebook


def run_all(page, lab, number):
    """Open and run a shortened lesson; return the cell of its widget, the last one."""
    lab.open(page, f"notebooks/solutions/short_{number}.ipynb")
    start_all_cells(page)
    return page.locator(".jp-Notebook .jp-CodeCell").last


@needs_browser
def test_dragging_the_slider_draws_other_networks(browser, lab):
    from playwright.sync_api import expect

    cell = run_all(browser, lab, 1)
    slider, image = cell.get_by_role("slider", name="layers"), cell.locator("img")
    expect(image).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", "12")
    at_12 = image.get_attribute("src")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    browser.mouse.move(box["x"] + box["width"] * 2 / 9, y)
    browser.mouse.down()
    browser.mouse.move(box["x"] - 50, y, steps=5)  # past the left end: the least depth
    browser.mouse.up()
    expect(slider).to_have_attribute("aria-valuetext", "4")
    expect(image).not_to_have_attribute("src", at_12)
    expect(image).to_have_attribute("alt", re.compile("4 layers"))
    assert cell.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0


def image_of_a_hand() -> bytes:
    """A rendered hand in a file as from a phone: a JPEG of 480 by 640 pixels."""
    pixels, _ = scene.draw(7, 3, 5, sampling.FULL, 640, 480)
    memory = io.BytesIO()
    Image.fromarray(pixels).save(memory, "JPEG")
    return memory.getvalue()


@needs_browser
def test_an_uploaded_image_is_classified(browser, lab):
    """The button accepts an image, and refuses a damaged one with a reason."""
    from playwright.sync_api import expect

    cell = run_all(browser, lab, 6)
    button, images = cell.locator("button.widget-upload"), cell.locator("img")
    expect(button).to_contain_text("Choose an image")
    data = image_of_a_hand()
    upload(browser, button, "hand.jpg", data)
    expect(images).to_have_count(3)  # what the network gets, what it says, where it looked
    expect(cell).to_contain_text("the square in its centre")
    expect(cell).to_contain_text("the probability of each of 6 classes")
    upload(browser, button, "cut.jpg", data[: len(data) // 3])
    expect(cell).to_contain_text("damaged or cut short")
    expect(images).to_have_count(0)
    expect(cell).not_to_contain_text("Traceback")


def upload(page, button, name, data):
    """Click the button and choose a file, as a person would."""
    with page.expect_file_chooser() as chooser:
        button.click()
    chooser.value.set_files({"name": name, "mimeType": "image/jpeg", "buffer": data})
