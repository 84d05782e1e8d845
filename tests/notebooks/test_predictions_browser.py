"""In a real browser, guesses of each kind are committed by mouse and by keyboard, and stay locked.

A stuck learner borrows the course's own function. The lesson is cut down to cells that need no
training; the cells themselves are the stored ones.
"""

from __future__ import annotations

import json
import re

import nbformat
import pytest
from accessibility import findings_in_both_themes, serious_findings
from house_helpers import (
    browser_page,
    needs_browser,
    running_lab,
    shortened,
    watched_page,
)

from images.lab import start_all_cells
from tools.notebooks.files import find_lessons

pytestmark = pytest.mark.slow

CELLS = (
    "imports",
    "factors-guess",
    "factors",
    "factors-compare",
    "relu-guess",
    "sigmoid-guess",
    "overview",
)
NOTEBOOK = "notebooks/{}/short.ipynb"
STUCK = (
    "imports",
    "data",
    "convolution",
    "network",
    "gradient-norms",
    "check-gradient-norms",
    "sigmoid-guess",
    "sigmoid",
    "sigmoid-numbers",
)
LEFT, WIDTH, TOP, HEIGHT = 78 / 640, 546 / 640, 12 / 300, 240 / 300
"""Where the axes of a curve lie in its drawing, as shares of the whole."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A running JupyterLab in a copy of the course with shortened lessons."""
    (lesson,) = find_lessons(numbers=[1])
    solved = shortened(lesson.source, CELLS)
    notebooks = dict.fromkeys(map(NOTEBOOK.format, ("mouse", "keyboard", "skipped")), solved)
    notebooks[NOTEBOOK.format("stuck")] = shortened(lesson.learner, STUCK)
    with running_lab(tmp_path_factory.mktemp("predictions"), notebooks) as lab:
        yield lab


@pytest.fixture
def page(lab):
    """A page that notes console errors, and requests that leave the machine: there are none."""
    with watched_page(lab) as page:
        yield page


def cells_of(page, lab, name, ids=CELLS):
    """Open a copy of the shortened lesson; return its code cells by their ids."""
    lab.open(page, NOTEBOOK.format(name))
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    return {cell_id: cells.nth(index) for index, cell_id in enumerate(ids)}


def run(page, cell):
    """Run one cell with Ctrl+Enter and wait for its end."""
    from playwright.sync_api import expect

    prompt = cell.locator(".jp-InputPrompt")
    before = prompt.inner_text()
    for _ in range(10):  # the notebook may scroll under the pointer, so that a click goes astray
        cell.locator(".jp-InputArea-editor").click()
        page.keyboard.press("Control+Enter")
        try:
            expect(prompt).not_to_have_text(before, timeout=10_000)
            break
        except AssertionError:
            continue
    expect(prompt).to_have_text(re.compile(r"\[\d+\]:"))


def saved(page, lab, name):
    """Save the notebook; return its outputs by cell id, and the kept guesses."""
    page.keyboard.press("Control+s")
    page.wait_for_function("!document.querySelector('.jp-mod-dirty')")
    folder = lab.folder / "notebooks" / name
    notebook = nbformat.read(folder / "short.ipynb", 4)
    outputs = {cell.id: cell.outputs for cell in notebook.cells}
    return outputs, json.loads((folder / ".predictions.json").read_text())


def reopened_without_kernel(page, lab, name):
    """Open the saved notebook in a server that has ended all kernels; return its cells."""
    for _ in range(2):  # the page itself starts a kernel, which knows nothing of the old widgets
        page.goto("about:blank")
        cells = cells_of(page, lab, name)
    assert page.get_by_text("Error displaying widget").count() == 0
    return cells


