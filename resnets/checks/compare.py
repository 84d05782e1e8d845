"""Compare what a learner's function built with the reference and with every known mistake.

Who calls it: the checks. What is compared with is data: numbers in `fingerprints.json.gz`, words in
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
    """What is stored about an exercise: reference, components, and mistakes with their words."""
    stored = stored_numbers()[exercise]
    mistakes = [
        {"id": name, **text, "variants": stored["mistakes"][name]}
        for name, text in words.mistakes()[exercise].items()
    ]
    return {**stored, "mistakes": mistakes}


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
