"""What a student is told where no catalogued mistake explains what is wrong."""

from __future__ import annotations

import builtins
import re

from grading.judge.judge import Verdict
from grading.results.records import Mark
from grading.sandbox.outcome import Outcome
from resnets.words import findings


def say_why(mark: Mark, outcome: Outcome, answers, lesson: Verdict, shown: dict | None) -> None:
    """Without a catalogued mistake: how the run ended, or that another function was built.

    What the student's code says for arguments that were drawn could tell which these are. So its
    own words are taken from a run with arguments that everybody knows.

    Args:
        answers: for the arguments drawn.
        lesson, shown: verdict on, and answer to, arguments that everybody knows.
    """
    claim = next((a for a in answers if a is not None and "error" in a), None)
    if claim is not None:
        mark.mistake = _known_or(str(claim["error"]), "exception")
        mark.detail = _detail(claim, shown)
        mark.line = _place(claim)
    elif any(answer is None for answer in answers):
        mark.mistake = _known_or(outcome.ended, "ended")
        mark.detail = "" if mark.mistake == outcome.ended else f"It ended with {outcome.ended}."
    elif lesson.right:
        mark.mistake = "hard_coded"
    else:
        mark.mistake = "unknown"
        mark.detail = f"The judge says: {without_paths(lesson.reason)}."


def _known_or(mistake: str, otherwise: str) -> str:
    return mistake if mistake in findings() else otherwise


def _detail(claim: dict, shown: dict | None) -> str:
    if claim["error"] == "unfinished":
        return ""
    if shown is not None and shown.get("error") == claim["error"]:
        detail = without_paths(str(shown.get("detail") or ""))[:500]
        if detail and claim["error"] == "wrong_return":
            return f"It returned: {detail}."
        return detail
    if claim["error"] != "exception":
        return ""
    name = str(claim.get("detail", "")).partition(":")[0]
    known = isinstance(getattr(builtins, name, None), type)
    return f"{name}, for arguments that the lesson does not show." if known else ""


def _place(claim: dict) -> str | None:
    """Where the code stopped, if that is what the claim says and nothing else."""
    place = str(claim.get("line"))[:300]
    return place if re.fullmatch(r".*\.ipynb, code cell \d{1,5}, line \d{1,6}", place) else None


def without_paths(text: str) -> str:
    """The text with only the last name of each absolute path in it."""
    return re.sub(r"(?<![\w.])(?:/[\w.+@~-]+)+/(?=[\w.+@~-])", ".../", text)
