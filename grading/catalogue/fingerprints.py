"""Compute the numbers that the checks compare with: `python -m grading.catalogue.fingerprints`.

The command builds the reference and every mistake of the catalogue for every set of arguments. It
writes the arguments and fingerprints to `resnets/checks/fingerprints.json.gz`, and the mistakes'
words to `resnets/mistakes.json`. With names of exercises it renews only those, and with `--texts`
only the words. All of it takes about eight minutes, most of them for ResNet50.
"""

from __future__ import annotations

import argparse
import ast
import functools
import gzip
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import keras

import resnets.checks
from grading.catalogue.entries import CATALOGUE
from grading.catalogue.entry import Numbers
from grading.catalogue.reference_blocks import Builder, StepMissing
from grading.catalogue.step_labels import step_label
from resnets.checks.attempt import BuildRecord, attempt_architecture, input_for, record
from resnets.checks.compare import FILE, same_record, stored_numbers
from resnets.checks.fingerprint import evaluate, summarise
from resnets.checks.given import pack, unpack
from resnets.checks.graph import assign_weights, producer
from resnets.checks.numbers import attempt_numbers, numbers_record
from resnets.exercises import EXERCISES, Kind, Outcome
from resnets.words import FILE as WORDS

CHECKS = Path(resnets.checks.__file__).parent


def make_record(exercise: str, arguments: dict, edits: tuple = ()) -> BuildRecord:
    """Return the record of the reference with `edits` for one set of arguments."""
    made = attempt_architecture(exercise, CATALOGUE[exercise].reference(edits), arguments)
    if isinstance(made.error, StepMissing):
        raise made.error
    return record(made, arguments)


def mistake_records(exercise: str, edits: tuple) -> list[BuildRecord]:
    """Return a record for each argument set; for a network only up to the first that differs."""
    records = []
    for index, arguments in enumerate(CATALOGUE[exercise].stored):
        records.append(make_record(exercise, arguments, edits))
        if EXERCISES[exercise].kind is Kind.NETWORK:
            keras.backend.clear_session()  # otherwise the 200 MB of each network are never freed
            if not same_record(records[-1], reference(exercise, index)):
                break
    return records


@functools.cache
def reference(exercise: str, index: int) -> BuildRecord:
    """Return the reference's record for one set of arguments, computed once."""
    return make_record(exercise, CATALOGUE[exercise].stored[index])


def make_components(exercise: str, arguments: dict) -> list[dict]:
    """Return the reference's steps: label, predecessors, layer name and role, shape and values."""
    builder = Builder()
    function = CATALOGUE[exercise].reference((), builder)
    made = attempt_architecture(exercise, function, arguments)
    tensors = [tap.tensor for tap in builder.taps]
    model = keras.Model(made.start, tensors)
    roles = assign_weights(model, arguments["seed"])
    values = evaluate(model, input_for(made.start, arguments), "inference")
    index = {id(tensor): i for i, tensor in enumerate(tensors)}
    components = []
    for tap, value in zip(builder.taps, values, strict=True):
        layer = producer(tap.tensor).operation
        component = {
            "label": step_label(tap.name),
            "after": [index[id(t)] for t in producer(tap.tensor).input_tensors if id(t) in index],
            "shape": list(value.shape[1:]),
            "values": summarise(value),
        }
        if tap.exercise in EXERCISES[exercise].calls:
            component["inside"] = tap.exercise
        if layer in roles:
            component |= {"role": roles[layer], "name": layer.name}
        components.append(component)
    return components


def exercise_data(exercise: str) -> dict:
    """Return the data that the checks need for one exercise."""
    entry = CATALOGUE[exercise]
    return _numbers(exercise, entry) if isinstance(entry, Numbers) else _architecture(exercise)


def _architecture(exercise: str) -> dict:
    entry = CATALOGUE[exercise]
    return {
        "arguments": entry.stored,
        "reference": [reference(exercise, index) for index in range(len(entry.stored))],
        "components": [make_components(exercise, arguments) for arguments in entry.stored],
        "mistakes": {
            mistake.id: [mistake_records(exercise, variant) for variant in mistake.variants]
            for mistake in entry.mistakes
        },
    }


