"""One submission while it is being marked: its code, what marks it, what is drawn for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from grading.judge.judge import Judge
from grading.sandbox.outcome import Outcome
from grading.sandbox.sandbox import Sandbox

SHORT = 0.25  # of the time that a run may take; a right submission needs a few seconds


@dataclass
class Session:
    """What the marking of every exercise needs.

    Attributes:
        notebooks: name and code cells of each notebook.
        seed, class_seed: what arguments, weights and inputs are drawn with.
        outcomes: how each run in the sandbox ended.
        begun: the functions that calls were made of in `ask_early`, in that order: those with a
            definition.
        early: answers that are known before they are asked for, by the text of the call.
        overran: the functions that have used up the whole time of a run of their own.
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
        """Make calls of several exercises in one run, for `known`.

        What goes wrong in one may spoil the next, so an answer that earns less than everything has
        to be asked for again, if it is not of the first.
        """
        self.begun = list(dict.fromkeys(call["function"] for call in calls))
        _, answers = self.ask(calls, SHORT)
        pairs = zip(map(_text, calls), answers, strict=True)
        self.early |= {text: answer for text, answer in pairs if answer is not None}

    def known(self, calls: list[dict]) -> list[dict] | None:
        """The early answers to these calls; None where one is missing."""
        texts = [_text(call) for call in calls]
        return [self.early[text] for text in texts] if set(texts) <= set(self.early) else None

    def is_first(self, exercise: str) -> bool:
        """Whether nothing of another exercise had run before its early answers."""
        return self.begun[:1] == [exercise]

    def ask(self, calls: list[dict], share: float = 1.0) -> tuple[Outcome, list[dict | None]]:
        """Make the calls in one run; equal ones are made once.

        Functions that have used up a run's time already get only a short one, whatever `share`.

        Args:
            calls: as `runner` describes them, without an id.
            share: of the time that a run may take.

        Returns:
            How the run ended, and an answer for each call; None where there is none.

        Raises:
            SandboxDied: nothing can be said about the submission; try again.
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
