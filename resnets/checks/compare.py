"""Compare what a learner's function built with the reference and with every known mistake.

Who calls it: the checks. A check needs no solution beside it, because it compares with stored data:
`fingerprints.json.gz` holds the arguments of each call and the resulting numbers,
`resnets/mistakes.json` the words. `python -m grading.catalogue.fingerprints` makes both.
"""

from __future__ import annotations

import functools
import gzip
import json
import math
from dataclasses import dataclass
from pathlib import Path

from resnets import words
from resnets.checks.attempt import BuildRecord
from resnets.checks.fingerprint import MODES, same_tensors

FILE = Path(__file__).with_name("fingerprints.json.gz")


@dataclass(frozen=True)
class KnownMistake:
    """A mistake that a check can name.

    Attributes:
        id: its id in the catalogue.
        title, why, hint: its words.
        variants: for each way of making it, a record of each call; for a network only up to the
            first that differs from the reference's.
    """

    id: str
    title: str
    why: str
    hint: str
    variants: list[list]


@dataclass(frozen=True)
class Fingerprints:
    """The stored data of an exercise.

    Attributes:
        reference: the reference's record of each call; a list of numbers for a numeric exercise.
        components: for each call the reference's steps, in order; None for a numeric exercise.
        mistakes: the known mistakes, the simplest first.
    """

    reference: list
    components: list[list[dict]] | None
    mistakes: list[KnownMistake]


@functools.cache
def stored_numbers() -> dict:
    """Return the file's content by exercise: the numbers and a digest of the code behind them."""
    return json.loads(gzip.decompress(FILE.read_bytes()))


@functools.cache
def fingerprints(exercise: str) -> Fingerprints:
    """Return the stored data of an exercise, with the words of its mistakes.

    Raises:
        LookupError: nothing is stored; the message names the command that stores it.
    """
    stored = _stored(exercise)
    mistakes = [
        KnownMistake(name, **text, variants=[_records(v) for v in stored["mistakes"][name]])
        for name, text in words.mistakes()[exercise].items()
    ]
    return Fingerprints(_records(stored["reference"]), stored.get("components"), mistakes)


def _records(content: list) -> list:
    """Return stored records as `BuildRecord`s; those of a numeric exercise stay lists."""
    return [BuildRecord(**item) if isinstance(item, dict) else item for item in content]


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


def same_record(a: BuildRecord, b: BuildRecord) -> bool:
    """Return whether two attempts built the same function or stopped in the same way."""
    same_end = (a.state, a.ended, a.input) == (b.state, b.ended, b.input)
    return same_end and _is_finite(a) and _is_finite(b) and same_tensors(a.tensors, b.tensors)


def _is_finite(built: BuildRecord) -> bool:
    """Return whether all numbers are finite: to an infinite one, every number would seem equal."""
    summaries = [tensor[mode] for tensor in built.tensors for mode in MODES]
    return all(math.isfinite(number) for summary in summaries for number in summary)


def is_reference(exercise: str, records: list[BuildRecord]) -> bool:
    """Return whether the records of all calls equal those of the reference."""
    reference = fingerprints(exercise).reference
    return all(same_record(a, b) for a, b in zip(records, reference, strict=True))


def matching_mistakes(exercise: str, records: list[BuildRecord]) -> list[KnownMistake]:
    """Return the known mistakes that explain the records of all calls, the simplest first."""
    return [
        mistake
        for mistake in fingerprints(exercise).mistakes
        if any(
            all(same_record(a, b) for a, b in zip(records, variant, strict=False))
            for variant in mistake.variants
        )
    ]
