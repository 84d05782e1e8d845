"""The words of mistakes: one text for the check in the notebook and for the student's page.

Those of the catalogue stand in `mistakes.json`, which `python -m grading.catalogue.fingerprints`
writes; those of findings that no fingerprint tells stand here. Who calls it: the checks, and the
grader's marks and pages.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

FILE = Path(__file__).with_name("mistakes.json")

LAYER_NAMES_TWICE = {
    "id": "layer_names_twice",
    "title": "Two layers of the network have the same name, and Keras needs unique names.",
    "why": "A layer's name is made from stage and block letter; it is how weights are found again "
    "in a file.",
    "hint": "Give every block of a stage a letter of its own ('a', 'b', 'c' ...), and every stage "
    "its number.",
}
CLOSED = {
    "id": "closed",
    "title": "Part of it cannot be looked into, so it cannot be marked as it is.",
    "why": "Check and grader compare what each step computes. They can look into Keras's layers, "
    "into functions of `keras.ops` and the usual ones of TensorFlow, and into your own layers and "
    "`Lambda`s that are made of these. They cannot follow code that needs real numbers "
    "(`.numpy()`, `if` on a tensor), that makes weights of its own (`add_weight`, `Variable`), or "
    "that calls other libraries.",
    "hint": "Write that step with Keras's layers, or with functions of `keras.ops`.",
}
# A changed default costs nothing: the function is right for the arguments that it is given.
CHANGED_DEFAULT = {
    "convolutional_block": {
        "id": "default_stride",
        "title": "The default of s is not 2.",
        "why": "Called without s, the block should halve height and width; old notebooks rely on "
        "it.",
        "hint": "Write s=2 in the function's first line.",
    },
    "ResNet50": {
        "id": "defaults",
        "title": "Called without arguments it is not the network for 64x64x3 images and 6 classes.",
        "why": "The lessons, and old notebooks, call ResNet50() without arguments too.",
        "hint": "Restore the function's first line: input_shape=(64, 64, 3), classes=6.",
    },
}


@functools.cache
def mistakes() -> dict[str, dict[str, dict[str, str]]]:
    """The catalogued mistakes of each exercise, the simplest first: title, why and hint by id."""
    return json.loads(FILE.read_text(encoding="utf-8"))
