"""Mark an exercise whose function returns numbers."""

from __future__ import annotations

import functools

from grading.judge import numbers, sampling
from grading.judge.judge import Verdict
from grading.judge.reasons import say_why
from grading.judge.session import Session
from grading.results.records import Mark
from grading.sandbox.answer_schema import Answer
from grading.sandbox.job import Call


def mark_numbers(session: Session, exercise: str) -> Mark:
    """Return the mark for a function that returns numbers, without points.

    Right numbers for the first problem earn "function"; for all problems, "generality" as well.

    Raises:
        SandboxDied: the sandbox failed, which says nothing about the submission; try again.
    """
    mark = Mark(0, 0, {"function": 0.0, "generality": 0.0})
    shown = None
    # Without a definition there was no early call. One call confirms that the function is missing.
    if not (asked_early := exercise in session.begun):
        outcome, (shown,) = session.ask([_public_call(exercise)])
        if shown is not None and shown.error == "missing":
            say_why(mark, outcome, [shown], Verdict(False), shown, session.notebooks)
            return mark
    problems = _problems(session, exercise)
    calls = first_calls(session, exercise)
    outcome, early = session.outcomes[-1], session.known(calls)
    answers = early or [None] * len(calls)
    right = _right(answers, problems)
    if not all(right) and not (early and session.is_first(exercise)):
        outcome, answers = session.ask(calls)
        right = _right(answers, problems)
    mark.aspects = {"function": float(right[0]), "generality": float(all(right))}
    if all(right):
        return mark
    if mistake := numbers.mistake(exercise, list(map(_numbers, answers)), problems):
        mark.mistake = mistake
        return mark
    if asked_early:
        _, (shown,) = session.ask([_public_call(exercise)])
    verdict = Verdict(right[0], reason="the numbers differ")
    say_why(mark, outcome, answers, verdict, shown, session.notebooks)
    return mark


def first_calls(session: Session, exercise: str) -> list[Call]:
    """Return the calls that `mark_numbers` begins with."""
    return [_call(exercise, problem) for problem in _problems(session, exercise)]


def _problems(session: Session, exercise: str) -> list[numbers.Problem]:
    drawn = sampling.calls(exercise, session.seed, session.class_seed)
    return [numbers.problem(exercise, draw) for draw in drawn]


@functools.cache
def _public_call(exercise: str) -> Call:
    """Return a call that no mark depends on, so its error message may be shown to the student."""
    draw = sampling.calls(exercise, seed=0, class_seed=0)[0]
    return _call(exercise, numbers.problem(exercise, draw))


def _right(answers: list[Answer | None], problems: list[numbers.Problem]) -> list[bool]:
    pairs = zip(answers, problems, strict=True)
    return [numbers.agrees(_numbers(answer), problem.wanted) for answer, problem in pairs]


def _numbers(answer: Answer | None) -> list | None:
    return answer and answer.numbers


def _call(exercise: str, problem: numbers.Problem) -> Call:
    return Call(exercise, given=problem.arguments)
