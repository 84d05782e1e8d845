"""Store what the checks compare with: `python -m grading.catalogue.fingerprints`.

Builds the reference and every mistake of the catalogue for every set of arguments. Writes their
fingerprints to `resnets/checks/fingerprints.json.gz` and the mistakes' words to
`resnets/mistakes.json`. Give exercises' names to renew only those, or `--texts` to renew the words
alone. The whole takes about eight minutes, ResNet50 most of it.
"""

from __future__ import annotations

import ast
import functools
import gzip
import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import keras

import resnets.checks
from grading.catalogue.gradient_norms import reference as gradient_norms
from grading.catalogue.mistakes import CATALOGUE
from grading.catalogue.reference_blocks import Builder, convolutional_spec, edited, identity_spec
from grading.catalogue.reference_resnet50 import build_network, resnet50_spec
from grading.catalogue.step_labels import step_label
from resnets.checks.arguments import ARGUMENT_SETS, called_with
from resnets.checks.attempt import attempt_block, attempt_model, input_for, record
from resnets.checks.cases import CASES
from resnets.checks.compare import FILE, same_record, stored_numbers
from resnets.checks.fingerprint import evaluate, summarise
from resnets.checks.gradients import attempt_norms, norms_record
from resnets.checks.graph import assign_weights, producer
from resnets.words import FILE as WORDS

CHECKS = Path(resnets.checks.__file__).parent
SPECS = {"identity_block": identity_spec, "convolutional_block": convolutional_spec}


def build_function(exercise: str, edits: tuple = (), builder: Builder | None = None) -> Callable:
    """The reference with `edits` built in, as a function of the classic's signature."""

    def block(X, f, filters, stage, block, **more):  # noqa: N803 - the classic's name
        arguments = {"f": f, "filters": filters, "stage": stage, "block": block, **more}
        spec = edited(SPECS[exercise](**arguments), list(edits), arguments)
        return (builder or Builder()).block(X, spec)

    def network(**arguments):
        spec = edited(resnet50_spec(**arguments), list(edits), arguments)
        return build_network(spec, builder or Builder())

    return block if exercise in SPECS else network


def make_attempt(exercise: str, function: Callable, arguments: dict):
    """An attempt of `function` with one set of arguments."""
    if exercise in SPECS:
        return attempt_block(function, arguments["input"], called_with(arguments))
    return attempt_model(function, called_with(arguments))


def make_record(exercise: str, arguments: dict, edits: tuple = ()) -> dict:
    """What an attempt at the reference with `edits` gives for one set of arguments."""
    made = make_attempt(exercise, build_function(exercise, edits), arguments)
    if isinstance(made.error, KeyError) and "another mistake" in str(made.error):
        raise made.error
    return record(made, arguments["input"], arguments["seed"])


def mistake_records(exercise: str, edits: tuple) -> list[dict]:
    """The records of all argument sets; of ResNet50's only as far as the first that differs."""
    records = []
    for arguments in ARGUMENT_SETS[exercise]:
        records.append(make_record(exercise, arguments, edits))
        if exercise not in SPECS:
            keras.backend.clear_session()  # or the 200 MB of every network stay
            if not same_record(records[-1], reference(exercise, len(records) - 1)):
                break
    return records


_references: dict[tuple[str, int], dict] = {}


def reference(exercise: str, index: int) -> dict:
    """The reference's record for one set of arguments, made once."""
    key = exercise, index
    if key not in _references:
        _references[key] = make_record(exercise, ARGUMENT_SETS[exercise][index])
    return _references[key]


def make_components(exercise: str, arguments: dict) -> list[dict]:
    """Every step of the reference: label, predecessors, layer name and role, shape and values."""
    builder = Builder()
    made = make_attempt(exercise, build_function(exercise, (), builder), arguments)
    roles = assign_weights(keras.Model(made.start, made.tensors), arguments["seed"])
    x = input_for(made.start, arguments["input"], arguments["seed"])
    tensors = [tensor for _, tensor in builder.taps]
    index = {id(tensor): i for i, tensor in enumerate(tensors)}
    found = []
    for (name, tensor), value in zip(builder.taps, evaluate(tensors, x, "inference"), strict=True):
        layer = producer(tensor).operation
        entry = {
            "label": step_label(name),
            "after": [index[id(t)] for t in producer(tensor).input_tensors if id(t) in index],
            "shape": list(value.shape[1:]),
            "values": summarise(value),
        }
        if layer in roles:
            entry |= {"role": roles[layer], "name": layer.name}
        found.append(entry)
    return found


def gradient_records(function: Callable) -> list:
    """The norms that `function(model, X, Y)` gives for every case."""
    return [norms_record(attempt_norms(function, case)) for case in CASES]


def exercise_data(exercise: str) -> dict:
    """All that the checks know about one exercise."""
    if exercise == "gradient_norms":
        data = {"reference": gradient_records(gradient_norms), "components": []}
        records = gradient_records
    else:
        sets = ARGUMENT_SETS[exercise]
        data = {
            "reference": [reference(exercise, index) for index in range(len(sets))],
            "components": [make_components(exercise, arguments) for arguments in sets],
        }
        records = functools.partial(mistake_records, exercise)
    return {
        **data,
        "mistakes": {
            entry.id: [records(variant) for variant in entry.variants]
            for entry in CATALOGUE[exercise]
        },
    }


def write_words() -> None:
    """Write the mistakes' titles, reasons and hints, a line each."""
    words = {
        exercise: {
            entry.id: {"title": entry.title, "why": entry.why, "hint": entry.hint}
            for entry in entries
        }
        for exercise, entries in CATALOGUE.items()
    }
    WORDS.write_text(json.dumps(words, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_numbers(data: dict) -> None:
    """Write the fingerprints; the same numbers give the same bytes."""
    text = json.dumps(data, separators=(",", ":"), sort_keys=True)
    FILE.write_bytes(gzip.compress(text.encode(), mtime=0))


def source_digest() -> str:
    """A short text that changes whenever the code behind the numbers changes.

    Comments, layout, docstrings and prose (strings with a space in them) do not count.
    """
    files = [file for file in Path(__file__).parent.glob("*.py") if file.name not in _AROUND]
    files += [CHECKS / f"{name}.py" for name in _BEHIND_NUMBERS]
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(files):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            digest.update(_essence(node).encode())
    return digest.hexdigest()


_AROUND = ("__init__.py", "fingerprints.py", "step_labels.py")
_BEHIND_NUMBERS = ("arguments", "cases", "fingerprint", "graph")


def _essence(node: ast.AST) -> str:
    parts = [type(node).__name__]
    parts += [
        str(getattr(node, key)) for key in ("id", "attr", "arg", "name") if hasattr(node, key)
    ]
    if isinstance(node, ast.Constant) and " " not in str(node.value):
        parts.append(repr(node.value))
    return " ".join(parts)


def main(exercises: list[str]) -> None:
    """Renew the words, and the numbers of all exercises or of the named ones."""
    write_words()
    if exercises == ["--texts"]:
        return
    data = stored_numbers() if exercises else {}
    for exercise in exercises or CATALOGUE:
        begun = time.perf_counter()
        data[exercise] = exercise_data(exercise)
        keras.backend.clear_session()
        count = len(data[exercise]["mistakes"])
        data["source"] = source_digest()
        print(f"{exercise}: {count} mistakes, {time.perf_counter() - begun:.0f} s", flush=True)
    write_numbers(data)


if __name__ == "__main__":
    main(sys.argv[1:])
