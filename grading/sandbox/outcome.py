"""The outcome of a job in the sandbox: how it ended, and its answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from grading.sandbox import answer_schema
from grading.sandbox.answer_schema import Answer
from grading.sandbox.isolation import Limits
from grading.sandbox.job import call_id

MAX_STRANGE = 1000  # lines that answer no call; the rest is not read


@dataclass
class Outcome:
    """How a job ended, and its answers.

    Attributes:
        ended: "finished", "timeout", "memory", "processes", "exit N" or "signal N".
        answers: the validated answer to each call of the job, or None where there is none.
        seconds: wall-clock time of the job.
        peak_memory: most bytes that the job's processes held beyond those of the zygote.
        garbage: whether it wrote anything besides one valid answer to each call.
    """

    ended: str
    answers: list[Answer | None] = field(default_factory=list)
    seconds: float = 0.0
    peak_memory: int = 0
    garbage: bool = False


def outcome_of(report: dict, written: bytes, calls: int, limits: Limits) -> Outcome:
    """Return the outcome of a job.

    Args:
        report: the guard's report with "ended", "seconds" and perhaps "peak_memory".
        written: the bytes that the job wrote, which may be anything.
        calls: how many calls the job was asked to make.
        limits: the limits of the job; too long an answer is dropped as a whole.
    """
    indices = {call_id(index): index for index in range(calls)}
    outcome = Outcome(
        ended=str(report["ended"]),
        answers=[None] * calls,
        seconds=report["seconds"],
        peak_memory=report.get("peak_memory", 0),
    )
    if len(written) > limits.answer:
        outcome.garbage = True
        return outcome
    strange = 0
    for line in written.split(b"\n"):
        if not line:
            continue
        if strange > MAX_STRANGE:  # to read 16 MB of such lines takes minutes
            break
        try:
            name, answer = answer_schema.read(line)
        except answer_schema.ClaimError:
            outcome.garbage = True
            strange += 1
            continue
        # Only the first answer counts: student code could write a second one for the same call.
        if (index := indices.pop(name, None)) is None:
            outcome.garbage = True
            strange += 1
        else:
            outcome.answers[index] = answer
    return outcome
