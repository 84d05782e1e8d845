"""The catalogue of mistakes: the reference with one mistake built in, and what to say about it.

Who calls it: `grading.catalogue.fingerprints`, which turns it into the data that the checks compare
with, and the judge. Nothing of it is handed out as code.

`CATALOGUE[exercise]` lists the mistakes, the simpler ones first: when two fit, the first is named
and the others are mentioned. A mistake may have several variants (another place, another value),
each a tuple of edits of the reference (of `gradient_norms`: a function).
"""

from __future__ import annotations

from grading.catalogue.blocks import BLOCK_MISTAKES
from grading.catalogue.convolutional_block import CONVOLUTIONAL_MISTAKES
from grading.catalogue.gradient_norms import GRADIENT_MISTAKES
from grading.catalogue.identity_block import IDENTITY_MISTAKES
from grading.catalogue.mistake import Mistake
from grading.catalogue.resnet50 import RESNET50_MISTAKES

CATALOGUE: dict[str, list[Mistake]] = {
    "identity_block": [*BLOCK_MISTAKES, *IDENTITY_MISTAKES],
    "convolutional_block": [*BLOCK_MISTAKES, *CONVOLUTIONAL_MISTAKES],
    "gradient_norms": GRADIENT_MISTAKES,
    "ResNet50": RESNET50_MISTAKES,
}


def find(exercise: str, mistake: str) -> Mistake:
    """The catalogue's entry; raises KeyError where there is none."""
    for entry in CATALOGUE[exercise]:
        if entry.id == mistake:
            return entry
    raise KeyError(f"no mistake {mistake!r} in the catalogue of {exercise}")
