"""The network that an answer claims a student's code built, and how the judge rebuilds it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import keras

from grading.judge.allowed import ArchitectureError
from grading.judge.architecture import MAX_ENDS, build, check_activations, within_limits
from grading.judge.description import Description, read
from grading.judge.references import with_blocks
from grading.sandbox.answer_schema import Answer
from resnets.checks.attempt import EXPECTED, Attempt, BuildRecord, State, record
from resnets.exercises import EXERCISES


@dataclass(frozen=True)
class Claim:
    """The network that an answer claims the student's code built, complete or in part.

    Attributes:
        network: its normal form; None if there is none or it is refused.
        refused: the error that says why it is refused.
        state, ended: how construction broke off; None for a complete network.
    """

    network: Description | None
    refused: ArchitectureError | None = None
    state: str | None = None
    ended: object = None

    @classmethod
    def of(cls, answer: Answer, placeholders: bool) -> Claim:
        """Read the claim in an answer, without building anything."""
        complete = answer.model is not None
        broken = {} if complete else {"state": str(answer.state), "ended": answer.ended}
        if broken and not answer.begun:
            return cls(None, **broken)
        try:
            return cls(read(answer.architecture, placeholders), **broken)
        except ArchitectureError as error:
            return cls(None, error, **broken)

    @property
    def essence(self) -> list:
        """Everything that a verdict on the claim depends on, except names; part of cache keys."""
        text = self.network and self.network.text
        return [text, self.refused is not None, self.state, self.ended]

    def attempt(self, exercise: str, placeholders: bool) -> Attempt:
        """Rebuild the claimed network as an attempt that the checks' code can compare.

        Raises:
            ArchitectureError: the network is refused.
        """
        if self.refused is not None:
            raise self.refused
        if self.state is not None:
            return Attempt(self.state, self.network and self._partial_input(placeholders))
        model = build(self.network)
        return _with_blocks(model) if placeholders else attempt_of(exercise, model)

    def _partial_input(self, placeholders: bool) -> keras.KerasTensor:
        """Rebuild a network whose construction broke off, and return its input."""
        model = build(self.network, ends=MAX_ENDS)
        return _with_blocks(model).start if placeholders else model.inputs[0]

    def record(self, attempt: Attempt, arguments: dict) -> BuildRecord:
        """Return the attempt's record for these arguments, with the ending that the claim states.

        The ending is an exception or a wrong return value in the student's process, which the judge
        cannot observe. A false one earns at most what the rubric gives for a mistake.
        """
        rebuilt = record(attempt, arguments)
        stated = attempt.error is None and self.state is not None
        return replace(rebuilt, ended=self.ended) if stated else rebuilt


def attempt_of(exercise: str, model: keras.Model) -> Attempt:
    """Return a complete network as an attempt that the checks' code can compare."""
    state = EXPECTED[EXERCISES[exercise].kind]
    returned = model if state == State.MODEL else model.outputs[0]
    return Attempt(state, model.inputs[0], returned)


def _with_blocks(model: keras.Model) -> Attempt:
    with within_limits():
        attempt = with_blocks(model)
    if attempt.error is None:
        check_activations(attempt.returned)
    return attempt
