"""The mistake index contains the catalogue's programs, with the ids that the judge would name."""

import keras
import pytest
from proof_sizes import sampled

from grading.catalogue.entries import CATALOGUE
from grading.catalogue.fingerprints import source_digest
from grading.judge import judge as judging
from grading.judge import mistake_index
from grading.judge.judge import Judge
from grading.judge.mistake_index import answers, architectures, programs, table
from grading.judge.verdict_cache import VerdictCache

pytestmark = pytest.mark.slow

PROGRAMS = [(name, *program) for name in architectures() for program in programs(name)]


@pytest.fixture(autouse=True)
def _fresh_session():
    keras.backend.clear_session()


@pytest.fixture(scope="module")
def stored():
    return table()


def entry_of(exercise, edits):
    """Return the id of the catalogued mistake with these edits."""
    return next(entry.id for entry in CATALOGUE[exercise].mistakes if edits in entry.variants)


def built(exercise, edits, placeholders):
    """Return a program's answers; skip the test if it has none for some of the arguments."""
    built_answers = answers(exercise, edits, placeholders)
    if built_answers is None:
        pytest.skip("it builds no model for some of the arguments, so it is not in the index")
    return built_answers


def not_asked(*question):
    raise AssertionError("the judge had to run the program")


@pytest.mark.parametrize("exercise", architectures())
def test_the_table_is_that_of_this_catalogue(exercise):
    command = f"python -m grading.judge.mistake_index {exercise}"
    assert mistake_index.current(exercise), f"stale; run: {command}"


@pytest.mark.parametrize("exercise, edits, placeholders", PROGRAMS[:: sampled(42, 7)])
def test_a_catalogued_program_is_named_without_running(
    stored, monkeypatch, exercise, edits, placeholders
):
    program_answers = built(exercise, edits, placeholders)
    judge = Judge(cache=VerdictCache(index=stored))
    monkeypatch.setattr(judging, "explain", not_asked)
    assert entry_of(exercise, edits) in judge.mistakes(exercise, program_answers, placeholders)


@pytest.mark.parametrize("exercise, edits, placeholders", PROGRAMS[5 :: sampled(180, 60)])
def test_the_index_has_the_ids_that_the_judge_finds(stored, exercise, edits, placeholders):
    program_answers = built(exercise, edits, placeholders)
    with_index = Judge(cache=VerdictCache(index=stored))
    ids = Judge().mistakes(exercise, program_answers, placeholders)
    assert with_index.mistakes(exercise, program_answers, placeholders) == ids


@pytest.mark.parametrize("exercise", ["identity_block", "convolutional_block"])
def test_the_index_does_not_contain_the_reference(stored, exercise):
    assert (
        Judge(cache=VerdictCache(index=stored)).mistakes(exercise, answers(exercise, (), False))
        == []
    )


def test_an_index_of_another_catalogue_is_not_used(monkeypatch):
    monkeypatch.setattr(
        mistake_index, "source_digest", lambda name: source_digest(name) + " changed"
    )
    assert table() == {}
