"""The catalogue: for each exercise the reference, the known mistakes and what it is called with.

Who calls it: `grading.catalogue.fingerprints`, which turns it into the data that the checks compare
with, and the judge. Nothing of it is handed out as code.
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
    """The catalogue's mistake of this id; raises KeyError where there is none."""
    for entry in CATALOGUE[exercise].mistakes:
        if entry.id == mistake:
            return entry
    raise KeyError(f"no mistake {mistake!r} in the catalogue of {exercise}")