def _numbers(exercise: str, entry: Numbers) -> dict:
    calls = [{"title": title, "arguments": pack(make())} for title, make in entry.stored.items()]

    def records(function: Callable) -> list:
        outcome = EXERCISES[exercise].outcome
        attempts = [attempt_numbers(function, unpack(one["arguments"]), outcome) for one in calls]
        return [numbers_record(attempt) for attempt in attempts]

    return {
        "arguments": calls,
        "reference": records(entry.reference),
        "mistakes": {
            mistake.id: [records(variant) for variant in mistake.variants]
            for mistake in entry.mistakes
        },
    }


def write_words() -> None:
    """Write the titles, reasons and hints of all mistakes, each on a line of its own."""
    words = {
        exercise: {
            mistake.id: {"title": mistake.title, "why": mistake.why, "hint": mistake.hint}
            for mistake in entry.mistakes
        }
        for exercise, entry in CATALOGUE.items()
    }
    WORDS.write_text(json.dumps(words, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_numbers(data: dict) -> None:
    """Write the fingerprints; equal numbers give equal bytes.

    Keys are not sorted, because arguments are passed by position if a learner's parameters have
    other names.
    """
    FILE.write_bytes(gzip.compress(as_json(data).encode(), mtime=0))


def as_json(data: object) -> str:
    """Return data that may contain `BuildRecord`s as JSON."""
    return json.dumps(data, separators=(",", ":"), default=BuildRecord.to_json)


def source_digest(exercise: str) -> str:
    """Return a text that changes whenever the code behind an exercise's numbers changes.

    This code is the exercise's module, the modules of this package that it imports, and the modules
    that turn a function into numbers. Comments, layout, and the words of docstrings and of other
    strings with a space in them do not count.
    """
    room = Path(__file__).parent
    waiting = [room / f"{exercise.lower()}.py"]
    trees: dict[Path, ast.Module] = {}
    while waiting:
        file = waiting.pop()
        if file not in trees:
            trees[file] = ast.parse(file.read_text(encoding="utf-8"))
            modules = [n.module for n in trees[file].body if isinstance(n, ast.ImportFrom)]
            names = [name.rpartition(".") for name in modules]
            waiting += [room / f"{name}.py" for place, _, name in names if place == __package__]
    is_tensor = EXERCISES[exercise].outcome is Outcome.RETURNED_TENSOR
    for name in (*_BEHIND_NUMBERS, *(["symbolic"] if is_tensor else [])):
        file = CHECKS / f"{name}.py"
        trees[file] = ast.parse(file.read_text(encoding="utf-8"))
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(trees):
        for node in ast.walk(trees[file]):
            digest.update(_essence(node).encode())
    return digest.hexdigest()


_BEHIND_NUMBERS = ("fingerprint", "graph")


def _essence(node: ast.AST) -> str:
    parts = [type(node).__name__]
    parts += [
        str(getattr(node, key)) for key in ("id", "attr", "arg", "name") if hasattr(node, key)
    ]
    if isinstance(node, ast.Constant) and " " not in str(node.value):
        parts.append(repr(node.value))
    return " ".join(parts)


def main() -> None:
    """Renew the words, and the numbers of all exercises or of those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("exercises", nargs="*", metavar="EXERCISE")
    parser.add_argument("--texts", action="store_true", help="renew only the words")
    options = parser.parse_args()
    if unknown := set(options.exercises) - set(CATALOGUE):
        parser.error(f"no exercise called {', '.join(unknown)}; there are {', '.join(CATALOGUE)}")
    write_words()
    if options.texts:
        return
    data = dict(stored_numbers()) if options.exercises else {}
    for exercise in options.exercises or CATALOGUE:
        begun = time.perf_counter()
        data[exercise] = {"source": source_digest(exercise), **exercise_data(exercise)}
        keras.backend.clear_session()
        count = len(data[exercise]["mistakes"])
        print(f"{exercise}: {count} mistakes, {time.perf_counter() - begun:.0f} s", flush=True)
    write_numbers({exercise: data[exercise] for exercise in CATALOGUE if exercise in data})


if __name__ == "__main__":
    main()
