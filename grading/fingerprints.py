"""Store what the checks compare with: `python -m grading.fingerprints`.

Builds the reference and every mistake of the catalogue for every set of arguments and writes
their fingerprints, and the mistakes' titles and hints, to `resnets_checks_fingerprints.json`.
Give exercises' names to renew only those.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import keras

from grading.builds import Builder, convolutional_spec, edited, identity_spec
from grading.mistakes import CATALOGUE
from grading.mistakes_model import Mistake
from resnets_checks_arguments import ARGUMENT_SETS, block_arguments
from resnets_checks_attempt import attempt_block, input_for, record
from resnets_checks_fingerprint import evaluate, summarise
from resnets_checks_graph import assign_weights, producer

FILE = Path(__file__).resolve().parent.parent / "resnets_checks_fingerprints.json"
SPECS = {"identity_block": identity_spec, "convolutional_block": convolutional_spec}


def block_function(exercise: str, edits: tuple = ()) -> Callable:
    """The reference block with `edits` built in, as a function of the classic's signature."""

    def function(X, f, filters, stage, block, **more):  # noqa: N803 - the classic's name
        arguments = {"f": f, "filters": filters, "stage": stage, "block": block, **more}
        return Builder().block(X, edited(SPECS[exercise](**arguments), list(edits), arguments))

    return function


def block_record(exercise: str, arguments: dict, edits: tuple = ()) -> dict:
    """What an attempt at the reference with `edits` gives for one set of arguments."""
    function = block_function(exercise, edits)
    made = attempt_block(function, arguments["input"], block_arguments(arguments))
    return record(made, arguments["input"], arguments["seed"])


def block_components(exercise: str, arguments: dict) -> list[dict]:
    """Every step of the reference: its label, its layer's name, its shape and values."""
    called = block_arguments(arguments)
    spec = SPECS[exercise](**called)
    start = keras.Input(tuple(arguments["input"]))
    builder = Builder()
    output = builder.block(start, spec)
    return components(start, output, builder.taps, arguments)


def components(start, output, taps: list[tuple[str, object]], arguments: dict) -> list[dict]:
    """What the trace compares with, step by step, in inference mode."""
    model = keras.Model(start, output)
    roles = assign_weights(model, arguments["seed"])
    x = input_for(start, arguments["input"], arguments["seed"])
    values = evaluate([tensor for _, tensor in taps], x, "inference")
    index = {id(tensor): i for i, (_, tensor) in enumerate(taps)}
    found = []
    for (name, tensor), value in zip(taps, values, strict=True):
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


_PLACES = {
    "2a": "first component of the main path", "2b": "second component of the main path",
    "2c": "third component of the main path", "1": "shortcut", "_out": "after the addition",
}  # fmt: skip
_KINDS = {"conv": "convolution", "bn": "BatchNorm", "relu": "ReLU"}


def step_label(name: str) -> str:
    """A step's name in words: `bn2a` is "BatchNorm, first component of the main path"."""
    if name == "add":
        return "the addition of main path and shortcut"
    kind = next(k for k in _KINDS if name.startswith(k))
    return f"{_KINDS[kind]}, {_PLACES[name.removeprefix(kind)]}"


def exercise_data(exercise: str) -> dict:
    """All that the checks know about one exercise."""
    sets = ARGUMENT_SETS[exercise]
    return {
        "reference": [block_record(exercise, arguments) for arguments in sets],
        "components": [block_components(exercise, arguments) for arguments in sets],
        "mistakes": [_mistake_data(exercise, entry, sets) for entry in CATALOGUE[exercise]],
    }


def _mistake_data(exercise: str, entry: Mistake, sets: list[dict]) -> dict:
    return {
        "id": entry.id,
        "title": entry.title,
        "why": entry.why,
        "hint": entry.hint,
        "variants": [
            [block_record(exercise, arguments, edits) for arguments in sets]
            for edits in entry.variants
        ],
    }


def main(exercises: list[str]) -> None:
    """Renew the file, or the named exercises in it."""
    data = json.loads(FILE.read_text()) if exercises else {}
    for exercise in exercises or SPECS:
        begun = time.perf_counter()
        data[exercise] = exercise_data(exercise)
        keras.backend.clear_session()
        count = len(data[exercise]["mistakes"])
        print(f"{exercise}: {count} mistakes, {time.perf_counter() - begun:.0f} s", flush=True)
    FILE.write_text(json.dumps(data, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
