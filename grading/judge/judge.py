"""Decide whether an architecture that a submission returned is right, and name its mistake.

The judge never runs a student's code. It rebuilds the architecture that came out of the sandbox,
gives it weights and an input that nobody can foresee, and compares its outputs, in inference and in
training mode, with those of the reference for the same arguments. So there is only one way to earn
a mark: an architecture that computes the right function.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass

import keras

from grading.judge import verdict_cache
from grading.judge.allowed import ArchitectureError
from grading.judge.architecture import bounded_weights
from grading.judge.claim import Claim, attempt_of
from grading.judge.description import Description, read
from grading.judge.references import reference_model, reference_text, weight_layer_names
from grading.judge.signature import Signature, signature, weight_layers
from grading.judge.verdict_cache import VerdictCache
from grading.judge.watchdog import at_most, raise_if_out_of_memory
from grading.sandbox.answer_schema import Answer
from resnets.checks.attempt import BuildRecord, record
from resnets.checks.compare import fingerprints, matching_mistakes, same_record, stored_calls
from resnets.exercises import EXERCISES, Kind

_REFERENCES = 512  # references kept in memory; a class's pools need fewer
_ANOTHER_FUNCTION = "it computes another function than the reference"


@dataclass(frozen=True)
class Verdict:
    """The judge's verdict on one call.

    Attributes:
        right: whether the architecture computes the reference's function.
        named: whether its layers with weights have the lesson's names.
        reason: one line that says why it is not right; empty if it is.
    """

    right: bool
    named: bool = False
    reason: str = ""


class Judge:
    """Compares architectures with the reference.

    Args:
        seconds: end this process if one question takes longer (see `watchdog`); None: never.
        cache: verdicts and explanations from earlier questions; by default an empty one.
    """

    def __init__(self, seconds: float | None = None, cache: VerdictCache | None = None) -> None:
        self._seconds = seconds
        self._cache = cache or VerdictCache()

    def architecture(
        self, exercise: str, arguments: dict, answer: Answer | None, placeholders: bool = False
    ) -> Verdict:
        """Return the verdict on the answer to one call.

        Args:
            exercise: the name of a block or a network.
            arguments: the arguments of the call, as `sampling` draws them.
            answer: what came out of the sandbox; None if nothing did.
            placeholders: whether the function was called with placeholders for its blocks. The
                judge then builds the reference's blocks in their places.

        Raises:
            OutOfMemory: memory ran out, which says nothing about the answer; try again.
        """
        if answer is None:
            return Verdict(False, reason="no answer")
        if answer.model is None:
            return Verdict(False, reason="no model" if answer.error is None else answer.error[:200])
        claim = Claim.of(answer, placeholders)
        if claim.refused is not None:
            return Verdict(False, reason=str(claim.refused))
        verdict = verdict_by_signature(exercise, arguments, claim.network, placeholders)
        return verdict or self._compared(exercise, arguments, claim, placeholders)

    def mistakes(
        self, exercise: str, answers: list[Answer | None], placeholders: bool = False
    ) -> list[str]:
        """Return the ids of the catalogued mistakes that explain the answers, simplest first.

        Args:
            exercise, placeholders: as in `architecture`.
            answers: one for each of the exercise's stored argument sets.

        Raises:
            OutOfMemory: memory ran out, which says nothing about the answers; try again.
        """
        claims = [Claim.of(answer or Answer(), placeholders) for answer in answers]
        # The key contains everything that the result depends on, and nothing about the student, so
        # a cached result holds for everybody who built the same.
        key = key_of(exercise, None, placeholders, [claim.essence for claim in claims])
        match self._cache.get(key):
            case [verdict_cache.MISTAKES, *ids] if all(isinstance(name, str) for name in ids):
                return ids
        with at_most(self._seconds):
            ids = explain(exercise, claims, placeholders)
        if ids is not None:
            self._cache.keep(key, [verdict_cache.MISTAKES, *ids])
        return ids or []

    def _compared(
        self, exercise: str, arguments: dict, claim: Claim, placeholders: bool
    ) -> Verdict:
        """Return the cached verdict on this network with these names, or build and compare it."""
        essence = [claim.essence, weight_layers(claim.network)]
        key = key_of(exercise, arguments, placeholders, essence)
        match self._cache.get(key):
            case [verdict_cache.RIGHT, bool(named)]:
                return Verdict(True, named)
            case [verdict_cache.WRONG, bool(named), str(reason)]:
                return Verdict(False, named, reason)
        with at_most(self._seconds):
            keras.backend.clear_session()
            try:
                verdict = compare(exercise, arguments, claim, placeholders)
            except Exception as error:  # it was refused, or was built but cannot be run on an input
                raise_if_out_of_memory(error)
                return Verdict(False, reason=_error_text(error))
        right = [verdict_cache.RIGHT, verdict.named]
        wrong = [verdict_cache.WRONG, verdict.named, verdict.reason]
        self._cache.keep(key, right if verdict.right else wrong)
        return verdict


def verdict_by_signature(
    exercise: str, arguments: dict, network: Description, placeholders: bool
) -> Verdict | None:
    """Return the verdict if the network's normal form alone decides it, else None.

    This is much faster than building and running the network.
    """
    actual = signature(network)
    built_from = {name: value for name, value in arguments.items() if name != "seed"}
    expected = actual and reference_signature(exercise, json.dumps(built_from), placeholders)
    if expected is None:
        return None
    named = actual.names == expected.names
    if actual.differs_from(expected):
        return Verdict(False, named, _ANOTHER_FUNCTION)
    if actual.function != expected.function:
        return None
    if placeholders and not named:
        return None  # the names can still be right: a layer inside a block may have the missing one
    return Verdict(True, named)


@functools.lru_cache(maxsize=_REFERENCES)
def reference_signature(exercise: str, arguments: str, placeholders: bool) -> Signature | None:
    """Return the reference's signature for these arguments, given as JSON."""
    text = reference_text(exercise, json.loads(arguments), placeholders)
    return signature(read(text, placeholders))


