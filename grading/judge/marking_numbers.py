"""Mark `gradient_norms`, the exercise whose answer is numbers."""

from __future__ import annotations

import functools
import json

from grading.judge import numbers, sampling
from grading.judge.judge import Verdict, explain
from grading.judge.reasons import say_why
from grading.judge.session import Work
from grading.results.records import Mark

EXERCISE = "gradient_norms"


def mark_numbers(work: Work) -> Mark:
    """Mark `gradient_norms`: the first network is plain, the second has BatchNorm.

    A right function for the plain one earns "function"; "generality" takes both.

    Raises:
        SandboxDied: nothing can be said about it; try again.
    """
    mark = Mark(0, 0, {"function": 0.0, "generality": 0.0})
    if not (begun := EXERCISE in work.begun):
        outcome, (shown,) = work.ask([_everybody_knows()])
        if (shown or {}).get("error") == "missing":
            say_why(mark, outcome, [shown], Verdict(False), shown)
            return mark
    asked = _problems(work)
    calls = early_calls(work)
    wanted = [problem.wanted for problem in asked]
    outcome, answers = work.outcomes[-1], work.known(calls)
    claims, right = _claims(answers or [None] * len(calls), wanted)
    if not all(right) and not (answers and work.is_first(EXERCISE)):
        outcome, answers = work.ask(calls)
        claims, right = _claims(answers, wanted)
    mark.aspects = {"function": float(right[0]), "generality": float(all(right))}
    if all(right):
        mark.message = "Right."
    elif name := numbers.mistake(claims, asked):
        mark.mistake = name
        mark.message = explain(EXERCISE, name)
    else:
        if begun:
            _, (shown,) = work.ask([_everybody_knows()])
        verdict = Verdict(right[0], reason="its numbers are not the norms")
        say_why(mark, outcome, answers, verdict, shown)
    return mark


def early_calls(work: Work) -> list[dict]:
    """The calls that `mark_numbers` begins with."""
    return [_call(problem) for problem in _problems(work)]


def _problems(work: Work) -> list[numbers.Problem]:
    drawn = sampling.numeric(work.seed, work.class_seed)
    return [_problem(json.dumps(draw)) for draw in drawn]


@functools.lru_cache(maxsize=128)  # more than a class's pool holds
def _problem(draw: str) -> numbers.Problem:
    return numbers.problem(json.loads(draw))


@functools.cache
def _everybody_knows() -> dict:
    """A call that no mark was drawn with, so that a student may be told what came of it."""
    return _call(numbers.problem(sampling.numeric(seed=0, class_seed=0)[0]))


def _claims(answers: list[dict | None], wanted: list) -> tuple[list, list[bool]]:
    claims = [(answer or {}).get("numbers") for answer in answers]
    return claims, [numbers.agrees(*pair) for pair in zip(claims, wanted, strict=True)]


def _call(problem: numbers.Problem) -> dict:
    return {"function": EXERCISE, "kind": "numbers", **problem.given}
