"""Turn what the judge found into points, by `rubric.toml`."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

from grading.results import EXERCISES, Mark

FILE = Path(__file__).with_name("rubric.toml")
ASPECTS = ("function", "generality", "names")


class RubricError(ValueError):
    """The rubric cannot be used; the message names the line's exercise and what is expected."""


def read(path: Path = FILE) -> dict[str, dict[str, float]]:
    """Read a rubric: exercise -> points and shares.

    Raises:
        RubricError: not TOML, an unknown exercise or aspect, a negative number, or shares that do
            not add up to 1.
    """
    try:
        rubric = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RubricError(f"{path}: expected a rubric in TOML: {error}") from error
    unknown = sorted(set(rubric) - set(EXERCISES))
    if unknown or not rubric:
        found = f"found [{unknown[0]}]" if unknown else "found none"
        raise RubricError(f"{path}: expected exercises of {', '.join(EXERCISES)}; {found}")
    for exercise, entry in rubric.items():
        if reason := _what_is_wrong(exercise, entry):
            raise RubricError(f"{path}: [{exercise}] {reason}")
    return rubric


def _what_is_wrong(exercise: str, entry: object) -> str | None:
    """Why an exercise's part cannot be used; None when it can."""
    known = ASPECTS[:2] if exercise == "gradient_norms" else ASPECTS  # numbers have no names
    expected = f"takes points and shares of {', '.join(known)}"
    if not isinstance(entry, dict) or "points" not in entry:
        return f"{expected}; it has no points"
    if unknown := sorted(set(entry) - {"points", *known}):
        return f"{expected}; found {unknown[0]!r}"
    for name, value in entry.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value < math.inf:
            return f"{name}: expected a number of 0 or more, found {value!r}"
    total = sum(value for name, value in entry.items() if name != "points")
    if abs(total - 1) > 1e-9:
        return f"shares that add up to 1 are expected; these add up to {total:g}"
    return None


def apply(rubric: dict[str, dict[str, float]], marks: dict[str, Mark]) -> None:
    """Set each mark's points and maximum from its aspects."""
    for exercise, mark in marks.items():
        entry = rubric.get(exercise, {"points": 0.0})
        earned = sum(entry.get(aspect, 0.0) * mark.aspects.get(aspect, 0.0) for aspect in ASPECTS)
        mark.points = round(entry["points"] * earned, 2)
        mark.maximum = float(entry["points"])
