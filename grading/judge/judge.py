"""Decide what a submission's claims are worth.

The judge never runs a student's code. It rebuilds the architecture that came out of the sandbox,
gives it weights and an input that nobody could foresee, and compares what it computes, in
inference and in training mode, with the reference built for the same arguments. A mark can
therefore be earned in one way only: by an architecture that computes the right function.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass

import keras

from grading.judge import verdict_cache as cache
from grading.judge.allowed import ArchitectureError
from grading.judge.architecture import (
    MAX_ENDS,
    bounded_weights,
    build,
    check_activations,
    within_limits,
)
from grading.judge.description import Description, read
from grading.judge.references import (
    reference_model,
    reference_text,
    weight_layer_names,
    with_blocks,
)
from grading.judge.signature import Signature, signature, weight_layers
from grading.judge.verdict_cache import VerdictCache
from grading.judge.watchdog import at_most
from resnets.checks.attempt import EXPECTED, Attempt, State, record
from resnets.checks.compare import fingerprints, matching_mistakes, same_record, stored_calls
from resnets.exercises import EXERCISES, Kind

_REFERENCES = 512  # more than the pools of a class hold
_ANOTHER_FUNCTION = "it computes another function than the reference"


@dataclass(frozen=True)
class Verdict:
    """What the judge found for one call.

    Attributes:
        right: the architecture computes the reference's function.
        named: its layers with weights carry the lesson's names.
        reason: why it is not right, in one line; empty when it is.
    """

    right: bool
    named: bool = False
    reason: str = ""


class Judge:
    """Compares architectures with the reference.

    Args:
        seconds: end this process when one question takes longer (see `watchdog`); None: never.
        cache: what has been found out; a new one by default.
    """

    def __init__(self, seconds: float | None = None, cache: VerdictCache | None = None) -> None:
        self._seconds = seconds
        self._cache = cache or VerdictCache()

    def architecture(
        self, exercise: str, arguments: dict, answer: dict | None, placeholders: bool = False
    ) -> Verdict:
        """Judge the answer to one call.

        Args:
            exercise: a block or a network.
            arguments: what the function was called with, as `sampling` gives it.
            answer: what came out of the sandbox; None when nothing did.
            placeholders: whether placeholders stand for the blocks that it calls; the reference's
                blocks are built there.
        """
        if answer is None:
            return Verdict(False, reason="no answer")
        if "model" not in answer:
            return Verdict(False, reason=str(answer.get("error", "no model"))[:200])
        claim = Claim.of(answer, placeholders)
        if claim.refused is not None:
            return Verdict(False, reason=str(claim.refused))
        verdict = verdict_by_signature(exercise, arguments, claim.network, placeholders)
        return verdict or self._compared(exercise, arguments, claim, placeholders)

    def mistakes(
        self, exercise: str, answers: list[dict | None], placeholders: bool = False
    ) -> list[str]:
        """The ids of the catalogued mistakes that explain what was built, the simplest first.

        Args:
            exercise, placeholders: as above.
            answers: one for each of the exercise's stored argument sets.
        """
        claims = [Claim.of(answer or {}, placeholders) for answer in answers]
        # All that the answer depends on, so that a finding holds for whoever built the same.
        key = key_of(exercise, None, placeholders, [claim.essence for claim in claims])
        match self._cache.get(key):
            case [cache.MISTAKES, *ids] if all(isinstance(name, str) for name in ids):
                return ids
        with at_most(self._seconds):
            ids = explain(exercise, claims, placeholders)
        if ids is not None:
            self._cache.keep(key, [cache.MISTAKES, *ids])
        return ids or []

    def _compared(
        self, exercise: str, arguments: dict, claim: Claim, placeholders: bool
    ) -> Verdict:
        """The verdict on the same network with the same names, or a new one."""
        essence = [claim.essence, weight_layers(claim.network)]
        key = key_of(exercise, arguments, placeholders, essence)
        match self._cache.get(key):
            case [cache.RIGHT, bool(named)]:
                return Verdict(True, named)
            case [cache.WRONG, bool(named), str(reason)]:
                return Verdict(False, named, reason)
        with at_most(self._seconds):
            keras.backend.clear_session()
            try:
                verdict = compare(exercise, arguments, claim, placeholders)
            except Exception as error:  # it was refused, or was built but cannot be run on an input
                return Verdict(False, reason=_said(error))
        right = [cache.RIGHT, verdict.named]
        wrong = [cache.WRONG, verdict.named, verdict.reason]
        self._cache.keep(key, right if verdict.right else wrong)
        return verdict


def verdict_by_signature(
    exercise: str, arguments: dict, network: Description, placeholders: bool
) -> Verdict | None:
    """The verdict where a network's JSON alone shows it to be right or wrong; else None."""
    given = signature(network)
    built_from = {name: value for name, value in arguments.items() if name != "seed"}
    expected = given and reference_signature(exercise, json.dumps(built_from), placeholders)
    if expected is None:
        return None
    named = given.names == expected.names
    if given.differs_from(expected):
        return Verdict(False, named, _ANOTHER_FUNCTION)
    if given.function != expected.function:
        return None
    if placeholders and not named:  # a name might be that of a layer in a block
        return None
    return Verdict(True, named)


