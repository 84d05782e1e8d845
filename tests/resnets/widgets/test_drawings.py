"""Every figure that a learner moves is drawn as it is stored, and so are the learner's guesses."""

from __future__ import annotations

import pytest

from tests.support.drawings import COMMAND, difference_from_stored
from tests.support.widgets_to_draw import WIDGETS


@pytest.mark.parametrize("name", WIDGETS)
def test_figure_is_drawn_as_stored(name, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # as a learner sees it
    difference = difference_from_stored(name, WIDGETS[name]())
    assert difference is None, f"{name}, {difference}\nIf that is meant: {COMMAND}"
