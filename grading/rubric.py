"""Turn what the judge found into points, by `rubric.toml`."""

from __future__ import annotations

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
        RubricError: not TOML, an unknown exercise or aspect, or shares that do not add up to 1.
    """
    try:
        rubric = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RubricError(f"{path}: expected a rubric in TOML: {error}") from error
    unknown = set(rubric) - set(EXERCISES)
    if unknown or not rubric:
        raise RubricError(f"{path}: expected exercises {', '.join(EXERCISES)}; found {unknown}")
    for exercise, entry in rubric.items():
        shares = {name: value for name, value in entry.items() if name != "points"}
        numbers = all(isinstance(value, int | float) for value in entry.values())
        if not numbers or "points" not in entry or set(shares) - set(ASPECTS):
            raise RubricError(f"{path}: [{exercise}] takes points and shares of {ASPECTS}")
        if abs(sum(shares.values()) - 1) > 1e-9:
            raise RubricError(
                f"{path}: the shares of [{exercise}] add up to {sum(shares.values())}"
            )
    return rubric


def apply(rubric: dict[str, dict[str, float]], marks: dict[str, Mark]) -> None:
    """Set each mark's points and maximum from its aspects."""
    for exercise, mark in marks.items():
        entry = rubric.get(exercise, {"points": 0.0})
        earned = sum(entry.get(aspect, 0.0) * mark.aspects.get(aspect, 0.0) for aspect in ASPECTS)
        mark.points = round(entry["points"] * earned, 2)
        mark.maximum = float(entry["points"])
