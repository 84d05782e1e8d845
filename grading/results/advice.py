"""A mark in words: what is wrong, why it matters, what to try next.

The words are those that the lesson's check has (see `resnets.words`). Who calls it: the rubric, and
the rooms `reports` and `exports`.
"""

from __future__ import annotations

from grading.results.records import Mark
from resnets import words
from resnets.exercises import EXERCISES
from resnets.words import NOT_THERE, Words


def advice(exercise: str, mistake: str) -> Words:
    """The words for a mistake; one that is in no catalogue any more is called by its id."""
    try:
        return words.words(exercise, mistake)
    except KeyError:
        return Words(mistake.replace("_", " ").capitalize() + ".")


def told(exercise: str, mark: Mark) -> str:
    """All that a student is told about a mark, a line for each part."""
    right = "Right." if is_right(mark) else ""
    if mark.mistake is None:
        return "\n".join(filter(None, (right, mark.detail)))
    said = advice(exercise, mark.mistake)
    hint = f"Try this: {said.hint}" if said.hint else ""
    return "\n".join(filter(None, (right, said.title, mark.detail, said.why, hint)))


def is_right(mark: Mark) -> bool:
    """Whether the function is right, whatever its layers are called."""
    return all(mark.aspects.get(name) == 1 for name in ("function", "generality"))


def mistakes(exercise: str) -> list[str]:
    """The ids of what can be wrong with an exercise that was handed in."""
    return [*words.mistakes()[exercise], *(id for id in words.findings() if id not in NOT_THERE)]


def by_rubric(mistake: str, share: float) -> str:
    """That a share for the mistake made up the points; empty when it did not."""
    return f"{mistake}: {100 * share:g} % by the rubric" if share else ""


def aspect(exercise: str, name: str) -> str:
    """What an aspect of the rubric means in an exercise."""
    meanings = {entry.name: entry.meaning for entry in EXERCISES[exercise].aspects}
    return meanings.get(name, name)
