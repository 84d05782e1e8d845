"""Mark one submission: ask the sandbox, ask the judge, put the two together."""

from __future__ import annotations

import time
from dataclasses import asdict

from grading import draws, numbers
from grading.judge import Judge, Verdict, explain
from grading.results import EXERCISES, GRADED, Mark, Record
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
    for exercise in EXERCISES:
        if exercise == "gradient_norms":
            mark, outcomes = _mark_numbers(notebooks, sandbox, seed)
        else:
            mark, outcomes = _mark_exercise(exercise, notebooks, sandbox, judge, seed, class_seed)
        record.marks[exercise] = mark
        record.peak_memory = max(record.peak_memory, *(o.peak_memory for o in outcomes))
    record.seconds = round(time.monotonic() - started, 2)
    return record


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
        verdicts = [Verdict(ok, reason="its numbers are not the norms") for ok in right]
        _say_why(mark, outcome, verdicts, answers, right[0])
    return mark, [outcome]


def _mark_wrong(exercise, notebooks, sandbox, judge, seed, outcome, verdicts, answers):
    """Give what is due for the lesson's own arguments, and find out what is wrong."""
    shown = draws.lesson(exercise, seed)
    stored = ARGUMENT_SETS[exercise]
    calls = [_call(exercise, shown, "lesson")]
    calls += [_call(exercise, arguments, f"stored {i}") for i, arguments in enumerate(stored)]
    second = sandbox.run(notebooks, calls)
    first = judge.architecture(exercise, shown, second.answers.get("lesson"))
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
        _say_why(mark, outcome, verdicts, answers, function)
    return mark, [outcome, second]


def _say_why(mark: Mark, outcome: Outcome, verdicts, answers, function: float) -> None:
    """Without a catalogued mistake: how the run ended, or that another function was built."""
    claim = next((a for a in answers if a is not None and "error" in a), None)
    if claim is not None:
        kind = str(claim["error"])
        mark.mistake = kind if kind in SAID else "exception"
        detail = str(claim.get("detail", ""))[:500]
        mark.message = f"{SAID[mark.mistake]} {detail}".strip()
        mark.line = str(claim["line"])[:300] if claim.get("line") else None
    elif any(answer is None for answer in answers):
        ended = outcome.ended
        mark.mistake = ended if ended in SAID else "ended"
        mark.message = SAID.get(ended, f"Your code ended its process ({ended}).")
    elif function:
        mark.mistake = "hard_coded"
        mark.message = "Right for the arguments of the lesson, wrong for others."
    else:
        mark.mistake = "unknown"
        mark.message = "It computes something else: " + "; ".join(
            sorted({verdict.reason for verdict in verdicts if verdict.reason})
        )


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
