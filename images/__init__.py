"""The course's figures: a drawing function for each, all in the visual language of `style`.

`python -m images` draws all of them, and `python -m images identity_block_3` only this one. The SVG
files beside these scripts are generated: change the script, draw, and commit both.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import (
    blocks,
    fast_training,
    hero,
    nested_classes,
    resnet50,
    signs_sheet,
    skip_connection,
    vanishing_gradient,
)
from .canvas import Canvas

FOLDER = Path(__file__).resolve().parent

FIGURES: dict[str, Callable[[], Canvas]] = {
    "nested_classes": nested_classes.draw,
    "skip_connection": skip_connection.draw,
    "vanishing_gradient": vanishing_gradient.draw,
    "identity_block_2": blocks.identity_block_2,
    "identity_block_3": blocks.identity_block_3,
    "convolutional_block": blocks.convolutional_block,
    "resnet50": resnet50.draw,
    "signs_sheet": signs_sheet.draw,
    "hero": hero.draw,
    "fast_training": fast_training.draw,
}


def draw(name: str) -> Canvas:
    """The figure `name`, drawn but not written.

    Raises:
        KeyError: there is no such figure; the message names those that exist.
    """
    if name not in FIGURES:
        raise KeyError(f"no figure called {name!r}; there are {', '.join(FIGURES)}")
    return FIGURES[name]()
