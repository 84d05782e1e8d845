"""Compare what a learner's function built with the reference and with every known mistake.

Who calls it: the checks. A check needs no solution beside it, because it compares with stored data:
`fingerprints.json.gz` holds the arguments of each call and the resulting numbers,
`resnets/mistakes.json` the words. `python -m grading.catalogue.fingerprints` makes both.
"""

from __future__ import annotations

import functools
import gzip
import json
from pathlib import Path

from resnets import words
from resnets.checks.fingerprint import same_tensors

FILE = Path(__file__).with_name("fingerprints.json.gz")


@functools.cache
def stored_numbers() -> dict:
    """Return the file's content by exercise: the numbers and a digest of the code behind them."""
    return json.loads(gzip.decompress(FILE.read_bytes()))


@functools.cache
def fingerprints(exercise: str) -> dict:
    """Return the stored data of an exercise: reference, components, mistakes with their words.

    Raises:
        LookupError: nothing is stored; the message names the command that stores it.
    """
    stored = _stored(exercise)
    mistakes = [
        {"id": name, **text, "variants": stored["mistakes"][name]}
        for name, text in words.mistakes()[exercise].items()
    ]
    return {**stored, "mistakes": mistakes}


def stored_calls(exercise: str) -> list[dict]:
    """Return the arguments of each call that the check makes.

    They vary everything that a function could have hard-coded. For a numeric exercise each entry
    has a "title" and packed "arguments" (see `given`).
    """
    return _stored(exercise)["arguments"]


def _stored(exercise: str) -> dict:
    if exercise not in stored_numbers():
        raise LookupError(
            f"no fingerprints are stored for {exercise}: run "
            f"`python -m grading.catalogue.fingerprints {exercise}` first"
        )
    return stored_numbers()[exercise]


def same_record(a: dict, b: dict) -> bool:
    """Return whether two attempts built the same function or stopped in the same way."""
    return (
        a["state"] == b["state"]
        and a["ended"] == b["ended"]
        and a.get("input") == b.get("input")
        and same_tensors(a["tensors"], b["tensors"])
    )


def is_reference(exercise: str, records: list[dict]) -> bool:
    """Return whether the records of all calls equal those of the reference."""
    reference = fingerprints(exercise)["reference"]
    return all(same_record(a, b) for a, b in zip(records, reference, strict=True))


def matching_mistakes(exercise: str, records: list[dict]) -> list[dict]:
    """Return the known mistakes that explain the records of all calls, the simplest first."""
    return [
        mistake
        for mistake in fingerprints(exercise)["mistakes"]
        if any(
            all(same_record(a, b) for a, b in zip(records, variant, strict=False))
            for variant in mistake["variants"]
        )
    ]
