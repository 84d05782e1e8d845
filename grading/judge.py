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
from dataclasses import dataclass

import keras

from grading.architecture import ArchitectureError, rebuild
from grading.references import reference_model, weight_layer_names
from resnets_checks_arguments import ARGUMENT_SETS
from resnets_checks_attempt import Attempt, record
from resnets_checks_compare import fingerprints, matching_mistakes, same_record

_REMEMBERED = 512


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
    """Compares architectures with the reference; remembers those it has seen."""

    def __init__(self) -> None:
        self._verdicts: OrderedDict[str, Verdict] = OrderedDict()
        self._references: OrderedDict[str, dict] = OrderedDict()

    def architecture(self, exercise: str, arguments: dict, answer: dict | None) -> Verdict:
        """Judge the answer to one call.

        Args:
            exercise: "identity_block", "convolutional_block" or "ResNet50".
            arguments: what the function was called with, as `draws` gives it.
            answer: what came out of the sandbox; None when nothing did.
        """
        if answer is None:
            return Verdict(False, reason="no answer")
        if "model" not in answer:
            return Verdict(False, reason=str(answer.get("error", "no model"))[:200])
        key = _key(exercise, arguments, answer["model"])
        if key not in self._verdicts:
            _remember(self._verdicts, key, self._compare(exercise, arguments, answer["model"]))
        return self._verdicts[key]

    def mistakes(self, exercise: str, answers: list[dict | None]) -> list[dict]:
        """The catalogued mistakes that explain the architectures, the simplest first.

        Args:
            exercise: as above.
            answers: one for each of the exercise's stored argument sets.
        """
        records = []
        for arguments, answer in zip(ARGUMENT_SETS[exercise], answers, strict=True):
            if answer is None or "model" not in answer:
                return []
            try:
                records.append(_record(exercise, arguments, rebuild(answer["model"])))
            except ArchitectureError:
                return []
        return matching_mistakes(exercise, records)

    def _compare(self, exercise: str, arguments: dict, text: object) -> Verdict:
        keras.backend.clear_session()
        try:
            model = rebuild(text)
            made = _record(exercise, arguments, model)
        except ArchitectureError as error:
            return Verdict(False, reason=str(error))
        except Exception as error:  # it was built, but cannot be run on an input
            return Verdict(False, reason=f"{type(error).__name__}: {error}"[:300])
        named = weight_layer_names(model) == self._reference(exercise, arguments)["names"]
        if same_record(made, self._reference(exercise, arguments)["record"]):
            return Verdict(True, named)
        return Verdict(False, named, "it computes another function than the reference")

    def _reference(self, exercise: str, arguments: dict) -> dict:
        key = f"{exercise} {json.dumps(arguments, sort_keys=True)}"
        if key not in self._references:
            model = reference_model(exercise, arguments)
            names = weight_layer_names(model)
            made = _record(exercise, arguments, model)
            _remember(self._references, key, {"record": made, "names": names})
        return self._references[key]


def explain(exercise: str, mistake: str) -> str:
    """What a student is told about a catalogued mistake: what, why it matters, what to try."""
    for entry in fingerprints(exercise)["mistakes"]:
        if entry["id"] == mistake:
            return f"{entry['title']} {entry['why']} Try this: {entry['hint']}"
    return ""


def _record(exercise: str, arguments: dict, model: keras.Model) -> dict:
    if exercise == "ResNet50":
        attempt = Attempt("model", model.inputs[0], model)
    else:
        attempt = Attempt("tensor", model.inputs[0], model.outputs[0])
    return record(attempt, arguments["input"], arguments["seed"])


def _remember(memory: OrderedDict, key: str, value: object) -> None:
    memory[key] = value
    if len(memory) > _REMEMBERED:
        memory.popitem(last=False)


def _key(exercise: str, arguments: dict, text: object) -> str:
    """The same for the same question, so that a class's equal architectures are judged once."""
    question = f"{exercise} {json.dumps(arguments, sort_keys=True)} {text}"
    return hashlib.sha256(question.encode("utf-8", "replace")).hexdigest()
