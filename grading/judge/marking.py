"""Mark one submission: ask the sandbox, ask the judge, put the two together."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

from grading.catalogue.entries import CATALOGUE
from grading.judge import sampling
from grading.judge.judge import Judge, Verdict
from grading.judge.marking_numbers import first_calls, mark_numbers
from grading.judge.reasons import say_why
from grading.judge.session import Session
from grading.results.records import GRADED, Mark, Piece, Record
from grading.sandbox.block_placeholder import BlockPlaceholder
from grading.sandbox.outcome import Outcome
from grading.sandbox.sandbox import Sandbox
from grading.submissions.submissions import Submission
from resnets.checks.attempt import State, called_with
from resnets.checks.compare import stored_calls
from resnets.checks.network import names_twice
from resnets.exercises import EXERCISES, NAMES, Kind

_BLOCKS_ELSEWHERE = (
    "It is marked as if your blocks were right; what is wrong with them is marked in their own"
    " exercises."
)
_MAX_DETAIL = 200


@dataclass
class _Try:
    """An exercise's function, called as `sampling.calls` says: first as the lesson calls it.

    Attributes:
        placeholders: whether placeholders stood for the blocks that it calls.
        stored: its answers to the stored argument sets, where they were asked for with these.
    """

    exercise: str
    placeholders: bool
    outcome: Outcome
    answers: list[dict | None]
    verdicts: list[Verdict]
    stored: list[dict | None]

    @property
    def right(self) -> bool:
        return all(verdict.right for verdict in self.verdicts)

    @property
    def generality(self) -> float:
        """The share that is right of the calls that the lesson does not show."""
        unseen = self.verdicts[1:]
        return sum(verdict.right for verdict in unseen) / len(unseen)

    @property
    def named(self) -> bool:
        return all(verdict.named for verdict in self.verdicts)

    @property
    def calls_blocks(self) -> bool:
        """Whether what was built, whole or in part, holds a placeholder for a block.

        A function that returned nothing counts as one that calls blocks: what it built is lost.
        """
        answers = [answer for answer in self.answers if answer is not None]
        texts = [str(answer.get("model", answer.get("begun", ""))) for answer in answers]
        called = any(BlockPlaceholder.__name__ in text for text in texts)
        return called or any(answer.get("state") == State.NOTHING for answer in answers)


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
    session = Session(notebooks, sandbox, judge, seed, class_seed)
    record = Record(submission.student, key, GRADED, seed=seed, problems=list(submission.problems))
    record.sandbox = sandbox.walls
    record.sources, notes = _sources(session)
    record.notes += notes
    present = [name for name, pieces in record.sources.items() if pieces]
    session.ask_early([call for name in present for call in _first_calls(session, name)])
    for exercise in NAMES:
        record.marks[exercise] = mark_exercise(session, exercise, record.marks)
    record.peak_memory = max(outcome.peak_memory for outcome in session.outcomes)
    record.seconds = round(time.monotonic() - started, 2)
    return record


def mark_exercise(
    session: Session, exercise: str, marks: Mapping[str, Mark] = MappingProxyType({})
) -> Mark:
    """Mark one exercise, without points.

    Args:
        marks: those of the exercises that it calls, where they are known.

    Raises:
        SandboxDied: nothing can be said about it; try again.
    """
    entry = EXERCISES[exercise]
    if entry.kind is Kind.NUMBERS:
        return mark_numbers(session, exercise)
    if entry.calls:
        blocks = [marks.get(name) for name in entry.calls]
        return _mark_on_its_own_merit(session, exercise, all(map(_all_earned, blocks)))
    return _mark(session, _try(session, exercise))


def _mark_on_its_own_merit(session: Session, exercise: str, blocks_right: bool) -> Mark:
    """Mark a network for what it does itself.

    It is built with placeholders for its blocks, and the judge puts the reference's blocks in
    their places: what is wrong with the blocks costs points in their own exercises and not again
    here. (And a placeholder is quicker than a block.) A network that is built without calling
    blocks, or that is right with blocks of another kind, is marked for what it is.
    """
    merit = _try(session, exercise, placeholders=True)
    if not (merit.right and merit.named and merit.calls_blocks):
        own = _try(session, exercise)
        if own.right or not merit.calls_blocks:
            return _mark(session, own)
    mark = _mark(session, merit)
    if not blocks_right:
        mark.detail = f"{mark.detail} {_BLOCKS_ELSEWHERE}".strip()
    return mark


def _all_earned(mark: Mark | None) -> bool:
    return mark is not None and all(value == 1.0 for value in mark.aspects.values())


def _sources(session: Session) -> tuple[dict[str, list[Piece]], list[str]]:
    """What is marked, and what is to be said about where it stands.

    It is read by a fork of its own in which none of the student's code runs.
    """
    _, answers = session.ask([{"function": name, "kind": "source"} for name in NAMES])
    answers = [answer or {} for answer in answers]
    sources = {
        name: [Piece(**piece) for piece in answer.get("source", [])]
        for name, answer in zip(NAMES, answers, strict=True)
    }
    return sources, [note for answer in answers for note in answer.get("notes", [])]


def _first_calls(session: Session, exercise: str) -> list[dict]:
    """The calls that the marking of an exercise begins with."""
    if EXERCISES[exercise].kind is Kind.NUMBERS:
        return first_calls(session, exercise)
    drawn = sampling.calls(exercise, session.seed, session.class_seed)
    placeholders = bool(EXERCISES[exercise].calls)
    return [_call(exercise, arguments, placeholders) for arguments in drawn]


def _try(session: Session, exercise: str, placeholders: bool = False) -> _Try:
    drawn = sampling.calls(exercise, session.seed, session.class_seed)
    calls = [_call(exercise, arguments, placeholders) for arguments in drawn]
    more: list[dict] = []

    def tried(outcome: Outcome, answers: list[dict | None]) -> _Try:
        answers, stored = answers[: len(drawn)], answers[len(drawn) :]
        verdicts = verdicts_of(session.judge, exercise, drawn, answers, placeholders)
        return _Try(exercise, placeholders, outcome, answers, verdicts, stored)

    if early := session.known(calls):
        at_once = tried(session.outcomes[-1], early)
        if at_once.right and at_once.named or session.is_first(exercise):
            return at_once
        more = _stored_calls(exercise, placeholders)  # it is wrong, more likely than not
    return tried(*session.ask([*calls, *more]))


def verdicts_of(
    judge: Judge,
    exercise: str,
    drawn: list[dict],
    answers: list[dict | None],
    placeholders: bool,
) -> list[Verdict]:
    """What the judge finds for each call.

    What is wrong for the first one, the lesson's own, earns nothing elsewhere, so it is not built
    for the other arguments; and as a class shares that call, it is built once for all who made the
    same mistake.
    """
    first, *others = zip(drawn, answers, strict=True)
    lesson = judge.architecture(exercise, *first, placeholders)
    if not lesson.right:
        return [lesson] * len(drawn)
    return [lesson, *(judge.architecture(exercise, *pair, placeholders) for pair in others)]


def _mark(session: Session, tried: _Try) -> Mark:
    if not tried.right:
        return _mark_wrong(session, tried)
    mark = Mark(0, 0, {"function": 1.0, "generality": 1.0, "names": float(tried.named)})
    if not tried.named:
        mark.mistake = "names"
    elif changed := next((a["changed"] for a in tried.answers if a and a.get("changed")), None):
        mark.mistake = "changed_default"
        mark.detail = _shortened(f"Changed: {', '.join(map(str, changed))}.")
    return mark


def _mark_wrong(session: Session, tried: _Try) -> Mark:
    """Give what is due for the lesson's own arguments, and find out what is wrong."""
    exercise, placeholders = tried.exercise, tried.placeholders
    lesson, answer, stored = tried.verdicts[0], tried.answers[0], tried.stored
    shown = _call(exercise, CATALOGUE[exercise].lesson, placeholders)
    calls = _stored_calls(exercise, placeholders)
    if any(one is None or "model" not in one for one in tried.answers):
        # What the code itself says is told to its author, so it is asked for where it cannot know
        # what was drawn.
        _, (answer, *stored) = session.ask([shown, *calls])
    elif not stored:  # but for the lesson's own call, which has been answered
        _, others = session.ask([call for call in calls if call != shown])
        others = iter(others)
        stored = [answer if call == shown else next(others) for call in calls]
    function = float(lesson.right)
    aspects = {
        "function": function,
        "generality": tried.generality * function,
        "names": float(lesson.named) * function,
    }
    mark = Mark(0, 0, aspects)
    if (answer or {}).get("error") == "closed":
        mark.mistake = "closed"
        mark.detail = _shortened(f"It holds {answer.get('detail')}.")
    elif names_twice(f"{lesson.reason} {(answer or {}).get('detail')}"):
        mark.mistake = "layer_names_twice"
    elif ids := session.judge.mistakes(exercise, stored, placeholders):
        mark.mistake = ids[0]
    else:
        say_why(mark, tried.outcome, tried.answers, lesson, answer)
    return mark


def _shortened(text: str) -> str:
    return textwrap.shorten(text, _MAX_DETAIL, placeholder=" ...")


def _stored_calls(exercise: str, placeholders: bool) -> list[dict]:
    """What the catalogue's mistakes are told apart by."""
    return [_call(exercise, arguments, placeholders) for arguments in stored_calls(exercise)]


def _call(exercise: str, arguments: dict, placeholders: bool) -> dict:
    call = {"function": exercise, "arguments": called_with(arguments), "placeholders": placeholders}
    if EXERCISES[exercise].kind is Kind.BLOCK:
        call["input_shape"] = arguments["input"]
    return call
