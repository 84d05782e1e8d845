"""In a real browser, lesson 6's camera follows a hand, is turned off, and learns from corrections.

A place of an image is covered by a click, and lesson 4's network builder is moved. Chromium plays a
rendered hand as its camera. The lessons are cut down to the cells that the widgets need; the cells
themselves are the stored ones.
"""

from __future__ import annotations

import io
import re

import nbformat
import pytest
from accessibility import findings_in_both_themes
from house_helpers import (
    needs_browser,
    running_lab,
    shortened,
    watched_page,
)
from PIL import Image

from datasets.renderer import sampling, scene
from images.lab import start_all_cells
from tools.notebooks.files import find_lessons

pytestmark = pytest.mark.slow

CELLS = ("imports", "model", "choose", "input", "cover-move", "live")
BUILDER = ("imports", "builder")
SURE = "SURE = 0.8"
"""What the last cell needs of a cell that is left out."""
NOTEBOOK = "notebooks/solutions/short_{}.ipynb"
STREAMS = """
window.streams = [];
const devices = navigator.mediaDevices;
const open = devices.getUserMedia.bind(devices);
const list = devices.enumerateDevices.bind(devices);
devices.enumerateDevices = async () => {
  const found = await list();
  const { kind, deviceId } = found.find((device) => device.kind === "videoinput");
  return [...found, { kind, deviceId, label: "another camera" }];
};
devices.getUserMedia = async (wish) => {
  const stream = await open(wish);
  window.streams.push(stream);
  return stream;
};
window.spied = devices.getUserMedia;
"""
"""Lets the test see every camera stream that the page opens, and lists the camera twice."""
INSECURE = "Object.defineProperty(window, 'isSecureContext', {value: false, configurable: true})"
FAILS = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', '%s'); }"
AS_BEFORE = """
Object.defineProperty(window, "isSecureContext", {value: true, configurable: true});
delete document.body.dataset.vscodeThemeKind;
navigator.mediaDevices.getUserMedia = window.spied;
null;
"""
LIVE_TRACKS = (
    "window.streams.flatMap(s => s.getTracks()).filter(t => t.readyState === 'live').length"
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A running JupyterLab in a copy of the course with the shortened lesson."""
    notebooks = {}
    for number, cells in ((4, BUILDER), (6, CELLS)):
        (lesson,) = find_lessons(numbers=[number])
        notebook = notebooks[NOTEBOOK.format(number)] = shortened(lesson.source, cells)
        notebook.cells.insert(-1, nbformat.v4.new_code_cell(SURE, id="first"))
    with running_lab(tmp_path_factory.mktemp("live"), notebooks) as lab:
        yield lab


def hand(sign: int, degrees: int = 0) -> bytes:
    """A rendered photograph of a hand, perhaps turned: a JPEG of 480 by 640 pixels."""
    pixels, _ = scene.draw(7, 1, sign, sampling.FULL, 640, 480)
    memory = io.BytesIO()
    Image.fromarray(pixels).rotate(degrees).save(memory, "JPEG", quality=90)
    return memory.getvalue()


@pytest.fixture(scope="module")
def page(lab, tmp_path_factory):
    """The lesson in a browser with a camera; no console error, no request leaves the machine."""
    film = tmp_path_factory.mktemp("camera") / "hand.mjpeg"
    film.write_bytes(hand(3) * 20)
    arguments = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    with watched_page(lab, *arguments) as page:
        page.add_init_script(STREAMS)
        run_all(page, lab, 6)
        yield page


def run_all(page, lab, number):
    lab.open(page, NOTEBOOK.format(number))
    start_all_cells(page)


def panel(page):
    return page.locator(".live").last


def button(page, name):
    return panel(page).get_by_role("button", name=name, exact=True)


@needs_browser
def test_run_all_shows_an_example_and_leaves_the_camera_off(page):
    from playwright.sync_api import expect

    expect(panel(page).locator(".live-verdict")).to_have_text("It is a 3.")
    expect(panel(page)).to_contain_text("This is the course's own image.")
    expect(panel(page).locator(".live-percent").nth(3)).to_have_text(re.compile(r"\d.* %"))
    expect(button(page, "It was a 4: keep this image")).to_be_disabled()
    assert page.evaluate("window.streams.length") == 0
    assert findings_in_both_themes(page, ".jp-Cell-outputArea") == []


@needs_browser
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (INSECURE, "ssh -L"),
        (FAILS % "NotAllowedError", "was not allowed"),
        (FAILS % "NotFoundError", "No camera was found"),
        (FAILS % "NotReadableError", "another program"),
        ("document.body.dataset.vscodeThemeKind = 'vscode-dark'", "VS Code"),
    ],
    ids=["insecure page", "refused", "no camera", "in use", "VS Code"],
)
def test_each_reason_for_no_camera_has_its_own_words(page, change, words):
    from playwright.sync_api import expect

    page.evaluate(f"{change}; null")  # a function as the last value would be called
    button(page, "Start").click()
    expect(panel(page).locator(".live-status")).to_contain_text(words)
    expect(button(page, "Start")).to_be_visible()
    page.evaluate(AS_BEFORE)


@needs_browser
def test_the_answers_follow_the_camera_until_stop(page):
    from playwright.sync_api import expect

    button(page, "Start").click()
    expect(panel(page).locator(".live-pace")).to_have_text(re.compile(r"^[1-9]\d* images a second"))
    expect(panel(page).locator(".live-verdict")).to_have_text("It is a 3.")
    assert page.evaluate(LIVE_TRACKS) == 1
    chooser = panel(page).get_by_label("Camera", exact=True)
    expect(chooser.locator("option")).to_have_count(2)
    chooser.select_option(label="another camera")
    page.wait_for_function("window.streams.length === 2")
    expect(panel(page).locator(".live-pace")).to_contain_text("images a second")
    assert page.evaluate(LIVE_TRACKS) == 1
    button(page, "Stop").click()
    expect(button(page, "Start")).to_be_visible()
    expect(panel(page).locator(".live-status")).to_have_text("The camera is off.")
    assert page.evaluate(LIVE_TRACKS) == 0


@needs_browser
def test_another_run_of_the_cell_turns_the_camera_off(page):
    from playwright.sync_api import expect

    button(page, "Start").focus()
    page.keyboard.press("Enter")
    expect(panel(page).locator(".live-pace")).to_contain_text("images a second")
    assert page.evaluate(LIVE_TRACKS) == 1
    cell = page.locator(".jp-Notebook .jp-CodeCell").last
    cell.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(f"({LIVE_TRACKS}) === 0")
    expect(panel(page)).to_contain_text("This is the course's own image.")


@needs_browser
def test_an_image_can_be_chosen_instead(page):
    from playwright.sync_api import expect

    choose(page, "hand.jpg", hand(5))
    expect(panel(page)).to_contain_text("This is your image.")
    expect(panel(page).locator(".live-verdict")).to_have_text("It is a 5.")
    choose(page, "cut.jpg", hand(5)[:3000])
    expect(panel(page).locator(".live-status")).to_contain_text("cut.jpg is damaged")


def choose(page, name, data):
    with page.expect_file_chooser() as chooser:
        button(page, "Choose an image").click()
    chooser.value.set_files({"name": name, "mimeType": "image/jpeg", "buffer": data})


@needs_browser
def test_ten_corrections_train_the_network(page):
    from playwright.sync_api import expect

    verdict = panel(page).locator(".live-verdict")
    choose(page, "turned.jpg", hand(5, degrees=180))
    expect(verdict).to_contain_text("2")
    train, kept = button(page, "Train on these images"), panel(page).locator(".live-kept li")
    for count in range(1, 11):
        expect(train).to_be_disabled()
        button(page, "It was a 5: keep this image").click()
        expect(kept).to_have_count(count)
    expect(train).to_be_enabled()
    train.click()
    rows = panel(page).locator("tbody tr")
    expect(rows).to_have_count(4, timeout=400_000)  # the training shares two cores with other tests
    expect(rows.nth(0)).to_have_text("your images that it was not trained on505")
    expect(rows.nth(1)).to_contain_text("the course's test images120120")
    choice = panel(page).get_by_label("Let the trained network answer")
    expect(choice).to_be_checked()
    choose(page, "turned.jpg", hand(5, degrees=180))
    expect(verdict).to_contain_text("5")
    choice.uncheck()
    choose(page, "turned.jpg", hand(5, degrees=180))
    expect(verdict).to_contain_text("2")
    button(page, "Remove image 1, kept as a 5").click()
    expect(kept).to_have_count(9)


@needs_browser
def test_a_place_is_covered_by_a_click_and_by_the_keyboard(page):
    from playwright.sync_api import expect

    cover = page.locator(".live").first
    stage, status = cover.locator(".cover-stage"), cover.locator(".live-status")
    expect(status).to_contain_text("Nothing is covered. The answer is 3")
    stage.scroll_into_view_if_needed()
    stage.click(position={"x": 50, "y": 10})
    expect(status).to_contain_text("Row 1, column 2 is covered. The answer is")
    page.keyboard.press("ArrowDown")
    expect(status).to_contain_text("Row 2, column 2 is covered.")
    page.keyboard.press("Escape")
    expect(status).to_contain_text("Nothing is covered.")


@needs_browser
def test_the_network_builder_follows_its_sliders(page, lab):
    from playwright.sync_api import expect

    run_all(page, lab, 4)
    cell = page.locator(".jp-Notebook .jp-CodeCell").last
    expect(cell).to_contain_text("50 layers; stage 5 has 2 × 2 positions.")
    size = cell.get_by_role("slider", name="rows of the image")
    size.scroll_into_view_if_needed()
    size.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(cell).to_contain_text("this network cannot be built; stage 5 has 1 × 1 positions")
    expect(cell.locator("img")).to_have_count(1)
    assert cell.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
