"""The catalogue's programs are known beforehand, and by the names that the judge would find."""

import keras
import pytest

from grading.catalogue.entries import CATALOGUE
from grading.catalogue.fingerprints import source_digest
from grading.judge import judge as judging
from grading.judge import mistake_index
from grading.judge.judge import Judge
from grading.judge.mistake_index import answers, architectures, programs, table
from grading.judge.verdict_cache import VerdictCache

PROGRAMS = [(name, *program) for name in architectures() for program in programs(name)]


@pytest.fixture(autouse=True)
def _fresh_session():
    keras.backend.clear_session()


@pytest.fixture(scope="module")
def stored():
    return table()


def entry_of(exercise, edits):
    return next(entry.id for entry in CATALOGUE[exercise].mistakes if edits in entry.variants)


def built(exercise, edits, placeholders):
    found = answers(exercise, edits, placeholders)
    if found is None:
        pytest.skip("it builds nothing for some of the arguments, and so is not known by that")
    return found


def not_asked(*question):
    raise AssertionError("the judge had to find out")


@pytest.mark.parametrize("exercise", architectures())
def test_the_table_is_that_of_this_catalogue(exercise):
    command = f"python -m grading.judge.mistake_index {exercise}"
    assert mistake_index.current(exercise), f"stale; run: {command}"


@pytest.mark.parametrize("exercise, edits, placeholders", PROGRAMS[::7])
def test_a_program_of_the_catalogue_is_known(stored, monkeypatch, exercise, edits, placeholders):
    given = built(exercise, edits, placeholders)
    judge = Judge(cache=VerdictCache(index=stored))
    monkeypatch.setattr(judging, "explain", not_asked)
    assert entry_of(exercise, edits) in judge.mistakes(exercise, given, placeholders)


@pytest.mark.parametrize("exercise, edits, placeholders", PROGRAMS[5::60])
def test_it_is_known_by_the_names_that_the_judge_finds(stored, exercise, edits, placeholders):
    given = built(exercise, edits, placeholders)
    found = Judge().mistakes(exercise, given, placeholders)
    assert Judge(cache=VerdictCache(index=stored)).mistakes(exercise, given, placeholders) == found


@pytest.mark.parametrize("exercise", ["identity_block", "convolutional_block"])
def test_what_is_right_is_no_known_mistake(stored, exercise):
    assert (
        Judge(cache=VerdictCache(index=stored)).mistakes(exercise, answers(exercise, (), False))
        == []
    )


def test_a_table_of_another_catalogue_is_not_used(monkeypatch):
    monkeypatch.setattr(
        mistake_index, "source_digest", lambda name: source_digest(name) + " changed"
    )
    assert table() == {}
