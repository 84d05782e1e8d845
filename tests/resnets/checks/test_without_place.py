"""Where finding the place is the exercise, a check names the mistake and shows no place."""

from __future__ import annotations

import keras
import pytest

from grading.catalogue.entries import CATALOGUE
from grading.programs import by_exercise
from resnets import checks
from resnets.exercises import EXERCISES
from resnets.words import words

pytestmark = pytest.mark.slow

SEARCHED = [name for name, exercise in EXERCISES.items() if not exercise.says_where]
MISTAKES = [
    pytest.param(exercise, entry.id, entry.variants[0], id=f"{exercise}-{entry.id}")
    for exercise in SEARCHED
    for entry in CATALOGUE[exercise].mistakes
]


@pytest.fixture(autouse=True)
def _free_memory():
    yield
    keras.backend.clear_session()


def check(exercise: str, function) -> checks.CheckResult:
    return getattr(checks, EXERCISES[exercise].check)(function)


@pytest.mark.parametrize(("exercise", "mistake", "edits"), MISTAKES)
def test_a_mistake_is_named_without_its_place(exercise, mistake, edits):
    result = check(exercise, CATALOGUE[exercise].reference(edits))
    assert not result.passed
    assert result.mistake == mistake, result.message
    assert [heading for heading, _ in result.details] == ["Why it matters", "Try"]
    assert result.table == []


@pytest.mark.parametrize("exercise", SEARCHED)
def test_an_unknown_mistake_has_no_place_either(exercise):
    program = next(one for one in by_exercise.wrong(exercise) if one.mistake == "unknown")
    result = check(exercise, by_exercise.function(program))
    assert result.details == [("Try", words(exercise, "unknown").hint)]
    assert "does not say where" in result.message and result.table == []


@pytest.mark.parametrize("exercise", SEARCHED)
def test_an_exception_is_shown_with_its_line_only(exercise):
    program = by_exercise.right(exercise)[0]
    broken = by_exercise.Program(exercise, "broken", program.text.replace("[X, X_shortcut]", "X"))
    result = check(exercise, by_exercise.function(broken))
    headings = [heading for heading, _ in result.details]
    assert "Your line" in headings and "Where" not in headings and result.table == []


@pytest.mark.parametrize("exercise", [name for name in SEARCHED if not EXERCISES[name].names_count])
def test_names_that_earn_nothing_are_not_mentioned(exercise):
    for program in by_exercise.right(exercise):
        if 'name="' in program.text:
            result = check(exercise, by_exercise.function(program))
            assert (result.passed, result.mistake, result.remarks) == (True, None, [])