@needs_browser
def test_guesses_by_mouse_are_locked_and_survive_without_a_kernel(page, lab):
    from playwright.sync_api import expect

    cells = cells_of(page, lab, "mouse")
    start_all_cells(page)
    number, choice, curve = (cells[f"{name}-guess"] for name in ("factors", "relu", "sigmoid"))
    expect(number).to_contain_text("Skipped.")  # "Run All" goes on without an answer
    expect(cells["factors-compare"].locator("details")).to_be_visible()
    run(page, number)  # and the learner comes back to answer

    number.scroll_into_view_if_needed()
    slider = number.get_by_role("slider")
    slider.click(position={"x": slider.bounding_box()["width"] * 0.45, "y": 8})
    number.get_by_role("button", name="Commit").click()
    expect(number.locator(".prediction-message")).to_contain_text("Say how sure you are")
    number.get_by_label("certain").check()
    number.get_by_role("button", name="Commit").click()
    expect(number).to_contain_text("layers (certain). Locked.")
    expect(number.locator("#prediction-millionth")).to_be_focused()

    choice.get_by_label("Only for Glorot's weights").check()
    choice.get_by_label("a hunch").check()
    choice.get_by_role("button", name="Commit").click()
    expect(choice).to_contain_text("Only for Glorot's weights (a hunch). Locked.")

    drag(page, curve, [(1, 0.9), (0.5, 0.7), (0, 0.5)])
    curve.get_by_label("fairly sure").check()
    curve.get_by_role("button", name="Commit").click()
    expect(curve).to_contain_text("(fairly sure). Locked.")

    run(page, cells["factors"])
    expect(cells["factors"]).to_contain_text("Dashed: your prediction")
    run(page, cells["factors-compare"])
    answers = cells["factors-compare"].locator(".prediction-answer")
    answers.nth(0).click()
    expect(cells["factors-compare"]).to_contain_text("Look again.")
    expect(cells["factors-compare"]).not_to_contain_text("Ten layers are enough")
    answers.nth(1).click()
    expect(cells["factors-compare"]).to_contain_text("Ten layers are enough")
    expect(cells["factors-compare"]).to_contain_text("Why it differs")

    outputs, guesses = saved(page, lab, "mouse")
    assert guesses["relu-weights"] == {"guess": 0, "confidence": 0}
    line = guesses["sigmoid-curve"]["guess"]
    assert len(line) == 20 and line == sorted(line)
    assert 1e-8 < line[0] < 1e-5 < 1e-3 < line[-1] < 1
    for cell_id in CELLS:
        for output in outputs[cell_id]:
            assert not any("widget-view" in kind for kind in output.get("data", {})), cell_id

    cells = reopened_without_kernel(page, lab, "mouse")
    expect(cells["relu-guess"]).to_contain_text("Only for Glorot's weights (a hunch). Locked.")
    expect(cells["factors-compare"]).to_contain_text("Ten layers are enough")
    start_all_cells(page)  # another session: the guess is the one that was locked
    expect(cells["relu-guess"]).to_contain_text("Only for Glorot's weights (a hunch). Locked.")
    expect(cells["relu-guess"].get_by_role("button", name="Commit")).to_have_count(0)


def drag(page, cell, places):
    """Drag over the axes through places, each (from left to right, from bottom to top)."""
    drawing = cell.locator(".prediction-axes svg")
    drawing.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # the notebook scrolls smoothly
    box = drawing.bounding_box()
    points = [
        (
            box["x"] + box["width"] * (LEFT + WIDTH * x),
            box["y"] + box["height"] * (TOP + HEIGHT * (1 - y)),
        )
        for x, y in places
    ]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=5)
    page.mouse.up()


