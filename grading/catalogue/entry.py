"""The form of a catalogue entry; each exercise's module has one.

The module's name is the exercise's name in lower case, and the entry's name is `ENTRY`.
`grading.catalogue.entries` collects all entries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from grading.catalogue.mistake import Edit, Mistake
from grading.catalogue.reference_blocks import Builder


@dataclass(frozen=True)
class Architecture:
    """An exercise whose function builds an architecture: a block or a network.

    Attributes:
        mistakes: the known mistakes, simpler ones first. If several fit, the first is named and
            the others are mentioned.
        reference: `reference(edits, builder)` returns the right function, or one with these
            mistakes built in. The function leaves its steps in `builder.taps`.
        stored: the argument sets of the check's calls. Each has the function's arguments, "input"
            (height, width, channels) of X, and "seed" for weights and the values of X. Together
            they vary everything that a function could have hard-coded.
        lesson: the arguments of the lesson's call, without a seed. A function that is right for
            this call only has hard-coded something.
        draw: draws the arguments of the grader's further calls, in which every mistake shows. A
            call without "seed" gets a different one for each submission.
        pool: how many draws a class shares; the reference is built once for each.
    """

    mistakes: list[Mistake]
    reference: Callable[[tuple[Edit, ...], Builder | None], Callable]
    stored: list[dict]
    lesson: dict
    draw: Callable[[np.random.Generator], list[dict]]
    pool: int = 40


@dataclass(frozen=True)
class Numbers:
    """An exercise whose function returns numbers.

    Attributes:
        mistakes: the known mistakes, simpler ones first; each variant is a function with the
            mistake, which takes the same arguments and leaves them as they are (in an exercise
            whose outcome is a changed model, it changes the model like a student's function).
        reference: the right function.
        stored: the check's calls: a title and a function that returns the arguments by name, in
            their order.
        arguments: `arguments(draw)` returns the arguments for a draw.
        draw: draws a few numbers for each of the grader's calls. The first call decides about the
            aspect "function", all calls together about "generality".
        pool: how many draws a class shares; the right numbers are computed once for each.
    """

    mistakes: list[Mistake]
    reference: Callable
    stored: dict[str, Callable[[], dict[str, object]]]
    arguments: Callable[[dict], dict[str, object]]
    draw: Callable[[np.random.Generator], list[dict]]
    pool: int = 20
