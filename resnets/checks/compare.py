"""Compare what a learner's function built with the reference and with every known mistake.

Who calls it: the checks. What is compared with is data (`resnets/checks/fingerprints.json`);
`python -m grading.catalogue.fingerprints` makes it.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

from resnets.checks.fingerprint import same_tensors

FILE = Path(__file__).resolve().parent / "fingerprints.json"


@functools.cache
def fingerprints(exercise: str) -> dict:
    """What is stored about an exercise: reference, components, mistakes."""
    return json.loads(FILE.read_text(encoding="utf-8"))[exercise]


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
