"""Decide what a submission's claims are worth.

The judge never runs a student's code. It rebuilds the architecture that came out of the sandbox,
gives it weights and an input that nobody could foresee, and compares what it computes, in
inference and in training mode, with the reference built for the same arguments. A mark can
therefore be earned in one way only: by an architecture that computes the right function.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import keras

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
from grading.judge.verdict_cache import Shelf
from grading.judge.watchdog import at_most
from resnets.checks.arguments import ARGUMENT_SETS
from resnets.checks.attempt import Attempt, record
from resnets.checks.compare import fingerprints, matching_mistakes, same_record

_REMEMBERED = 512
_VERDICTS = 8192  # each submission's blocks add some that nobody asks for again
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


class _Memory:
    """What has been found out, by its key; what was not asked for longest is forgotten.

    Args:
        size: how much is kept.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[str, object] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def __getitem__(self, key: str):
        self._kept.move_to_end(key)
        return self._kept[key]

    def __setitem__(self, key: str, value: object) -> None:
        self._kept[key] = value
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)


class Judge:
    """Compares architectures with the reference; remembers those it has seen.

    Args:
        seconds: end this process when one question takes longer (see `watchdog`); None: never.
        shelf: where other judges' findings are found, and this one's are kept; None: nowhere.
        known: ids of mistakes that are known beforehand (see `mistake_index`).
    """

    def __init__(
        self,
        seconds: float | None = None,
        shelf: Shelf | None = None,
        known: Mapping[str, list[str]] = MappingProxyType({}),
    ) -> None:
        self._seconds = seconds
        self._known = known
        self._shelf = shelf
        self._verdicts = _Memory(_VERDICTS)  # Verdict, by the JSON
        self._alike = _Memory(_VERDICTS)  # Verdict, by what the JSON computes and the names in it
        self._explained = _Memory(_REMEMBERED)  # ids of mistakes
        self._references = _Memory(_REMEMBERED)  # record and names
        self._signatures = _Memory(_REMEMBERED)  # Signature or None

    def architecture(
        self, exercise: str, arguments: dict, answer: dict | None, noted: bool = False
    ) -> Verdict:
        """Judge the answer to one call.

        Args:
            exercise: "identity_block", "convolutional_block" or "ResNet50".
            arguments: what the function was called with, as `sampling` gives it.
            answer: what came out of the sandbox; None when nothing did.
            noted: the calls of blocks were noted; the reference's blocks are built there.
        """
        if answer is None:
            return Verdict(False, reason="no answer")
        if "model" not in answer:
            return Verdict(False, reason=str(answer.get("error", "no model"))[:200])
        key = _key(exercise, arguments, noted, answer["model"])
        if key not in self._verdicts:
            self._verdicts[key] = self._verdict(exercise, arguments, answer["model"], noted)
        return self._verdicts[key]

    def mistakes(self, exercise: str, answers: list[dict | None], noted: bool = False) -> list[str]:
        """The ids of the catalogued mistakes that explain what was built, the simplest first.

        Args:
            exercise, noted: as above.
            answers: one for each of the exercise's stored argument sets.
        """
        claims = [_Claim.of(answer or {}, noted) for answer in answers]
        # All that the answer depends on, so that what is found holds for whoever built the same.
        key = _key(exercise, None, noted, [claim.essence for claim in claims])
        if (found := self._recall(key)) is not None:
            return found
        with at_most(self._seconds):
            found = self._mistakes(exercise, claims, noted)
        if found is None:
            return []
        self._explained[key] = found
        if self._shelf is not None:
            self._shelf.keep(key, found)
        return found

    def _recall(self, key: str) -> list[str] | None:
        if key in self._known:
            return self._known[key]
        if key in self._explained:
            return self._explained[key]
        found = self._shelf.read(key) if self._shelf is not None else None
        if found is None or not all(isinstance(name, str) for name in found):
            return None
        self._explained[key] = found
        return found

    def _known_wrong(self, key: str) -> Verdict | None:
        """What another judge found wrong with the same function that has the same names."""
        found = self._shelf.read(key) if self._shelf is not None else None
        if found is None or [type(one) for one in found] != [bool, str]:
            return None
        return Verdict(False, *found)

    def _mistakes(self, exercise: str, claims: list[_Claim], noted: bool) -> list[str] | None:
        """The mistakes' ids; None where what was built could not be run."""
        records: list[dict] = []
        references = fingerprints(exercise)["reference"]
        sets = ARGUMENT_SETS[exercise]
        for arguments, reference, claim in zip(sets, references, claims, strict=True):
            keras.backend.clear_session()
            try:
                attempt = claim.attempt(exercise, noted)
                records.append(claim.record(attempt, arguments))
            except Exception:  # it was refused, or it was built but cannot be run on an input
                return None
            # Of a network, mistakes are stored as far as the first set of arguments that differs.
            if exercise == "ResNet50" and not same_record(records[-1], reference):
                break
        return [entry["id"] for entry in matching_mistakes(exercise, records)]

    def _verdict(self, exercise: str, arguments: dict, text: object, noted: bool) -> Verdict:
        """The verdict at sight, or that on the same network of the same names, or a new one."""
        claim = _Claim.of({"model": text}, noted)
        if claim.refused is not None:
            return Verdict(False, reason=str(claim.refused))
        description = claim.network
        given = signature(description)
        if verdict := given and self._at_sight(exercise, arguments, given, noted):
            return verdict
        key = _key(exercise, arguments, noted, [claim.essence, weight_layers(description)])
        if key in self._alike:
            return self._alike[key]
        if verdict := self._known_wrong(key):
            return verdict
        with at_most(self._seconds):
            keras.backend.clear_session()
            try:
                verdict = self._compare(exercise, arguments, claim, noted)
            except Exception as error:  # it was refused, or was built but cannot be run on an input
                return Verdict(False, reason=_said(error))
        self._alike[key] = verdict
        if self._shelf is not None and not verdict.right:
            self._shelf.keep(key, [verdict.named, verdict.reason])
        return verdict

    def _at_sight(
        self, exercise: str, arguments: dict, given: Signature, noted: bool
    ) -> Verdict | None:
        """The verdict on what its JSON alone shows to be right or wrong; None on anything else."""
        built_from = {name: arguments[name] for name in arguments if name != "seed"}
        key = _key(exercise, built_from, noted, None)
        if key not in self._signatures:
            text = reference_text(exercise, arguments, noted)
            self._signatures[key] = signature(read(text, noted))
        if (expected := self._signatures[key]) is None:
            return None
        named = given.names == expected.names
        if given.differs_from(expected):
            return Verdict(False, named, _ANOTHER_FUNCTION)
        if given.function != expected.function:
            return None
        if noted and not named:  # a name might be that of a layer in a block
            return None
        return Verdict(True, named)

    def _compare(self, exercise: str, arguments: dict, claim: _Claim, noted: bool) -> Verdict:
        attempt = claim.attempt(exercise, noted)
        if attempt.error is not None:
            return Verdict(False, reason=_said(attempt.error))
        made = claim.record(attempt, arguments)
        model = keras.Model(attempt.start, attempt.tensors)
        expected = self._reference(exercise, arguments)
        named = weight_layer_names(model, claim.network.names) == expected["names"]
        if same_record(made, expected["record"]):
            return Verdict(True, named)
        return Verdict(False, named, _ANOTHER_FUNCTION)

    def _reference(self, exercise: str, arguments: dict) -> dict:
        key = f"{exercise} {json.dumps(arguments, sort_keys=True)}"
        if key not in self._references:
            with bounded_weights():
                model = reference_model(exercise, arguments)
            names = weight_layer_names(model)
            state = "model" if exercise == "ResNet50" else "tensor"
            attempt = Attempt(state, model.inputs[0], _returned(state, model))
            made = record(attempt, arguments["input"], arguments["seed"])
            self._references[key] = {"record": made, "names": names}
        return self._references[key]


