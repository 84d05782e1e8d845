"""What the catalogue knows about an exercise: one entry in each exercise's module.

An exercise's module is called as the exercise is, in lower case, and names its entry `ENTRY`.
`grading.catalogue.entries` collects them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from grading.catalogue.mistake import Edit, Mistake
from grading.catalogue.reference_blocks import Builder


@dataclass(frozen=True)
class Architecture:
    """A block or a network.

    Attributes:
        mistakes: the simpler ones first: when two fit, the first is named and the others are
            mentioned.
        reference: `reference(edits, builder)` gives the right function, or the one with these
            mistakes built in; it leaves its steps in `builder.taps`.
        stored: what the check calls the function with: its arguments, "input" (height, width,
            channels) of X, and a "seed" for weights and the values of X. They vary everything
            that a function could have hard-coded.
        lesson: what the lesson calls it with, without a seed. A function that is right only for
            this has hard-coded something.
        draw: what the grader calls it with, too; whatever is a mistake shows in these calls.
            Without a "seed" a call gets one for each submission.
        pool: how many draws a class shares. The reference is built once for each.
    """

    mistakes: list[Mistake]
    reference: Callable[[tuple[Edit, ...], Builder | None], Callable]
    stored: list[dict]
    lesson: dict
    draw: Callable[[np.random.Generator], list[dict]]
    pool: int = 40


@dataclass(frozen=True)
class Numbers:
    """A function that returns numbers.

    Attributes:
        mistakes: as above; a variant is a function with this mistake, of the same arguments.
        reference: the right function.
        stored: what the check calls the function with: a title and a function that makes the
            arguments, by name and in their order.
        arguments: `arguments(draw)` makes the arguments that a draw stands for.
        draw: a few numbers for each of the grader's calls. The first call decides about the aspect
            "function", all of them about "generality".
        pool: how many draws a class shares. The right numbers are measured once for each.
    """

    mistakes: list[Mistake]
    reference: Callable
    stored: dict[str, Callable[[], dict[str, object]]]
    arguments: Callable[[dict], dict[str, object]]
    draw: Callable[[np.random.Generator], list[dict]]
    pool: int = 20