@needs_browser
def test_every_guess_can_be_made_with_the_keyboard(page, lab):
    from playwright.sync_api import expect

    cells = cells_of(page, lab, "keyboard")
    start_all_cells(page)
    number, choice, curve = (cells[f"{name}-guess"] for name in ("factors", "relu", "sigmoid"))
    expect(number).to_contain_text("Skipped.")
    run(page, number)
    assert serious_findings(page, ".jp-Cell-outputArea") == []

    number.get_by_role("slider").focus()
    press(page, "ArrowLeft ArrowLeft ArrowLeft Tab Space ArrowRight Tab Enter")
    expect(number).to_contain_text("layers (fairly sure). Locked.")
    choice.get_by_role("radio").first.focus()
    press(page, "Space ArrowDown ArrowDown Tab Space ArrowRight ArrowRight Tab Enter")
    expect(choice).to_contain_text("For both (certain). Locked.")
    axes = curve.locator(".prediction-axes")
    axes.focus()
    press(page, "End PageUp PageUp Home PageDown PageDown ArrowRight ArrowUp")
    expect(axes).to_have_attribute("aria-valuetext", re.compile(r"layer 2: "))
    press(page, "Tab Tab Space Tab Enter")
    expect(curve).to_contain_text("(a hunch). Locked.")

    run(page, cells["factors-compare"])
    cells["factors-compare"].locator(".prediction-answer").nth(1).focus()
    press(page, "Enter")
    expect(cells["factors-compare"]).to_contain_text("Ten layers are enough")
    assert findings_in_both_themes(page, ".jp-Cell-outputArea") == []
    _, guesses = saved(page, lab, "keyboard")
    assert 20 < guesses["millionth"]["guess"] < 32
    line = guesses["sigmoid-curve"]["guess"]
    assert len(line) == 20 and line[0] < 1e-6 < 1e-4 < line[-1]


def press(page, keys):
    for key in keys.split():
        page.keyboard.press(key)


@needs_browser
def test_skipping_is_one_click(page, lab):
    from playwright.sync_api import expect

    cells = cells_of(page, lab, "skipped")
    start_all_cells(page)
    cells["relu-guess"].get_by_role("button", name="Skip this prediction").click()
    expect(cells["relu-guess"]).to_contain_text("Skipped.")
    assert not (lab.folder / "notebooks" / "skipped" / ".predictions.json").exists()


@needs_browser
def test_a_stuck_learner_goes_on_with_the_courses_own_function(page, lab):
    from playwright.sync_api import expect

    cells = cells_of(page, lab, "stuck", STUCK)
    start_all_cells(page)
    waiting, next_one = cells["sigmoid"], cells["sigmoid-numbers"]
    expect(waiting).to_contain_text("This cell is waiting for gradient_norms")
    expect(next_one).to_contain_text("This cell is waiting for gradient_norms")
    button = waiting.get_by_role("button", name="Use the course's own gradient_norms for now")
    expect(button).to_be_visible()
    expect(next_one.get_by_role("button", name="Use the course's own")).to_have_count(0)
    button.click()
    expect(waiting).to_contain_text("The exercise counts as not done")
    run(page, waiting)
    expect(waiting.locator("img")).to_be_visible()
    run(page, next_one)
    expect(next_one).to_contain_text("each layer further back divides the gradient by 3.8")
    run(page, cells["check-gradient-norms"])  # the function in the notebook is the lent one now
    expect(cells["check-gradient-norms"]).to_contain_text("It does not count.")


@needs_browser
def test_a_serious_fault_of_accessibility_is_found():
    with browser_page() as page:
        page.set_content("<main><h1>A page</h1><img src='data:,'></main>")
        (finding,) = serious_findings(page, "main")
    assert finding.startswith("image-alt: ")


@needs_browser
def test_faint_text_is_found_in_a_page_whose_body_has_no_height():
    """As in JupyterLab, where axe-core alone takes all text for hidden."""
    with browser_page() as page:
        page.set_content(
            "<body style='margin: 0; height: 0; overflow: hidden'>"
            "<main style='position: absolute'><h1>A page</h1>"
            "<p style='color: #cccccc; background: white'>faint words</p></main></body>"
        )
        (finding,) = serious_findings(page, "main")
    assert finding.startswith("color-contrast: ")
