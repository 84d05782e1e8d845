"""The pages' screenshots show what the check, the prediction and the figure say today."""

import re

import pytest
from PIL import Image

from images import FOLDER, screenshot_check, screenshot_widgets
from resnets.widgets.all_questions import QUESTIONS

SHOTS = ["check_names_a_mistake", *screenshot_widgets.SHOTS]


def shown_words(name: str) -> str:
    with Image.open(FOLDER / f"{name}.png") as image:
        return image.text["Description"]


def plain(text: str) -> str:
    return re.sub(r"[\s`]+", " ", text)


def test_the_screenshot_shows_the_check_s_present_answer():
    imports, exercise, check = screenshot_check.answered_lesson().cells
    namespace = {}
    for cell in (imports, exercise, check):
        exec(cell.source.rsplit("\nresult", 1)[0], namespace)
    result = namespace["result"]
    assert result.mistake, "the block of the screenshot has no named mistake any more"
    told = [result.title, *(text for _, text in result.details)]
    shown = shown_words("check_names_a_mistake")
    stale = [text for text in told if plain(text) not in shown]
    assert not stale, f"run `python -m images.screenshot_check`: it does not show {stale}"


def test_the_screenshot_shows_the_prediction_s_present_words():
    question = QUESTIONS["deep-plain"]
    shown = shown_words("prediction_box")
    stale = [
        text
        for text in (question.title, *(option.text for option in question.options))
        if text not in shown
    ]
    assert not stale, f"run `python -m images.screenshot_widgets`: it does not show {stale}"


def test_the_screenshot_shows_the_figure_s_present_controls(monkeypatch):
    labels = []
    monkeypatch.setattr(
        "resnets.widgets.seen_positions.movable",
        lambda draw, controls: labels.extend(control.label for control in controls.values()),
    )
    from resnets.widgets.seen_positions import explore_seen_positions

    explore_seen_positions()
    shown = shown_words("figure_to_move")
    stale = [label for label in labels if label not in shown]
    assert labels and not stale, f"run `python -m images.screenshot_widgets`: not shown: {stale}"


@pytest.mark.parametrize("name", SHOTS)
def test_a_screenshot_is_small(name):
    path = FOLDER / f"{name}.png"
    assert 20_000 < path.stat().st_size < 150_000
    with Image.open(path) as image:
        assert 1200 <= image.width <= 2000
