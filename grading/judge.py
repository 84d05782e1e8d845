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

from grading.architecture import (
    MAX_BYTES,
    MAX_ENDS,
    ArchitectureError,
    bounded_weights,
    check_activations,
    rebuild,
)
from grading.expendable import at_most
from grading.references import reference_model, reference_text, weight_layer_names, with_blocks
from grading.shelf import Shelf
from grading.signature import Signature, signature
from resnets_checks_arguments import ARGUMENT_SETS
from resnets_checks_attempt import Attempt, record
from resnets_checks_compare import fingerprints, matching_mistakes, same_record

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
        seconds: end this process when one question takes longer (see `expendable`); None: never.
        shelf: where other judges' findings are found, and this one's are kept; None: nowhere.
        known: ids of mistakes that are known beforehand (see `known`).
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
            arguments: what the function was called with, as `draws` gives it.
            answer: what came out of the sandbox; None when nothing did.
            noted: the calls of blocks were noted; the reference's blocks are built there.
        """
        if answer is None:
            return Verdict(False, reason="no answer")
        if "model" not in answer:
            return Verdict(False, reason=str(answer.get("error", "no model"))[:200])
        key = _key(exercise, arguments, answer["model"])
        if key not in self._verdicts:
            self._verdicts[key] = self._verdict(exercise, arguments, answer, noted)
        return self._verdicts[key]

    def mistakes(self, exercise: str, answers: list[dict | None], noted: bool = False) -> list[str]:
        """The ids of the catalogued mistakes that explain what was built, the simplest first.

        Args:
            exercise, noted: as above.
            answers: one for each of the exercise's stored argument sets.
        """
        # What a class's equal programs answer to the stored arguments is the same text, and what
        # computes the same functions is explained by the same mistakes.
        key = _key(exercise, {"noted": noted}, json.dumps(answers, sort_keys=True))
        functions = [_function(answer) for answer in answers]
        shared = _key(exercise, {"noted": noted}, functions) if all(functions) else key
        for one in dict.fromkeys((key, shared)):
            if (found := self._recall(one)) is not None:
                return found
        with at_most(self._seconds):
            found, whole = self._mistakes(exercise, answers, noted)
        follows_from = shared if whole else key
        self._explained[follows_from] = found
        if self._shelf is not None:
            self._shelf.keep(follows_from, found)
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

    def _mistakes(
        self, exercise: str, answers: list[dict | None], noted: bool
    ) -> tuple[list[str], bool]:
        """The mistakes' ids, and whether they follow from the functions alone."""
        records: list[dict] = []
        references = fingerprints(exercise)["reference"]
        sets = ARGUMENT_SETS[exercise]
        for arguments, reference, answer in zip(sets, references, answers, strict=True):
            keras.backend.clear_session()
            try:
                attempt = _attempt(exercise, answer or {}, noted)
                records.append(_record(attempt, arguments, answer))
            except ArchitectureError:
                return [], False
            except Exception:  # it was built, but cannot be run on an input
                return [], False
            # Of a network, mistakes are stored as far as the first set of arguments that differs.
            if exercise == "ResNet50" and not same_record(records[-1], reference):
                break
        whole = not any(record["ended"] for record in records)
        return [entry["id"] for entry in matching_mistakes(exercise, records)], whole

    def _verdict(self, exercise: str, arguments: dict, answer: dict, noted: bool) -> Verdict:
        """The verdict at sight, or that on the same function with the same names, or a new one."""
        given = _signature(answer["model"])
        if verdict := given and self._at_sight(exercise, arguments, given, noted):
            return verdict
        alike = given and _key(exercise, arguments, [given.function, sorted(given.names)])
        if alike in self._alike:
            return self._alike[alike]
        if alike and (verdict := self._known_wrong(alike)):
            return verdict
        with at_most(self._seconds):
            keras.backend.clear_session()
            try:
                attempt = _attempt(exercise, answer, noted)
                if attempt.error is not None:
                    return Verdict(False, reason=_said(attempt.error))
                verdict = self._compare(exercise, arguments, attempt, answer)
            except ArchitectureError as error:
                return Verdict(False, reason=str(error))
            except Exception as error:  # it was built, but cannot be run on an input
                return Verdict(False, reason=_said(error))
        if alike:  # what was refused or broke off may owe it to more than its function
            self._alike[alike] = verdict
            if self._shelf is not None and not verdict.right:
                self._shelf.keep(alike, [verdict.named, verdict.reason])
        return verdict

    def _at_sight(
        self, exercise: str, arguments: dict, given: Signature, noted: bool
    ) -> Verdict | None:
        """The verdict on what its JSON alone shows to be right or wrong; None on anything else."""
        built_from = {name: arguments[name] for name in arguments if name != "seed"}
        key = _key(exercise, built_from, noted)
        if key not in self._signatures:
            self._signatures[key] = signature(reference_text(exercise, arguments, noted))
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

    def _compare(self, exercise: str, arguments: dict, attempt: Attempt, answer: dict) -> Verdict:
        made = _record(attempt, arguments, answer)
        model = keras.Model(attempt.start, attempt.tensors)
        named = weight_layer_names(model) == self._reference(exercise, arguments)["names"]
        if same_record(made, self._reference(exercise, arguments)["record"]):
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


def _signature(text: object) -> Signature | None:
    return signature(text) if isinstance(text, str) and len(text) <= MAX_BYTES else None


def _function(answer: dict | None) -> str | None:
    """What tells an architecture's function apart; None where there is none or none is told."""
    found = _signature((answer or {}).get("model"))
    return found and found.function


def _attempt(exercise: str, answer: dict, noted: bool) -> Attempt:
    """What an answer says was built, as the checks see it; nothing of it is the student's object.

    Raises:
        ArchitectureError: it says nothing that could be built.
    """
    if "model" not in answer:
        begun = answer.get("begun")
        return Attempt(str(answer.get("state")), begun and _begun(begun, noted))
    model = rebuild(answer["model"], noted)
    if noted:
        return _with_blocks(model)
    state = "model" if exercise == "ResNet50" else "tensor"
    return Attempt(state, model.inputs[0], _returned(state, model))


def _begun(text: object, noted: bool) -> keras.KerasTensor:
    """The input of what had been built when it broke off."""
    model = rebuild(text, noted, ends=MAX_ENDS)
    return _with_blocks(model).start if noted else model.inputs[0]


def _with_blocks(model: keras.Model) -> Attempt:
    with bounded_weights():
        attempt = with_blocks(model)
    if attempt.error is None:
        check_activations(attempt.returned)
    return attempt


def _returned(state: str, model: keras.Model) -> keras.Model | keras.KerasTensor:
    return model if state == "model" else model.outputs[0]


def _record(attempt: Attempt, arguments: dict, answer: dict) -> dict:
    made = record(attempt, arguments["input"], arguments["seed"])
    return made if attempt.error or "model" in answer else {**made, "ended": answer.get("ended")}


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _key(exercise: str, arguments: dict, text: object) -> str:
    """The same for the same question, so that a class's equal architectures are judged once."""
    question = f"{exercise} {json.dumps(arguments, sort_keys=True)} {text}"
    return hashlib.sha256(question.encode("utf-8", "replace")).hexdigest()
