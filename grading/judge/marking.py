"""Mark one submission: run its code in the sandbox and have the judge compare the results."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Mapping
from types import MappingProxyType

from grading.catalogue.entries import CATALOGUE
from grading.judge import sampling
from grading.judge.judge import Judge, Verdict
from grading.judge.marking_numbers import first_calls, mark_numbers
from grading.judge.reasons import say_why
from grading.judge.session import Session
from grading.judge.trial import Trial, call_of, run_trial, stored_set_of
from grading.results.records import GRADED, Mark, Piece, Record
from grading.sandbox.answer_schema import Answer
from grading.sandbox.job import Call
from grading.sandbox.sandbox import Sandbox
from grading.submissions.submissions import Submission
from resnets.checks.names import names_twice
from resnets.exercises import EXERCISES, NAMES, Kind

_BLOCKS_ELSEWHERE = (
    "It is marked as if your blocks were right; their mistakes are marked in their own exercises."
)
_SOURCES_LOST = (
    "The functions' code is too long to be shown here and to be compared with that of others; look "
    "at the submission itself."
)
_MAX_DETAIL = 200


def mark_submission(
    submission: Submission, sandbox: Sandbox, judge: Judge, key: str, seed: int, class_seed: int
) -> Record:
    """Return the record of one submission, with a mark for every exercise but no points yet.

    Args:
        key: identifies the submission's content and the grader's version (see `results`).
        seed, class_seed: the seeds that arguments, weights and inputs are drawn from.

    Raises:
        SandboxDied: the sandbox failed, which says nothing about the submission; try again.
        OutOfMemory: the judge lacked memory, which says as little; try again.
    """
    started = time.monotonic()
    session = Session(list(submission.notebooks), sandbox, judge, seed, class_seed)
    record = Record(submission.student, key, GRADED, seed=seed, problems=list(submission.problems))
    record.sandbox = sandbox.walls
    record.limits = {"seconds": sandbox.limits.seconds, "memory": sandbox.limits.memory}
    record.sources, notes = _sources(session)
    if session.outcomes[-1].garbage:
        record.problems.append(_SOURCES_LOST)
    record.notes += notes
    written = [name for name, pieces in record.sources.items() if pieces]
    solved = [name for name in written if name not in session.unsolved]
    session.ask_early([call for name in solved for call in _first_calls(session, name)])
    for exercise in NAMES:
        record.marks[exercise] = mark_exercise(session, exercise, record.marks)
    record.peak_memory = max(outcome.peak_memory for outcome in session.outcomes)
    record.seconds = round(time.monotonic() - started, 2)
    return record


def mark_exercise(
    session: Session, exercise: str, marks: Mapping[str, Mark] = MappingProxyType({})
) -> Mark:
    """Return the mark for one exercise, without points.

    Args:
        marks: the marks of the exercises that it calls, as far as they are known.

    Raises:
        SandboxDied: the sandbox failed, which says nothing about the submission; try again.
        OutOfMemory: the judge lacked memory, which says as little; try again.
    """
    entry = EXERCISES[exercise]
    if (reply := session.unsolved.get(exercise)) is not None:
        mark = Mark(0, 0, _aspects(exercise, 0.0, 0.0, 0.0))
        say_why(mark, session.outcomes[-1], [reply], Verdict(False), reply, session.notebooks)
        return mark
    if entry.kind is Kind.NUMBERS:
        return mark_numbers(session, exercise)
    if entry.calls:
        blocks = [marks.get(name) for name in entry.calls]
        return _mark_on_its_own_merit(session, exercise, all(map(_all_earned, blocks)))
    return _mark(session, run_trial(session, exercise))


def _mark_on_its_own_merit(session: Session, exercise: str, blocks_right: bool) -> Mark:
    """Return the mark for a network, not counting mistakes in the blocks that it calls.

    The sandbox builds it with placeholders for its blocks, and the judge puts the reference's
    blocks in their places. A mistake in a block costs points in the block's own exercise and not
    again here. (A placeholder is also faster to build than a block.) A network that calls no
    blocks, or that is right only together with the student's own blocks, is marked as it stands.
    """
    merit = run_trial(session, exercise, placeholders=True)
    if not (merit.right and merit.named and merit.calls_blocks):
        own = run_trial(session, exercise)
        if own.right or not merit.calls_blocks:
            return _mark(session, own)
    mark = _mark(session, merit)
    if not blocks_right:
        mark.detail = f"{mark.detail} {_BLOCKS_ELSEWHERE}".strip()
    return mark


def _all_earned(mark: Mark | None) -> bool:
    return mark is not None and all(value == 1.0 for value in mark.aspects.values())


def _sources(session: Session) -> tuple[dict[str, list[Piece]], list[str]]:
    """Return each exercise's source code, and notes on which notebook it was taken from."""
    answers = session.ask_for_sources(NAMES)
    sources = {
        name: [Piece(**piece) for piece in answer.source or ()]
        for name, answer in zip(NAMES, answers, strict=True)
    }
    return sources, [note for answer in answers for note in answer.notes or ()]


