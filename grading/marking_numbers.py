"""Mark `gradient_norms`, the exercise whose answer is numbers."""

from __future__ import annotations

from grading import draws, numbers
from grading.judge import Verdict, explain
from grading.reasons import say_why
from grading.results import Mark
from grading.work import Work

EXERCISE = "gradient_norms"


def mark_numbers(work: Work) -> Mark:
    """Mark `gradient_norms`: the first network is plain, the second has BatchNorm.

    A right function for the plain one earns "function"; "generality" takes both.

    Raises:
        SandboxDied: nothing can be said about it; try again.
    """
    asked = [numbers.problem(draw) for draw in draws.numeric(work.seed)]
    outcome, answers = work.ask([_call(problem) for problem in asked])
    claims = [(answer or {}).get("numbers") for answer in answers]
    right = [
        numbers.agrees(claim, numbers.expected(problem))
        for claim, problem in zip(claims, asked, strict=True)
    ]
    mark = Mark(0, 0, {"function": float(right[0]), "generality": float(all(right))})
    if all(right):
        mark.message = "Right."
    elif name := numbers.mistake(claims, asked):
        mark.mistake = name
        mark.message = explain(EXERCISE, name)
    else:
        known = numbers.problem(draws.numeric(seed=0)[0])  # nothing that a mark was drawn with
        _, (shown,) = work.ask([_call(known)])
        verdict = Verdict(right[0], reason="its numbers are not the norms")
        say_why(mark, outcome, answers, verdict, shown)
    return mark


def _call(problem: dict) -> dict:
    return {"function": EXERCISE, "kind": "numbers", **problem}
