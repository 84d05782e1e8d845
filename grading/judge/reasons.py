"""Explain a wrong submission to its student if no catalogued mistake does."""

from __future__ import annotations

import builtins
import re
from collections.abc import Collection

from grading.judge.judge import Verdict
from grading.results.records import Mark
from grading.sandbox.answer_schema import Answer
from grading.sandbox.job import Notebook
from grading.sandbox.outcome import Outcome
from resnets.words import findings


def say_why(
    mark: Mark,
    outcome: Outcome,
    answers: list[Answer | None],
    lesson: Verdict,
    shown: Answer | None,
    notebooks: Collection[Notebook],
) -> None:
    """Set the mark's mistake, detail and line to how the run ended or what was returned.

    An error message of the student's code could contain the drawn arguments, which must stay
    secret. So messages are taken only from a run with arguments that everybody knows.

    Args:
        mark: the mark to change.
        outcome: how the run with the drawn arguments ended.
        answers: the answers for the drawn arguments.
        lesson, shown: the verdict on, and the answer to, arguments that everybody knows.
        notebooks: the submission's notebooks.
    """
    failed = next((a for a in answers if a is not None and a.error is not None), None)
    if failed is not None:
        mark.mistake = _known_or(failed.error, "exception")
        mark.detail = _detail(failed, shown)
        mark.line = _line_of(failed, notebooks)
    elif any(answer is None for answer in answers):
        mark.mistake = _known_or(outcome.ended, "ended")
        # An ending such as "exit 3" has no words of its own, so the detail names it.
        mark.detail = "" if mark.mistake == outcome.ended else f"It ended with {outcome.ended}."
    elif lesson.right:
        mark.mistake = "hard_coded"
    else:
        mark.mistake = "unknown"
        mark.detail = f"The judge says: {without_paths(lesson.reason)}."


def _known_or(mistake: str, otherwise: str) -> str:
    return mistake if mistake in findings() else otherwise


def _detail(failed: Answer, shown: Answer | None) -> str:
    if failed.error == "unfinished":
        return ""
    if shown is not None and shown.error == failed.error:
        detail = without_paths(shown.detail or "")[:500]
        if detail and failed.error == "wrong_return":
            return f"It returned: {detail}."
        return detail
    if failed.error != "exception":
        return ""
    name = (failed.detail or "").partition(":")[0]
    known = isinstance(getattr(builtins, name, None), type)
    return f"{name}, for arguments that the lesson does not show." if known else ""


def _line_of(failed: Answer, notebooks: Collection[Notebook]) -> str | None:
    """Return the notebook line where the code stopped, or None.

    The student's process wrote it, so a line that no notebook has is dropped: it could contain the
    drawn arguments.
    """
    place = re.fullmatch(r"(.*), code cell (\d{1,5}), line (\d{1,6})", failed.line or "")
    if place is None:
        return None
    name, cell, line = place[1], int(place[2]), int(place[3])
    exists = any(
        notebook.name == name
        and 0 < cell <= len(notebook.cells)
        and 0 < line <= len(notebook.cells[cell - 1].splitlines())
        for notebook in notebooks
    )
    return failed.line if exists else None


def without_paths(text: str) -> str:
    """Return the text with each absolute path shortened to its last name.

    Paths of the grading machine mean nothing to a student.
    """
    return re.sub(r"(?<![\w.])(?:/[\w.+@~-]+)+/(?=[\w.+@~-])", ".../", text)