def _first_calls(session: Session, exercise: str) -> list[Call]:
    """Return the calls that the marking of an exercise begins with."""
    if EXERCISES[exercise].kind is Kind.NUMBERS:
        return first_calls(session, exercise)
    drawn = sampling.calls(exercise, session.seed, session.class_seed)
    placeholders = bool(EXERCISES[exercise].calls)
    return [call_of(exercise, arguments, placeholders) for arguments in drawn]


def _mark(session: Session, trial: Trial) -> Mark:
    if not trial.right:
        return _mark_wrong(session, trial)
    mark = Mark(0, 0, _aspects(trial.exercise, 1.0, 1.0, float(trial.named)))
    if not trial.named:
        mark.mistake = "names"
    elif any(answer and answer.changed for answer in trial.answers):
        # The student's process wrote the names; other text could contain the drawn arguments.
        said = [name for answer in trial.answers if answer for name in answer.changed or ()]
        names = [name for name in EXERCISES[trial.exercise].defaults if name in said]
        mark.mistake = "changed_default"
        mark.detail = f"Changed: {', '.join(names)}." if names else ""
    return mark


def _mark_wrong(session: Session, trial: Trial) -> Mark:
    """Return the mark for a function that is wrong for some arguments, with its mistake."""
    exercise, placeholders = trial.exercise, trial.placeholders
    lesson, answer, stored = trial.verdicts[0], trial.answers[0], trial.stored
    shown = call_of(exercise, CATALOGUE[exercise].lesson, placeholders)
    calls = stored_set_of(exercise, placeholders)
    if trial.has_secrets and any(r is None or r.model is None for r in trial.answers):
        # The student will see the code's own error message, which could contain the drawn
        # arguments. So the message is taken from a new run with public arguments only.
        _, (answer, *stored) = session.ask([shown, *calls])
    elif not stored:  # the lesson's own call is answered already
        _, others = session.ask([call for call in calls if call != shown])
        others = iter(others)
        stored = [answer if call == shown else next(others) for call in calls]
    function = float(lesson.right)
    generality, names = trial.generality * function, float(lesson.named) * function
    mark = Mark(0, 0, _aspects(exercise, function, generality, names))
    answer = answer or Answer()
    if answer.error == "closed":
        mark.mistake = "closed"
        mark.detail = _shortened(f"It contains {answer.detail}.")
    elif names_twice(f"{lesson.reason} {answer.detail}"):
        mark.mistake = "layer_names_twice"
    elif ids := session.judge.mistakes(exercise, stored, placeholders):
        mark.mistake = ids[0]
    else:
        if trial.has_secrets and not lesson.right:
            lesson = _verdict_without_secrets(session, trial)
        say_why(mark, trial.outcome, trial.answers, lesson, answer, session.notebooks)
    return mark


def _verdict_without_secrets(session: Session, trial: Trial) -> Verdict:
    """Return the verdict on the lesson's call, made in a run that knows no drawn arguments.

    The student will see its reason. It can quote the network, and the code that built the network
    in the first run could have read the drawn arguments.
    """
    arguments = CATALOGUE[trial.exercise].lesson
    _, (answer,) = session.ask([call_of(trial.exercise, arguments, trial.placeholders)])
    verdict = session.judge.architecture(
        trial.exercise, arguments, answer, placeholders=trial.placeholders
    )
    return Verdict(False, reason=verdict.reason or "it is right in another run")


def _aspects(exercise: str, function: float, generality: float, names: float) -> dict[str, float]:
    """Return the shares that a function earned in the aspects that count in its exercise."""
    earned = {"function": function, "generality": generality, "names": names}
    return {aspect.name: earned[aspect.name] for aspect in EXERCISES[exercise].aspects}


def _shortened(text: str) -> str:
    return textwrap.shorten(text, _MAX_DETAIL, placeholder=" ...")
