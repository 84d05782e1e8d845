"""`make lab` in a real browser: the start page is open, and it leads to the lessons."""

import json
import re
import time

import pytest
from accessibility import findings_in_both_themes
from house_helpers import (
    LESSON,
    START,
    Lab,
    browser_page,
    course_copy,
    needs_browser,
    plain_environment,
    ready_environment,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A running `make lab` in a copy of the course, and the address it gave to the browser."""
    folder = tmp_path_factory.mktemp("browser")
    opened = folder / "opened"
    program = folder / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" >> "{opened}"\n')
    program.chmod(0o755)
    (folder / "home").mkdir()
    env = plain_environment(folder / "home")
    env.update(VENV=ready_environment(), BROWSER=str(program))
    with Lab("make lab", course_copy(folder), env) as running:
        running.opened = opened
        yield running


@pytest.fixture(scope="module")
def page(lab):
    """The start page in Chromium, at the address that JupyterLab printed."""
    with browser_page() as page:
        page.goto(lab.address)
        page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
        yield page


@needs_browser
def test_make_lab_opens_the_browser_on_the_start_page(lab):
    """The address handed to the browser is a local file that leads to the page."""
    end = time.monotonic() + 60
    while not lab.opened.exists() and time.monotonic() < end:
        time.sleep(0.1)
    address = lab.opened.read_text().strip()
    assert address.startswith("file://")
    text = open(re.sub("^file://", "", address).replace("%20", " ")).read()
    assert f"/lab/tree/{START}?token={lab.token}" in text


@needs_browser
def test_the_start_page_is_on_the_screen(page):
    titles = page.locator(".lm-DockPanel-tabBar .lm-TabBar-tabLabel").all_inner_texts()
    assert [title for title in titles if title == START.rsplit("/")[-1]]
    assert page.locator(".jp-Notebook h1").first.inner_text().strip(" ¶")


@needs_browser
def test_nothing_stands_in_the_way(page):
    """No dialog, no question about news, no kernel to choose."""
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator(".Toastify__toast").count() == 0
    from playwright.sync_api import expect

    expect(page.locator(".jp-KernelName").first).to_contain_text("Python 3", timeout=120_000)


@needs_browser
def test_the_lessons_are_listed_and_a_run_says_what_is_done(page, lab):
    """The cell with the map runs without a word on the error stream."""
    from playwright.sync_api import expect

    listed = page.locator(".jp-Notebook .jp-MarkdownCell").nth(1)
    expect(listed.get_by_role("link", name="Vanishing gradients")).to_be_visible()
    cell = page.locator(".jp-Notebook .jp-CodeCell").first
    guesses = {"millionth": {"guess": 10.0, "confidence": 0}}
    (lab.folder / "notebooks" / ".predictions.json").write_text(json.dumps(guesses))
    end = time.monotonic() + 120
    while "1 of 5 predictions made" not in cell.inner_text() and time.monotonic() < end:
        cell.locator(".jp-InputArea-editor").click()  # the page may not take the keys at once
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(2000)
    expect(cell).to_contain_text("1 of 5 predictions made")
    assert cell.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
    assert findings_in_both_themes(page, ".jp-Notebook .jp-RenderedHTMLCommon") == []


@needs_browser
def test_the_map_leads_to_a_lesson(page):
    """A link opens the lesson beside the map; the file browser does not offer the solutions."""
    from playwright.sync_api import expect

    page.get_by_role("link", name="Vanishing gradients").first.click()
    opened = page.locator(".lm-DockPanel-tabBar .lm-TabBar-tabLabel")
    expect(opened.get_by_text(LESSON.rsplit("/")[-1])).to_be_visible(timeout=60_000)
    listed = page.locator(".jp-DirListing-itemText")
    expect(listed.get_by_text(LESSON.rsplit("/")[-1], exact=True)).to_be_visible()
    assert "solutions" not in listed.all_inner_texts()
