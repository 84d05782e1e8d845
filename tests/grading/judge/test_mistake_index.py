"""The catalogue's programs are known beforehand, and by the names that the judge would find."""

import keras
import pytest

from grading.catalogue.fingerprints import source_digest
from grading.catalogue.mistakes import CATALOGUE
from grading.judge import mistake_index
from grading.judge.judge import Judge
from grading.judge.mistake_index import answers, programs, table


@pytest.fixture(autouse=True)
def _fresh_session():
    keras.backend.clear_session()


@pytest.fixture(scope="module")
def stored():
    return table()


def entry_of(exercise, edits):
    return next(entry.id for entry in CATALOGUE[exercise] if edits in entry.variants)


def built(exercise, edits, noted):
    found = answers(exercise, edits, noted)
    if found is None:
        pytest.skip("it builds nothing for some of the arguments, and so is not known by that")
    return found


def not_asked(*question):
    raise AssertionError("the judge had to find out")


def test_the_table_is_that_of_this_catalogue(stored):
    assert stored, "stale; run: python -m grading.judge.mistake_index"


@pytest.mark.parametrize("exercise, edits, noted", programs()[::7])
def test_a_program_of_the_catalogue_is_known(stored, monkeypatch, exercise, edits, noted):
    given = built(exercise, edits, noted)
    judge = Judge(known=stored)
    monkeypatch.setattr(judge, "_mistakes", not_asked)
    assert entry_of(exercise, edits) in judge.mistakes(exercise, given, noted)


@pytest.mark.parametrize("exercise, edits, noted", programs()[5::60])
def test_it_is_known_by_the_names_that_the_judge_finds(stored, exercise, edits, noted):
    given = built(exercise, edits, noted)
    found = Judge().mistakes(exercise, given, noted)
    assert Judge(known=stored).mistakes(exercise, given, noted) == found


@pytest.mark.parametrize("exercise", ["identity_block", "convolutional_block"])
def test_what_is_right_is_no_known_mistake(stored, exercise):
    assert Judge(known=stored).mistakes(exercise, answers(exercise, (), False)) == []


def test_a_table_of_another_catalogue_is_not_used(monkeypatch):
    monkeypatch.setattr(mistake_index, "source_digest", lambda: source_digest() + " changed")
    assert table() == {}
