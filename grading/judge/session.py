"""One submission while it is being marked: its code, the tools, the seeds, and early answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from grading.judge.judge import Judge
from grading.sandbox.answer_schema import Answer
from grading.sandbox.job import Call, Notebook
from grading.sandbox.outcome import Outcome
from grading.sandbox.sandbox import Sandbox

UNSOLVED = ("missing", "unfinished", "syntax")  # errors that the source alone shows
SHORT = 0.25  # share of a run's time limit; a right submission needs only a few seconds


@dataclass
class Session:
    """The state that marking a submission's exercises shares.

    Attributes:
        notebooks: the submission's notebooks.
        sandbox, judge: they run the code and compare its results.
        seed, class_seed: the seeds that arguments, weights and inputs are drawn from.
        outcomes: how each run in the sandbox ended, in order.
        begun: the functions that `ask_early` called, in that order: those that are solved.
        early: answers from `ask_early`, by the text of the call.
        overran: functions that used up the time limit of a run of their own.
        unsolved: functions that no notebook solves, with the answer to each call of them.
    """

    notebooks: list[Notebook]
    sandbox: Sandbox
    judge: Judge
    seed: int
    class_seed: int
    outcomes: list[Outcome] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    early: dict[str, Answer] = field(default_factory=dict)
    overran: set[str] = field(default_factory=set)
    unsolved: dict[str, Answer] = field(default_factory=dict)

    def ask_for_sources(self, names: Iterable[str]) -> list[Answer]:
        """Return the source code of each function, and remember which ones are `unsolved`.

        The run executes none of the student's code, which could change what is read. So a function
        of which it says that it is missing, empty or broken needs no other run.
        """
        _, answers = self.ask([Call(name, source=True) for name in names])
        answers = [answer or Answer() for answer in answers]
        self.unsolved = {
            name: replace(answer, source=None, notes=None)
            for name, answer in zip(names, answers, strict=True)
            if answer.error in UNSOLVED
        }
        return answers

    def ask_early(self, calls: list[Call]) -> None:
        """Make calls of several exercises in one run, and keep the answers for `known`.

        One run instead of one for each exercise saves time. But code of one exercise can break the
        next, so an answer that earns less than full marks has to be asked for again, except for
        the first exercise. A call that was interrupted has to be made again, too: this run has
        only a part of the time that each exercise may take.
        """
        self.begun = list(dict.fromkeys(call.function for call in calls))
        _, answers = self.ask(calls, SHORT)
        pairs = zip(calls, answers, strict=True)
        self.early |= {
            call.text: answer
            for call, answer in pairs
            if answer is not None and answer.error != "timeout"
        }

    def known(self, calls: list[Call]) -> list[Answer] | None:
        """Return the early answers to these calls, or None if one is missing."""
        texts = [call.text for call in calls]
        return [self.early[text] for text in texts] if set(texts) <= set(self.early) else None

    def is_first(self, exercise: str) -> bool:
        """Return whether no other exercise's function ran before this one's early answers."""
        return self.begun[:1] == [exercise]

    def ask(self, calls: list[Call], share: float = 1.0) -> tuple[Outcome, list[Answer | None]]:
        """Make calls in one run of the sandbox; equal calls are made once, unsolved ones never.

        Functions that have already used up a run's time limit get only a short run, whatever
        `share` says: an endless loop would otherwise cost the limit several times.

        Args:
            calls: the calls to make.
            share: the share of the time limit that the run may take.

        Returns:
            How the run ended, and for each call its answer, or None if there is none.

        Raises:
            SandboxDied: the sandbox failed, which says nothing about the submission; try again.
        """
        distinct = {call.text: call for call in calls if call.function not in self.unsolved}
        functions = {call.function for call in distinct.values()}
        if not functions:
            return self.outcomes[-1], [self.unsolved[call.function] for call in calls]
        if functions <= self.overran:
            share = SHORT
        outcome = self.sandbox.run(self.notebooks, list(distinct.values()), share)
        self.outcomes.append(outcome)
        if outcome.ended == "timeout" and share == 1.0:
            self.overran |= functions
        answers = dict(zip(distinct, outcome.answers, strict=True))
        return outcome, [self.unsolved.get(c.function) or answers[c.text] for c in calls]
