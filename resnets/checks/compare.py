"""Compare what a learner's function built with the reference and with every known mistake.

Who calls it: the checks. What is compared with is data: the arguments that a function is called
with and the numbers that come of it, in `fingerprints.json.gz`, and words in
`resnets/mistakes.json`. `python -m grading.catalogue.fingerprints` makes both.
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
    """The content of the file: each exercise's numbers, and the source that they come from."""
    return json.loads(gzip.decompress(FILE.read_bytes()))


@functools.cache
def fingerprints(exercise: str) -> dict:
    """What is stored about an exercise: reference, components, and mistakes with their words.

    Raises:
        LookupError: nothing is stored; the message says which command stores it.
    """
    stored = _stored(exercise)
    mistakes = [
        {"id": name, **text, "variants": stored["mistakes"][name]}
        for name, text in words.mistakes()[exercise].items()
    ]
    return {**stored, "mistakes": mistakes}


def stored_calls(exercise: str) -> list[dict]:
    """The arguments that the check calls a function with, a set for each call.

    They vary everything that a function could have hard-coded. Those of a numeric exercise are
    packed (see `given`), under "title" and "arguments".
    """
    return _stored(exercise)["arguments"]


def _stored(exercise: str) -> dict:
    if exercise not in stored_numbers():
        raise LookupError(
            f"nothing is stored to compare {exercise} with: run "
            f"`python -m grading.catalogue.fingerprints {exercise}` first"
        )
    return stored_numbers()[exercise]


def same_record(a: dict, b: dict) -> bool:
    """Whether two attempts went alike: built the same function, or stopped in the same way."""
    return (
        a["state"] == b["state"]
        and a["ended"] == b["ended"]
        and a.get("input") == b.get("input")
        and same_tensors(a["tensors"], b["tensors"])
    )


def is_reference(exercise: str, records: list[dict]) -> bool:
    """Whether the records of all argument sets are those of the reference."""
    reference = fingerprints(exercise)["reference"]
    return all(same_record(a, b) for a, b in zip(records, reference, strict=True))


def matching_mistakes(exercise: str, records: list[dict]) -> list[dict]:
    """The known mistakes that explain the records of all argument sets, the simplest first."""
    return [
        mistake
        for mistake in fingerprints(exercise)["mistakes"]
        if any(
            all(same_record(a, b) for a, b in zip(records, variant, strict=False))
            for variant in mistake["variants"]
        )
    ]
