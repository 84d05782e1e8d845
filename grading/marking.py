"""Mark one submission: ask the sandbox, ask the judge, put the two together."""

from __future__ import annotations

import builtins
import re
import time
from dataclasses import asdict

from grading import draws, numbers
from grading.judge import Judge, Verdict, explain
from grading.results import EXERCISES, GRADED, Mark, Piece, Record
from grading.sandbox import Outcome, Sandbox
from grading.submissions import Submission
from resnets_checks_arguments import ARGUMENT_SETS, called_with

# What a student is told when there is nothing to compare.
SAID = {
    "missing": "This exercise is not in your submission.",
    "unfinished": "This exercise is still empty.",
    "timeout": "Your code did not come to an end in the time that it has.",
    "memory": "Your code took more memory than it may.",
    "exception": "Your code raised an exception.",
    "not a tensor": "Your function did not return the tensor that its last layer gives.",
    "not a model": "Your function did not return a Keras model.",
    "not the numbers": "Your function did not return one number for each layer.",
}


def mark_submission(
    submission: Submission, sandbox: Sandbox, judge: Judge, key: str, seed: int, class_seed: int
) -> Record:
    """Mark every exercise of one submission.

    Args:
        key: what the record holds for (see `results`).
        seed, class_seed: what arguments, weights and inputs are drawn with.

    Raises:
        SandboxDied: nothing can be said about the submission; try again.
    """
    started = time.monotonic()
    notebooks = [asdict(notebook) for notebook in submission.notebooks]
    record = Record(submission.student, key, GRADED, seed=seed, problems=list(submission.problems))
    record.sandbox = "isolated" if sandbox.isolate else "none"
    record.sources = _sources(notebooks, sandbox)
    for exercise in EXERCISES:
        if exercise == "gradient_norms":
            mark, outcomes = _mark_numbers(notebooks, sandbox, seed)
        else:
            mark, outcomes = _mark_exercise(exercise, notebooks, sandbox, judge, seed, class_seed)
        record.marks[exercise] = mark
        record.peak_memory = max(record.peak_memory, *(o.peak_memory for o in outcomes))
    record.seconds = round(time.monotonic() - started, 2)
    return record


def _sources(notebooks: list[dict], sandbox: Sandbox) -> dict[str, list[Piece]]:
    """What is marked, read by a fork of its own in which none of the student's code runs."""
    calls = [{"id": name, "function": name, "kind": "source"} for name in EXERCISES]
    answers = sandbox.run(notebooks, calls).answers
    return {
        name: [Piece(**piece) for piece in answers.get(name, {}).get("source", [])]
        for name in EXERCISES
    }


def _mark_exercise(
    exercise: str,
    notebooks: list[dict],
    sandbox: Sandbox,
    judge: Judge,
    seed: int,
    class_seed: int,
) -> tuple[Mark, list[Outcome]]:
    unseen = draws.arguments(exercise, seed, class_seed)
    calls = [_call(exercise, arguments, f"unseen {i}") for i, arguments in enumerate(unseen)]
    outcome = sandbox.run(notebooks, calls)
    answers = [outcome.answers.get(call["id"]) for call in calls]
    verdicts = [judge.architecture(exercise, *pair) for pair in zip(unseen, answers, strict=True)]
    named = all(verdict.named for verdict in verdicts)
    if all(verdict.right for verdict in verdicts):
        aspects = {"function": 1.0, "generality": 1.0, "names": float(named)}
        mistake = None if named else "names"
        message = "Right." if named else "Right; its layers do not carry the lesson's names."
        return Mark(0, 0, aspects, mistake, message), [outcome]
    return _mark_wrong(exercise, notebooks, sandbox, judge, seed, outcome, verdicts, answers)


def _mark_numbers(notebooks: list[dict], sandbox: Sandbox, seed: int) -> tuple[Mark, list[Outcome]]:
    """Mark `gradient_norms`: the first network is plain, the second has BatchNorm."""
    asked = [numbers.problem(draw) for draw in draws.numeric(seed)]
    calls = [
        {"id": f"unseen {i}", "function": "gradient_norms", "kind": "numbers", **problem}
        for i, problem in enumerate(asked)
    ]
    outcome = sandbox.run(notebooks, calls)
    answers = [outcome.answers.get(call["id"]) for call in calls]
    right = [
        answer is not None and numbers.agrees(answer.get("numbers"), numbers.expected(problem))
        for answer, problem in zip(answers, asked, strict=True)
    ]
    mark = Mark(0, 0, {"function": float(right[0]), "generality": float(all(right))})
    if all(right):
        mark.message = "Right."
    else:
        known = numbers.problem(draws.numeric(seed=0)[0])  # nothing that a mark was drawn with
        call = {"id": "known", "function": "gradient_norms", "kind": "numbers", **known}
        shown = sandbox.run(notebooks, [call]).answers.get("known")
        verdict = Verdict(right[0], reason="its numbers are not the norms")
        _say_why(mark, outcome, answers, verdict, shown)
    return mark, [outcome]


def _mark_wrong(exercise, notebooks, sandbox, judge, seed, outcome, verdicts, answers):
    """Give what is due for the lesson's own arguments, and find out what is wrong."""
    shown = draws.lesson(exercise, seed)
    stored = ARGUMENT_SETS[exercise]
    calls = [_call(exercise, shown, "lesson")]
    calls += [_call(exercise, arguments, f"stored {i}") for i, arguments in enumerate(stored)]
    second = sandbox.run(notebooks, calls)
    answer = second.answers.get("lesson")
    first = judge.architecture(exercise, shown, answer)
    function = float(first.right)
    generality = sum(v.right for v in verdicts) / len(verdicts) if first.right else 0.0
    aspects = {
        "function": function,
        "generality": generality,
        "names": float(first.named) * function,
    }
    named = judge.mistakes(exercise, [second.answers.get(call["id"]) for call in calls[1:]])
    mark = Mark(0, 0, aspects)
    if named:
        mark.mistake = named[0]["id"]
        mark.message = explain(exercise, mark.mistake)
    else:
        _say_why(mark, outcome, answers, first, answer)
    return mark, [outcome, second]


def _say_why(mark: Mark, outcome: Outcome, answers, lesson: Verdict, shown: dict | None) -> None:
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


def _detail(claim: dict, shown: dict | None) -> str:
    if claim["error"] in ("missing", "unfinished"):
        return ""
    if shown is not None and shown.get("error") == claim["error"]:
        detail = without_paths(str(shown.get("detail", "")))[:500]
        return detail if claim["error"] == "exception" else f"It returned: {detail}."
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


def _call(exercise: str, arguments: dict, name: str) -> dict:
    call = {"id": name, "function": exercise}
    if exercise == "ResNet50":
        return {**call, "kind": "model", "arguments": called_with(arguments)}
    return {
        **call,
        "kind": "layers",
        "input_shape": arguments["input"],
        "arguments": called_with(arguments),
    }
