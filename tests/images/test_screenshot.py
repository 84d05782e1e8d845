"""The README's screenshot shows what the check says today."""

import re

from PIL import Image

from images import screenshot_check


def shown_words() -> str:
    with Image.open(screenshot_check.TARGET) as image:
        return image.text["Description"]


def test_the_screenshot_shows_the_check_s_present_answer():
    imports, exercise, check = screenshot_check.answered_lesson().cells
    namespace = {}
    for cell in (imports, exercise, check):
        exec(cell.source.rsplit("\nresult", 1)[0], namespace)
    result = namespace["result"]
    assert result.mistake, "the block of the screenshot has no named mistake any more"
    told = [result.title, *(text for _, text in result.details)]
    stale = [text for text in told if re.sub(r"[\s`]+", " ", text) not in shown_words()]
    assert not stale, f"run `python -m images.screenshot_check`: it does not show {stale}"


def test_the_screenshot_is_small():
    assert 20_000 < screenshot_check.TARGET.stat().st_size < 150_000
    with Image.open(screenshot_check.TARGET) as image:
        assert 1200 <= image.width <= 2000
