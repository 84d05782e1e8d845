"""How a job in the sandbox ended, and what it said."""

from __future__ import annotations

from dataclasses import dataclass, field

from grading.sandbox import answer_schema
from grading.sandbox.isolation import Limits


@dataclass
class Outcome:
    """How a job ended and what it said.

    Attributes:
        ended: "finished", "timeout", "memory", "processes", "exit N" or "signal N".
        answers: call id -> the JSON object the job wrote for it.
        seconds: wall-clock time of the job.
        peak_memory: bytes the job's processes held beyond the zygote.
        garbage: True when it wrote anything that is not a line of JSON with a known id.
    """

    ended: str
    answers: dict[str, dict] = field(default_factory=dict)
    seconds: float = 0.0
    peak_memory: int = 0
    garbage: bool = False


def outcome_of(report: dict, written: bytes, calls: list[dict], limits: Limits) -> Outcome:
    """The outcome of a job from the guard's report and the lines that the job wrote.

    Args:
        report: "ended", "seconds" and perhaps "peak_memory", from the guard.
        written: what the job wrote; it may hold anything.
        calls: what the job was asked.
        limits: how much it may write.
    """
    known = {call["id"] for call in calls}
    outcome = Outcome(
        ended=str(report["ended"]),
        seconds=report["seconds"],
        peak_memory=report.get("peak_memory", 0),
    )
    if len(written) > limits.answer:
        outcome.garbage = True
        return outcome
    for line in written.split(b"\n"):
        if not line:
            continue
        try:
            name, answer = answer_schema.read(line)
        except answer_schema.ClaimError:
            outcome.garbage = True
            continue
        if name in known and name not in outcome.answers:
            outcome.answers[name] = answer
        else:
            outcome.garbage = True
    return outcome
