"""The catalogue: for each exercise the reference, the known mistakes and the calls' arguments.

The judge uses it, and so does `grading.catalogue.fingerprints`, which computes from it the numbers
that the checks compare with. Its code is not part of what learners get.
"""

from __future__ import annotations

import importlib

from grading.catalogue.entry import Architecture, Numbers
from grading.catalogue.mistake import Mistake
from resnets.exercises import EXERCISES

CATALOGUE: dict[str, Architecture | Numbers] = {
    name: importlib.import_module(f"grading.catalogue.{name.lower()}").ENTRY for name in EXERCISES
}


def find(exercise: str, mistake: str) -> Mistake:
    """Return the mistake with this id; raise KeyError if the exercise has none."""
    for entry in CATALOGUE[exercise].mistakes:
        if entry.id == mistake:
            return entry
    raise KeyError(f"no mistake {mistake!r} in the catalogue of {exercise}")
