"""Exercises with programs: each mistake of the catalogue is named, right programs pass as written.

Architectures have tests of their own for the mistakes of the catalogue (see `test_data`).
"""

from __future__ import annotations

import pytest
from proof_sizes import sampled

from grading.catalogue.entries import CATALOGUE
from grading.judge import numbers, sampling
from grading.programs import by_exercise
from resnets import checks
from resnets.checks.given import unpack
from resnets.exercises import EXERCISES

pytestmark = pytest.mark.slow

NUMERIC = [name for name in by_exercise.WITH_PROGRAMS if name in by_exercise.NUMERIC]
VARIANTS = [
    pytest.param(exercise, entry.id, variant, id=f"{exercise}-{entry.id}-{index}")
    for exercise in NUMERIC
    for entry in CATALOGUE[exercise].mistakes
    for index, variant in enumerate(sampled(entry.variants[:1], entry.variants))
]
PROGRAMS = [
    pytest.param(program, id=f"{exercise}-{program.title}")
    for exercise in by_exercise.WITH_PROGRAMS
    for programs in (by_exercise.right(exercise), by_exercise.wrong(exercise))
    for program in sampled(programs[1::5], programs)
]


def check(exercise: str, function) -> checks.CheckResult:
    return getattr(checks, EXERCISES[exercise].check)(function)


@pytest.mark.parametrize(("exercise", "mistake", "function"), VARIANTS)
def test_a_mistake_is_refused_and_named(exercise, mistake, function):
    result = check(exercise, function)
    assert not result.passed
    assert result.mistake == mistake, result.message
    assert "It could also be" not in result.message


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_passes_or_its_mistake_is_named(program):
    result = check(program.exercise, by_exercise.function(program))
    assert result.passed == (program.mistake is None), result.message
    assert (result.mistake or "unknown") == (program.mistake or "unknown"), result.message


@pytest.mark.parametrize("exercise", by_exercise.WITH_PROGRAMS)
def test_an_exercise_has_many_mistakes_and_right_programs(exercise):
    assert len(CATALOGUE[exercise].mistakes) >= 8
    assert len(by_exercise.right(exercise)) >= 15
    assert len(by_exercise.wrong(exercise)) >= 8


@pytest.mark.parametrize("exercise", NUMERIC)
def test_the_grader_names_every_mistake_in_what_it_draws(exercise):
    """No mistake is right, and none is taken for another."""
    problems = [numbers.problem(exercise, draw) for draw in sampling.calls(exercise, 7, 1)]
    for mistake in CATALOGUE[exercise].mistakes:
        for variant in mistake.variants[: sampled(1, None)]:
            answers = [numbers.numbers_of(exercise, variant, one) for one in problems]
            assert numbers.mistake(exercise, answers, problems) == mistake.id
            assert not all(
                numbers.agrees(answer, one.wanted)
                for answer, one in zip(answers, problems, strict=True)
            )


@pytest.mark.parametrize("exercise", NUMERIC)
def test_nobody_foresees_what_the_grader_draws(exercise):
    drawn = {str(sampling.calls(exercise, seed, class_seed)) for seed in range(30)
             for class_seed in (1, 2)}  # fmt: skip
    assert len(drawn) > CATALOGUE[exercise].pool  # more than one class can get
    assert sampling.calls(exercise, 3, 1) == sampling.calls(exercise, 3, 1)
    stored = [make() for make in CATALOGUE[exercise].stored.values()]
    assert not any(str(call) in text for call in stored for text in drawn)


def test_a_function_may_empty_the_lists_that_it_gets():
    packed = {"layers": [[3, 1, 1], [2, 2, 0]]}
    unpack(packed)["layers"].clear()
    unpack(packed)["layers"][0].clear()
    assert unpack(packed) == {"layers": [[3, 1, 1], [2, 2, 0]]}
