"""`make lab` in a real browser: lesson 1 is open, a cell runs, and nothing stands in the way."""

import re
import time

import pytest
from house_helpers import (
    LESSON,
    Lab,
    browser_page,
    course_copy,
    needs_browser,
    plain_environment,
    ready_environment,
)


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
    """Lesson 1 in Chromium, at the address that JupyterLab printed."""
    with browser_page() as page:
        page.goto(lab.address)
        page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
        yield page


@needs_browser
def test_make_lab_opens_the_browser_on_lesson_1(lab):
    """The address handed to the browser is a local file that leads to the lesson."""
    end = time.monotonic() + 60
    while not lab.opened.exists() and time.monotonic() < end:
        time.sleep(0.1)
    address = lab.opened.read_text().strip()
    assert address.startswith("file://")
    text = open(re.sub("^file://", "", address).replace("%20", " ")).read()
    assert f"/lab/tree/{LESSON}?token={lab.token}" in text


@needs_browser
def test_lesson_1_is_on_the_screen(page):
    titles = page.locator(".lm-DockPanel-tabBar .lm-TabBar-tabLabel").all_inner_texts()
    assert [title for title in titles if title == LESSON.rsplit("/")[-1]]
    assert page.locator(".jp-Notebook h1").first.inner_text().strip(" ¶")


@needs_browser
def test_nothing_stands_in_the_way(page):
    """No dialog, no question about news, no kernel to choose."""
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator(".Toastify__toast").count() == 0
    from playwright.sync_api import expect

    expect(page.locator(".jp-KernelName").first).to_contain_text("Python 3", timeout=120_000)


@needs_browser
def test_a_cell_runs(page):
    """The lesson's first code cell, its imports, runs without a word on the error stream."""
    cell = page.locator(".jp-Notebook .jp-CodeCell").first
    prompt = cell.locator(".jp-InputPrompt")
    end = time.monotonic() + 120
    while not re.search(r"\[\d+\]", prompt.inner_text()) and time.monotonic() < end:
        if prompt.inner_text().strip() == "[ ]:":  # the page may not take the keys at once
            cell.locator(".jp-InputArea-editor").click()
            page.keyboard.press("Control+Enter")
        page.wait_for_timeout(2000)
    assert re.fullmatch(r"\[\d\]:", prompt.inner_text().strip())
    assert cell.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
