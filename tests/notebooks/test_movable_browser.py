"""In a real browser, each slider of each movable figure draws the figure anew, in both themes.

The cells are the stored ones, with data of their own instead of a training. Lesson 1's slider and
the network builder have tests of their own. A whole lesson with its outputs is looked at, too.
"""

from __future__ import annotations

import nbformat
import pytest
from accessibility import (
    findings_in_both_themes,
    hard_to_read_on_some_screen,
    scroll_through,
)
from house_helpers import (
    needs_browser,
    running_lab,
    shortened,
    watched_page,
)
from proof_sizes import sampled

from images.lab import start_all_cells
from tools.notebooks.files import find_lessons

pytestmark = pytest.mark.slow

DATA = """
receptive_field = utils.from_lesson(4, "receptive_field")
checks.check_receptive_field(receptive_field)
X_rooms, Y_rooms = utils.load_test_set("other_rooms")
rng = np.random.default_rng(1)
rooms = rng.dirichlet([0.3] * 6, len(X_rooms))
pages, batches = np.ones((1, 128)), rng.uniform(50, 100, (68, 128))
"""
"""What the cells need of cells that are left out."""
FIGURES = ((2, "block-move"), (3, "block-move"), (3, "seen-move"), (4, "field-move"),
           (5, "momentum-move"), (6, "threshold-move"))  # fmt: skip
NOTEBOOK = "notebooks/solutions/moved.ipynb"


def cell_of(number, cell_id):
    (lesson,) = find_lessons(numbers=[number])
    (cell,) = shortened(lesson.source, [cell_id]).cells
    cell.id = f"lesson-{number}-{cell_id}"
    return cell


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A running JupyterLab in a copy of the course with a notebook of movable figures."""
    (lesson,) = find_lessons(numbers=[4])
    notebook = shortened(lesson.source, ["imports"])
    notebook.cells.append(nbformat.v4.new_code_cell(DATA, id="data"))
    notebook.cells += [cell_of(*figure) for figure in FIGURES]
    with running_lab(tmp_path_factory.mktemp("movable"), {NOTEBOOK: notebook}) as lab:
        yield lab


@pytest.fixture(scope="module")
def page(lab):
    """A page on which no console error happens and no request leaves the machine."""
    with watched_page(lab) as page:
        yield page


@needs_browser
def test_each_slider_of_each_figure_draws_it_anew(page, lab):
    from playwright.sync_api import expect

    lab.open(page, NOTEBOOK)
    start_all_cells(page)
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    for index, figure in enumerate(FIGURES, start=2):
        cell = cells.nth(index)
        cell.scroll_into_view_if_needed()
        image, sliders = cell.locator("img"), cell.get_by_role("slider")
        expect(image).to_be_visible()
        assert sliders.count() > 0, figure
        for slider in sliders.all():
            before, value = shown(image), slider.get_attribute("aria-valuetext")
            slider.focus()
            page.keyboard.press("Home" if at_its_end(slider) else "End")
            expect(slider).not_to_have_attribute("aria-valuetext", value)
            expect(image).not_to_have_attribute("src", before["src"])
            expect(image).not_to_have_attribute("alt", before["alt"])
        assert cell.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
    assert findings_in_both_themes(page, ".jp-Cell-outputArea") == []
    assert hard_to_read_on_some_screen(page) == []


@needs_browser
def test_a_reopened_figure_says_that_its_cell_has_to_run(page, lab):
    """It stands as it was saved; its sliders belong to a kernel that has ended."""
    from playwright.sync_api import expect

    page.keyboard.press("Control+s")
    page.wait_for_function("!document.querySelector('.jp-mod-dirty')")
    page.goto("about:blank")
    headers = {"Authorization": f"token {lab.token}"}
    for session in page.request.get(f"{lab.server}/api/sessions", headers=headers).json():
        page.request.delete(f"{lab.server}/api/sessions/{session['id']}", headers=headers)
    lab.open(page, NOTEBOOK)
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(2)
    slider = cell.get_by_role("slider").first
    expect(cell.locator("img")).to_be_visible()
    slider.focus()
    page.keyboard.press("Home")
    expect(cell.get_by_role("status")).to_have_text("There is no answer. Run this cell again.")


@needs_browser
def test_text_that_is_cut_off_or_has_long_lines_is_found(page, lab):
    lab.open(page, "notebooks/solutions/2_identity_block.ipynb")
    wide = "overflow: visible; width: 1100px; max-width: none;".replace(";", " !important;")
    page.add_style_tag(content=f".jp-MarkdownOutput, .jp-MarkdownOutput > p {{ {wide} }}")
    found = hard_to_read_on_some_screen(page)
    assert any(finding.startswith("853 pixels: cut off: <p") for finding in found)
    assert any(finding.startswith("1920 pixels: long: <p") for finding in found)


def shown(image):
    return {name: image.get_attribute(name) for name in ("src", "alt")}


def at_its_end(slider):
    """Return whether a slider cannot move further to the right."""
    return slider.input_value() == slider.get_attribute("max")


@needs_browser
@pytest.mark.parametrize("number", sampled((2, 5), range(9)))
def test_nothing_in_a_whole_lesson_is_hard_to_read(page, lab, number):
    (lesson,) = find_lessons(numbers=[number])
    lab.open(page, lesson.source.relative_to(lesson.root).as_posix())
    scroll_through(page)
    where = ".jp-Notebook .jp-RenderedHTMLCommon, .jp-Notebook .jp-RenderedText"
    assert findings_in_both_themes(page, where) == []
    assert hard_to_read_on_some_screen(page) == []
