"""One submission while it is being marked: its code, the tools, the seeds, and early answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from grading.judge.judge import Judge
from grading.sandbox.outcome import Outcome
from grading.sandbox.sandbox import Sandbox

SHORT = 0.25  # share of a run's time limit; a right submission needs only a few seconds


@dataclass
class Session:
    """The state that marking a submission's exercises shares.

    Attributes:
        notebooks: name and code cells of each notebook.
        sandbox, judge: they run the code and compare its results.
        seed, class_seed: the seeds that arguments, weights and inputs are drawn from.
        outcomes: how each run in the sandbox ended, in order.
        begun: the functions that `ask_early` called, in that order: those with a definition.
        early: answers from `ask_early`, by the text of the call.
        overran: functions that used up the time limit of a run of their own.
    """

    notebooks: list[dict]
    sandbox: Sandbox
    judge: Judge
    seed: int
    class_seed: int
    outcomes: list[Outcome] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    early: dict[str, dict] = field(default_factory=dict)
    overran: set[str] = field(default_factory=set)

    def ask_early(self, calls: list[dict]) -> None:
        """Make calls of several exercises in one run, and keep the answers for `known`.

        One run instead of one for each exercise saves time. But code of one exercise can break the
        next, so an answer that earns less than full marks has to be asked for again, except for
        the first exercise.
        """
        self.begun = list(dict.fromkeys(call["function"] for call in calls))
        _, answers = self.ask(calls, SHORT)
        pairs = zip(map(_text, calls), answers, strict=True)
        self.early |= {text: answer for text, answer in pairs if answer is not None}

    def known(self, calls: list[dict]) -> list[dict] | None:
        """Return the early answers to these calls, or None if one is missing."""
        texts = [_text(call) for call in calls]
        return [self.early[text] for text in texts] if set(texts) <= set(self.early) else None

    def is_first(self, exercise: str) -> bool:
        """Return whether no other exercise's function ran before this one's early answers."""
        return self.begun[:1] == [exercise]

    def ask(self, calls: list[dict], share: float = 1.0) -> tuple[Outcome, list[dict | None]]:
        """Make calls in one run of the sandbox; equal calls are made once.

        Functions that have already used up a run's time limit get only a short run, whatever
        `share` says: an endless loop would otherwise cost the limit several times.

        Args:
            calls: calls in the form that `runner` describes, without an id.
            share: the share of the time limit that the run may take.

        Returns:
            How the run ended, and for each call its answer, or None if there is none.

        Raises:
            SandboxDied: the sandbox failed, which says nothing about the submission; try again.
        """
        distinct: dict[str, dict] = {}
        texts = [_text(call) for call in calls]
        for text, call in zip(texts, calls, strict=True):
            distinct.setdefault(text, {"id": f"call {len(distinct)}", **call})
        functions = {call["function"] for call in calls}
        if functions <= self.overran:
            share = SHORT
        outcome = self.sandbox.run(self.notebooks, list(distinct.values()), share)
        self.outcomes.append(outcome)
        if outcome.ended == "timeout" and share == 1.0:
            self.overran |= functions
        return outcome, [outcome.answers.get(distinct[text]["id"]) for text in texts]


def _text(call: dict) -> str:
    return json.dumps(call, sort_keys=True)
