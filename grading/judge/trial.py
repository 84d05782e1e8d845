"""Run an architecture's function for its drawn arguments, and judge what it returns."""

from __future__ import annotations

from dataclasses import dataclass

from grading.judge import sampling
from grading.judge.judge import Judge, Verdict
from grading.judge.session import Session
from grading.sandbox.answer_schema import Answer
from grading.sandbox.block_placeholder import BlockPlaceholder
from grading.sandbox.job import Call
from grading.sandbox.outcome import Outcome
from resnets.checks.attempt import State, called_with
from resnets.checks.compare import stored_calls
from resnets.exercises import EXERCISES, Kind


@dataclass
class Trial:
    """The results of an exercise's function for the calls of `sampling.calls`, the lesson's first.

    A function that is wrong for the lesson's call may have been called with no other arguments.

    Attributes:
        placeholders: whether its blocks were replaced by placeholders.
        outcome: how the run in the sandbox ended.
        answers: one for each call that was made; None if it was not answered.
        verdicts: the judge's verdict on each of `sampling.calls` (see `verdicts_of`).
        stored: its answers to the stored argument sets if the same run asked for them, else empty.
    """

    exercise: str
    placeholders: bool
    outcome: Outcome
    answers: list[Answer | None]
    verdicts: list[Verdict]
    stored: list[Answer | None]

    @property
    def right(self) -> bool:
        return all(verdict.right for verdict in self.verdicts)

    @property
    def generality(self) -> float:
        """The share of right verdicts among the calls that the lesson does not show, 0 to 1."""
        unseen = self.verdicts[1:]
        return sum(verdict.right for verdict in unseen) / len(unseen)

    @property
    def has_secrets(self) -> bool:
        """Whether the function was called with arguments that nobody outside may learn."""
        return len(self.answers) > 1

    @property
    def named(self) -> bool:
        """Whether the layers have the lesson's names, where those count."""
        return not EXERCISES[self.exercise].names_count or all(
            verdict.named for verdict in self.verdicts
        )

    @property
    def calls_blocks(self) -> bool:
        """Whether the network contains a placeholder for a block, complete or not.

        A function that returned None counts as one that calls blocks: its network is lost.
        """
        answers = [answer for answer in self.answers if answer is not None]
        return any(
            BlockPlaceholder.__name__ in (answer.architecture or "")
            or answer.state == State.NOTHING
            for answer in answers
        )


def run_trial(session: Session, exercise: str, placeholders: bool = False) -> Trial:
    """Call a function for its drawn arguments and judge each answer.

    Args:
        placeholders: whether the function calls placeholders for its blocks.

    Raises:
        SandboxDied: the sandbox failed, which says nothing about the submission; try again.
        OutOfMemory: the judge lacked memory, which says as little; try again.
    """
    drawn = sampling.calls(exercise, session.seed, session.class_seed)
    calls = [call_of(exercise, arguments, placeholders) for arguments in drawn]
    stored_set: list[Call] = []

    def trial(made: int, outcome: Outcome, answers: list[Answer | None]) -> Trial:
        answers, stored = answers[:made], answers[made:]
        verdicts = verdicts_of(session.judge, exercise, drawn, answers, placeholders)
        return Trial(exercise, placeholders, outcome, answers, verdicts, stored)

    if early := session.known(calls):
        early_trial = trial(len(calls), session.outcomes[-1], early)
        if early_trial.right and early_trial.named or session.is_first(exercise):
            return early_trial
        doubtful = not early_trial.verdicts[0].right
        # It is probably wrong and will need explaining: asking now saves another run.
        stored_set = stored_set_of(exercise, placeholders)
    else:
        # What is wrong with placeholders for its blocks is seldom right with the student's own.
        doubtful = bool(EXERCISES[exercise].calls) and not placeholders
    if doubtful:
        lesson = trial(1, *session.ask([calls[0], *stored_set]))
        if not lesson.verdicts[0].right:
            return lesson
    return trial(len(calls), *session.ask([*calls, *stored_set]))


def verdicts_of(
    judge: Judge,
    exercise: str,
    drawn: list[dict],
    answers: list[Answer | None],
    placeholders: bool,
) -> list[Verdict]:
    """Return the judge's verdict on each call.

    A function that is wrong for the first call, the lesson's own, earns nothing for the others, so
    those are not built. A class shares the first call, so each mistake is built only once.

    Args:
        drawn: the arguments of each call.
        answers: the answers to as many of them as were made, but at least to the first.

    Returns:
        One verdict for each of `drawn`; if the first is right, one for each of `answers`.
    """
    lesson = judge.architecture(exercise, drawn[0], answers[0], placeholders)
    if not lesson.right:
        return [lesson] * len(drawn)
    others = list(zip(drawn, answers, strict=False))[1:]
    return [lesson, *(judge.architecture(exercise, *pair, placeholders) for pair in others)]


def stored_set_of(exercise: str, placeholders: bool) -> list[Call]:
    """Return the calls with the stored arguments, for which every mistake's results are known."""
    return [call_of(exercise, arguments, placeholders) for arguments in stored_calls(exercise)]


def call_of(exercise: str, arguments: dict, placeholders: bool) -> Call:
    """Return the call of a block or a network with arguments as `sampling` draws them."""
    shape = arguments["input"] if EXERCISES[exercise].kind is Kind.BLOCK else None
    return Call(exercise, called_with(arguments), shape, placeholders=placeholders)
