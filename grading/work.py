"""One submission while it is being marked: its code, what marks it, what is drawn for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from grading.judge import Judge
from grading.sandbox import Outcome, Sandbox


@dataclass
class Work:
    """What the marking of every exercise needs.

    Attributes:
        notebooks: name and code cells of each notebook.
        seed, class_seed: what arguments, weights and inputs are drawn with.
        outcomes: how each run in the sandbox ended.
    """

    notebooks: list[dict]
    sandbox: Sandbox
    judge: Judge
    seed: int
    class_seed: int
    outcomes: list[Outcome] = field(default_factory=list)

    def ask(self, calls: list[dict]) -> tuple[Outcome, list[dict | None]]:
        """Make the calls in one run; equal ones are made once.

        Args:
            calls: as `runner` describes them, without an id.

        Returns:
            How the run ended, and an answer for each call; None where there is none.

        Raises:
            SandboxDied: nothing can be said about the submission; try again.
        """
        distinct: dict[str, dict] = {}
        texts = [json.dumps(call, sort_keys=True) for call in calls]
        for text, call in zip(texts, calls, strict=True):
            distinct.setdefault(text, {"id": f"call {len(distinct)}", **call})
        outcome = self.sandbox.run(self.notebooks, list(distinct.values()))
        self.outcomes.append(outcome)
        return outcome, [outcome.answers.get(distinct[text]["id"]) for text in texts]
