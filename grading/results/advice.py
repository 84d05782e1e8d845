"""Put a mark into words: what is wrong, why it matters, what to try next.

The words are the same as in the lesson's check (see `resnets.words`). Who calls it: the rubric, and
the rooms `reports` and `exports`.
"""

from __future__ import annotations

from grading.results.records import Mark
from resnets import words
from resnets.exercises import EXERCISES
from resnets.words import NOT_THERE, Words


def advice(exercise: str, mistake: str) -> Words:
    """Return the words for a mistake; its id as a sentence if it is no longer in the catalogue."""
    try:
        return words.words(exercise, mistake)
    except KeyError:
        return Words(mistake.replace("_", " ").capitalize() + ".")


def feedback(exercise: str, mark: Mark) -> str:
    """Return everything that a student reads about a mark, one line for each part."""
    right = "Right." if is_right(mark) else ""
    if mark.mistake is None:
        return "\n".join(filter(None, (right, mark.detail)))
    text = advice(exercise, mark.mistake)
    hint = f"Try this: {text.hint}" if text.hint else ""
    return "\n".join(filter(None, (right, text.title, mark.detail, text.why, hint)))


def as_number(points: float) -> str:
    """Return points as text with at most two decimals: 10, 6.5, 0.25."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def is_right(mark: Mark) -> bool:
    """Return whether the function is right, whatever the names of its layers."""
    return all(mark.aspects.get(name) == 1 for name in ("function", "generality"))


def is_full(mark: Mark) -> bool:
    """Return whether a mark has all points; where there are none to earn, whether all is right."""
    if mark.maximum:
        return mark.points == mark.maximum
    return is_right(mark) and all(value == 1 for value in mark.aspects.values())


def mistakes(exercise: str) -> list[str]:
    """Return the ids of the mistakes and findings that a solution of this exercise can have."""
    return [*words.mistakes()[exercise], *(id for id in words.findings() if id not in NOT_THERE)]


def by_rubric(mistake: str, share: float) -> str:
    """Return a line about the share that decided the points; "" if no share did."""
    return f"{mistake}: {100 * share:g} % by the rubric" if share else ""


def aspect(exercise: str, name: str) -> str:
    """Return the meaning of an aspect of the rubric in an exercise."""
    meanings = {entry.name: entry.meaning for entry in EXERCISES[exercise].aspects}
    return meanings.get(name, name)
