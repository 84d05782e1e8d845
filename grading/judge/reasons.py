"""What a student is told where no catalogued mistake explains what is wrong."""

from __future__ import annotations

import builtins
import re

from grading.judge.judge import Verdict
from grading.results.records import Mark
from grading.sandbox.sandbox import Outcome

# What a student is told when there is nothing to compare.
SAID = {
    "missing": "This exercise is not in your submission.",
    "unfinished": "This exercise is still empty.",
    "syntax": "The cell that should define it has a syntax error.",
    "timeout": "Your code did not come to an end in the time that it has.",
    "memory": "Your code took more memory than it may.",
    "processes": "Your code started more processes than it may.",
    "exception": "Your code raised an exception.",
    "signature": "Your function does not take the arguments that the exercise names.",
    "not a tensor": "Your function did not return the tensor that its last layer gives.",
    "not a model": "Your function did not return a Keras model.",
    "not the numbers": "Your function did not return one number for each layer.",
    "weights_changed": "Your function changes the model's weights.",
}


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
        kind = str(claim["error"])
        mark.mistake = kind if kind in SAID else "exception"
        mark.message = f"{SAID[mark.mistake]} {_detail(claim, shown)}".strip()
        mark.line = _place(claim)
    elif any(answer is None for answer in answers):
        ended = outcome.ended
        mark.mistake = ended if ended in SAID else "ended"
        mark.message = SAID.get(ended, f"Your code ended its process ({ended}).")
    elif lesson.right:
        mark.mistake = "hard_coded"
        mark.message = "Right for the arguments of the lesson, wrong for others."
    else:
        mark.mistake = "unknown"
        mark.message = f"It computes something else: {without_paths(lesson.reason)}."


_RETURNED = ("not a tensor", "not a model", "not the numbers")


def _detail(claim: dict, shown: dict | None) -> str:
    if claim["error"] == "unfinished":
        return ""
    if shown is not None and shown.get("error") == claim["error"]:
        detail = without_paths(str(shown.get("detail") or ""))[:500]
        return f"It returned: {detail}." if detail and claim["error"] in _RETURNED else detail
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
