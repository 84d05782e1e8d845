"""Turn a judge's verdict into points, by the exercises' entries and `rubric.toml`."""

from __future__ import annotations

import difflib
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path

from grading.errors import GradingError
from grading.results import advice
from grading.results.records import Mark
from resnets.exercises import EXERCISES, Exercise

FILE = Path(__file__).with_name("rubric.toml")
PARTIAL = "partial"


@dataclass(frozen=True)
class Scale:
    """How an exercise is marked.

    Attributes:
        points: the maximum points.
        shares: of the points, by aspect; they add up to 1.
        partial: the share that is earned in spite of a mistake, by the mistake's id.
    """

    points: float
    shares: dict[str, float]
    partial: dict[str, float]


class RubricError(GradingError):
    """The rubric cannot be used; the message names the exercise and what was expected."""


def read(path: Path | None = None) -> dict[str, Scale]:
    """Return the scale of each exercise.

    If the file does not give the points of an exercise, or any of its shares, those of the
    exercise's entry apply.

    Args:
        path: the course's own rubric by default.

    Raises:
        RubricError: the file is not TOML, has an unknown exercise, aspect or mistake, a negative
            number, shares of aspects that do not add up to 1, or a mistake's share that is not
            from 0 to 1.
    """
    path = path or FILE
    try:
        changes = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RubricError(f"{path}: expected a rubric in TOML: {error}") from error
    if unknown := sorted(set(changes) - set(EXERCISES)):
        known = ", ".join(EXERCISES)
        raise RubricError(f"{path}: expected an exercise among {known}; found [{unknown[0]}]")
    rubric = {}
    for name, exercise in EXERCISES.items():
        change = changes.get(name, {})
        if reason := _what_is_wrong(exercise, change):
            raise RubricError(f"{path}: [{name}] {reason}")
        if reason := _what_is_wrong_with_partial(name, change.get(PARTIAL, {})):
            raise RubricError(f"{path}: [{name}.{PARTIAL}] {reason}")
        points = change.get("points", exercise.points)
        rubric[name] = Scale(points, _shares(exercise, change), change.get(PARTIAL, {}))
    return rubric


def _shares(exercise: Exercise, change: dict) -> dict[str, float]:
    """Return the shares of the aspects: the file's if it gives any, otherwise the entry's."""
    usual = {aspect.name: aspect.share for aspect in exercise.aspects}
    changed = {name: share for name, share in change.items() if name in usual}
    return changed or usual


def _what_is_wrong(exercise: Exercise, change: object) -> str | None:
    """Return why an exercise's part of the file cannot be used; None if it can."""
    aspects = [aspect.name for aspect in exercise.aspects]
    expected = f"takes points and shares of {', '.join(aspects)}"
    if not isinstance(change, dict):
        return f"{expected}; found {change!r}"
    numbers = {name: value for name, value in change.items() if name != PARTIAL}
    if unknown := sorted(set(numbers) - {"points", *aspects}):
        return f"{expected}; found {unknown[0]!r}"
    for name, value in numbers.items():
        if not _is_number(value, math.inf):
            return f"{name}: expected a number of 0 or more, found {value!r}"
    total = sum(_shares(exercise, numbers).values())
    if abs(total - 1) > 1e-9:
        return f"expected shares that add up to 1; these add up to {total:g}"
    return None


def _what_is_wrong_with_partial(exercise: str, shares: object) -> str | None:
    """Return why the shares for mistakes cannot be used; None if they can."""
    if not isinstance(shares, dict):
        return f"expected a table of mistakes and shares, found {shares!r}"
    known = advice.mistakes(exercise)
    for mistake, share in shares.items():
        if mistake not in known:
            near = difflib.get_close_matches(mistake, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "does it belong to another exercise?"
            return (
                f"{mistake!r} is not a mistake of this exercise; {hint} The ids are in the column "
                "`mistakes` of grades.csv and in the class report"
            )
        if not _is_number(share, 1):
            return f"{mistake}: expected a share from 0 to 1, such as 0.6, found {share!r}"
    return None


def _is_number(value: object, largest: float) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= value <= largest and value < math.inf


def apply(rubric: dict[str, Scale], marks: dict[str, Mark]) -> None:
    """Set each mark's points and maximum from its aspects, and from its mistake's share.

    A mistake with a share in the rubric earns at least that share; `mark.partial` is set if the
    share decided the points.
    """
    for exercise, mark in marks.items():
        scale = rubric[exercise]
        earned = sum(scale.shares.get(name, 0.0) * value for name, value in mark.aspects.items())
        share = float(scale.partial.get(mark.mistake, 0.0))
        mark.partial = share if share > earned + 1e-9 else 0.0
        mark.points = round(scale.points * max(earned, share), 2)
        mark.maximum = float(scale.points)