def explain(exercise: str, claims: list[Claim], placeholders: bool) -> list[str] | None:
    """Return the ids of the mistakes that explain the claims; None if one could not be run."""
    records: list[BuildRecord] = []
    references = fingerprints(exercise).reference
    for arguments, reference, claim in zip(stored_calls(exercise), references, claims, strict=True):
        keras.backend.clear_session()
        try:
            attempt = claim.attempt(exercise, placeholders)
            records.append(claim.record(attempt, arguments))
        except Exception as error:  # it was refused, or it was built but cannot be run on an input
            raise_if_out_of_memory(error)
            return None
        # A network's mistakes are stored only up to the first argument set that shows them: a
        # further ResNet50 would take seconds and add nothing.
        is_network = EXERCISES[exercise].kind is Kind.NETWORK
        if is_network and not same_record(records[-1], reference):
            break
    return [known.id for known in matching_mistakes(exercise, records)]


def compare(exercise: str, arguments: dict, claim: Claim, placeholders: bool) -> Verdict:
    """Return the verdict after building and running a claimed network and the reference.

    Raises:
        Exception: the network is refused, or cannot be built or run.
    """
    attempt = claim.attempt(exercise, placeholders)
    if attempt.error is not None:
        return Verdict(False, reason=_error_text(attempt.error))
    actual = claim.record(attempt, arguments)
    model = keras.Model(attempt.start, attempt.tensors)
    expected, names = _reference(exercise, json.dumps(arguments))
    named = weight_layer_names(model, claim.network.names) == names
    if same_record(actual, expected):
        return Verdict(True, named)
    return Verdict(False, named, _ANOTHER_FUNCTION)


@functools.lru_cache(maxsize=_REFERENCES)
def _reference(exercise: str, arguments: str) -> tuple[BuildRecord, list[str]]:
    """Return the reference's record for these arguments, and its weight layers' names."""
    values = json.loads(arguments)
    with bounded_weights():
        model = reference_model(exercise, values)
    names = weight_layer_names(model)
    return record(attempt_of(exercise, model), values), names


def _error_text(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}"
    return str(error) if isinstance(error, ArchitectureError) else text[:300]


def key_of(exercise: str, arguments: dict | None, placeholders: bool, answer: object) -> str:
    """Return the verdict cache's key for a question; equal questions have equal keys."""
    question = json.dumps([exercise, arguments, placeholders, answer], sort_keys=True)
    return hashlib.sha256(question.encode()).hexdigest()