def explain(exercise: str, mistake: str) -> str:
    """What a student is told about a catalogued mistake: what, why it matters, what to try."""
    for entry in fingerprints(exercise)["mistakes"]:
        if entry["id"] == mistake:
            return in_words(entry)
    return ""


def in_words(entry: dict) -> str:
    """A mistake's title, why it matters and what to try, as one text."""
    return f"{entry['title']} {entry['why']} Try this: {entry['hint']}"


@dataclass(frozen=True)
class _Claim:
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
    def of(cls, answer: dict, noted: bool) -> _Claim:
        """What the answer claims; nothing of it is built yet."""
        broken = {} if "model" in answer else {
            "state": str(answer.get("state")), "ended": answer.get("ended")
        }  # fmt: skip
        text = answer.get("begun") if broken else answer["model"]
        if broken and not text:
            return cls(None, **broken)
        try:
            return cls(read(text, noted), **broken)
        except ArchitectureError as error:
            return cls(None, error, **broken)

    @property
    def essence(self) -> list:
        """All that follows from the claim follows from this, but for names."""
        text = self.network and self.network.text
        return [text, self.refused is not None, self.state, self.ended]

    def attempt(self, exercise: str, noted: bool) -> Attempt:
        """What was built, as the checks see it; nothing of it is the student's object.

        Raises:
            ArchitectureError: it is refused.
        """
        if self.refused is not None:
            raise self.refused
        if self.state is not None:
            return Attempt(self.state, self.network and self._begun(noted))
        model = build(self.network)
        if noted:
            return _with_blocks(model)
        state = "model" if exercise == "ResNet50" else "tensor"
        return Attempt(state, model.inputs[0], _returned(state, model))

    def _begun(self, noted: bool) -> keras.KerasTensor:
        """The input of what had been built when it broke off."""
        model = build(self.network, ends=MAX_ENDS)
        return _with_blocks(model).start if noted else model.inputs[0]

    def record(self, attempt: Attempt, arguments: dict) -> dict:
        """What the attempt gives for these arguments, ended as the claim says."""
        made = record(attempt, arguments["input"], arguments["seed"])
        return made if attempt.error or self.state is None else {**made, "ended": self.ended}


def _with_blocks(model: keras.Model) -> Attempt:
    with within_limits():
        attempt = with_blocks(model)
    if attempt.error is None:
        check_activations(attempt.returned)
    return attempt


def _returned(state: str, model: keras.Model) -> keras.Model | keras.KerasTensor:
    return model if state == "model" else model.outputs[0]


def _said(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}"
    return str(error) if isinstance(error, ArchitectureError) else text[:300]


def _key(exercise: str, arguments: dict | None, noted: bool, answer: object) -> str:
    """The same for the same question, so that a class's equal networks are judged once."""
    question = json.dumps([exercise, arguments, noted, answer], sort_keys=True)
    return hashlib.sha256(question.encode()).hexdigest()
