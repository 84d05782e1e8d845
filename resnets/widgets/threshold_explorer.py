"""Lesson 6's threshold to move: which answers it lets through, and which mistakes among them.

Who calls it: lesson 6, with the answers for a test set that has errors.
"""

from __future__ import annotations

import numpy as np

from resnets.plots.style import BLUE, GREY, VERMILLION, LessonFigure, new_figure, styled
from resnets.widgets.movable import Control, movable

_THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99)
_COLUMNS, _ROWS = 8, 4
_MARGIN = 4  # white pixels around an image
_SIDE = 64 + 2 * _MARGIN
_FADED = 0.2


def explore_threshold(images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> None:
    """Show a threshold to move over the answers for a test set.

    Args:
        images: uint8 of shape (m, 64, 64, 3).
        labels: m whole numbers, of any shape.
        probabilities: the network's answers, shape (m, classes).
    """
    labels = np.asarray(labels).reshape(-1)

    def draw(threshold: float) -> LessonFigure:
        return plot_threshold(images, labels, probabilities, threshold)

    movable(draw, {"threshold": Control(_THRESHOLDS, 0.8, "threshold")})


@styled
def plot_threshold(
    images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, threshold: float
) -> LessonFigure:
    """Left how many answers reach the threshold, right the mistakes, faded where they do not.

    Args:
        images, labels, probabilities: as for `explore_threshold`.
        threshold: from 0 to 1.
    """
    highest, answers = probabilities.max(axis=1), probabilities.argmax(axis=1)
    wrong, reached = answers != labels, highest >= threshold
    counts = [np.sum(reached & ~wrong), np.sum(reached & wrong), np.sum(~reached)]
    names = ["right answers", "wrong answers", "no answer"]
    fig = new_figure(9, 3.9)
    left, right = fig.subplots(1, 2, width_ratios=[1, 1.6])
    bars = left.bar(names, counts, color=[BLUE, VERMILLION, GREY])
    left.bar_label(bars, padding=2)
    left.set_ylim(0, len(images) * 1.1)
    left.set_xticks(range(3), [name.replace(" ", "\n") for name in names])
    left.grid(axis="x", visible=False)
    left.set_ylabel("images")
    left.set_title(f"threshold {threshold:g}")
    order = np.flatnonzero(wrong)[np.argsort(-highest[wrong], kind="stable")][: _COLUMNS * _ROWS]
    right.imshow(_sheet(images[order], reached[order]))
    for place, i in enumerate(order):
        x, y = place % _COLUMNS, place // _COLUMNS
        words = f"{labels[i]} as {answers[i]}, {highest[i]:.3f}"
        shade = "black" if reached[i] else GREY
        x, y = _SIDE * (x + 0.5), (_SIDE + 16) * y + 76
        right.text(x, y, words, ha="center", fontsize=6, c=shade)
    right.axis("off")
    right.set_title("the mistakes, the surest first")
    fig.alt = (
        f"At a threshold of {threshold:g}, {counts[0]} of {len(images)} images get a right answer, "
        f"{counts[1]} a wrong one, and {counts[2]} no answer. Right: the {len(order)} images that "
        "the network reads wrongly, those below the threshold faded."
    )
    return fig


def _sheet(images: np.ndarray, reached: np.ndarray) -> np.ndarray:
    """The images in one, in rows of eight with room for a line of text under each."""
    sheet = np.full(((_SIDE + 16) * _ROWS, _SIDE * _COLUMNS, 3), 255, np.uint8)
    for place, (image, is_reached) in enumerate(zip(images, reached, strict=True)):
        shown = image if is_reached else 255 - (_FADED * (255 - image.astype(float)))
        top = (_SIDE + 16) * (place // _COLUMNS) + _MARGIN
        left = _SIDE * (place % _COLUMNS) + _MARGIN
        sheet[top : top + 64, left : left + 64] = shown
    return sheet