@functools.lru_cache(maxsize=_REFERENCES)
def reference_signature(exercise: str, arguments: str, placeholders: bool) -> Signature | None:
    text = reference_text(exercise, json.loads(arguments), placeholders)
    return signature(read(text, placeholders))


def explain(exercise: str, claims: list[Claim], placeholders: bool) -> list[str] | None:
    """The ids of the mistakes that explain the claims; None where they could not be run."""
    records: list[dict] = []
    references = fingerprints(exercise)["reference"]
    for arguments, reference, claim in zip(stored_calls(exercise), references, claims, strict=True):
        keras.backend.clear_session()
        try:
            attempt = claim.attempt(exercise, placeholders)
            records.append(claim.record(attempt, arguments))
        except Exception:  # it was refused, or it was built but cannot be run on an input
            return None
        # Of a network, mistakes are stored as far as the first set of arguments that differs.
        is_network = EXERCISES[exercise].kind is Kind.NETWORK
        if is_network and not same_record(records[-1], reference):
            break
    return [entry["id"] for entry in matching_mistakes(exercise, records)]


def compare(exercise: str, arguments: dict, claim: Claim, placeholders: bool) -> Verdict:
    attempt = claim.attempt(exercise, placeholders)
    if attempt.error is not None:
        return Verdict(False, reason=_said(attempt.error))
    made = claim.record(attempt, arguments)
    model = keras.Model(attempt.start, attempt.tensors)
    expected, names = _reference(exercise, json.dumps(arguments))
    named = weight_layer_names(model, claim.network.names) == names
    if same_record(made, expected):
        return Verdict(True, named)
    return Verdict(False, named, _ANOTHER_FUNCTION)


@functools.lru_cache(maxsize=_REFERENCES)
def _reference(exercise: str, arguments: str) -> tuple[dict, list[str]]:
    """The reference's record for these arguments, and the names of its layers with weights."""
    given = json.loads(arguments)
    with bounded_weights():
        model = reference_model(exercise, given)
    names = weight_layer_names(model)
    return record(_attempt(exercise, model), given), names


def _attempt(exercise: str, model: keras.Model) -> Attempt:
    state = EXPECTED[EXERCISES[exercise].kind]
    returned = model if state == State.MODEL else model.outputs[0]
    return Attempt(state, model.inputs[0], returned)


@dataclass(frozen=True)
class Claim:
    """What an answer says was built.

    Attributes:
        network: what was built, whole or in part; None where nothing was, or it is refused.
        refused: why it is refused.
        state, ended: None of a network that was built to its end; else how it broke off.
    """

    network: Description | None
    refused: ArchitectureError | None = None
    state: str | None = None
    ended: object = None

    @classmethod
    def of(cls, answer: dict, placeholders: bool) -> Claim:
        """What the answer claims; nothing of it is built yet."""
        broken = {} if "model" in answer else {
            "state": str(answer.get("state")), "ended": answer.get("ended")
        }  # fmt: skip
        text = answer.get("begun") if broken else answer["model"]
        if broken and not text:
            return cls(None, **broken)
        try:
            return cls(read(text, placeholders), **broken)
        except ArchitectureError as error:
            return cls(None, error, **broken)

    @property
    def essence(self) -> list:
        """All that follows from the claim follows from this, but for names."""
        text = self.network and self.network.text
        return [text, self.refused is not None, self.state, self.ended]

    def attempt(self, exercise: str, placeholders: bool) -> Attempt:
        """What was built, as the checks see it; nothing of it is the student's object.

        Raises:
            ArchitectureError: it is refused.
        """
        if self.refused is not None:
            raise self.refused
        if self.state is not None:
            return Attempt(self.state, self.network and self._begun(placeholders))
        model = build(self.network)
        return _with_blocks(model) if placeholders else _attempt(exercise, model)

    def _begun(self, placeholders: bool) -> keras.KerasTensor:
        """The input of what had been built when it broke off."""
        model = build(self.network, ends=MAX_ENDS)
        return _with_blocks(model).start if placeholders else model.inputs[0]

    def record(self, attempt: Attempt, arguments: dict) -> dict:
        """What the attempt gives for these arguments, ended as the claim says."""
        made = record(attempt, arguments)
        return made if attempt.error or self.state is None else {**made, "ended": self.ended}


def _with_blocks(model: keras.Model) -> Attempt:
    with within_limits():
        attempt = with_blocks(model)
    if attempt.error is None:
        check_activations(attempt.returned)
    return attempt


def _said(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}"
    return str(error) if isinstance(error, ArchitectureError) else text[:300]


def key_of(exercise: str, arguments: dict | None, placeholders: bool, answer: object) -> str:
    """A key of the verdict cache: the same for the same question."""
    question = json.dumps([exercise, arguments, placeholders, answer], sort_keys=True)
    return hashlib.sha256(question.encode()).hexdigest()
