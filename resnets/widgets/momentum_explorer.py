"""Lesson 5's figure to move: the learner's own training, with another momentum and fewer steps.

Who calls it: lesson 5, with the diary of what each batch contributed.
"""

from __future__ import annotations

import numpy as np

from resnets.plots.style import BLUE, GREEN, VERMILLION, LessonFigure, new_figure, styled
from resnets.training.stored import outputs_are_stored
from resnets.widgets.movable import Control, movable

MOMENTUMS = (0.5, 0.8, 0.9, 0.935, 0.95, 0.98, 0.99, 0.995, 0.999)
_SCALE = (0.1, 1e4)  # of the right panel, so that it holds every training


def explore_momentum(start: np.ndarray, batches: np.ndarray) -> None:
    """Replay the moving averages of a training, for any momentum and number of steps.

    Args:
        start: the values of the averages before the first step, shape (n,).
        batches: what each step's batch contributed, shape (steps, n).

    Raises:
        ValueError: the shapes do not belong together, or there is no step.
    """
    if batches.ndim != 2 or not len(batches) or start.shape != batches.shape[1:]:
        raise ValueError(
            f"explore_momentum: expected the start's values, shape (n,), and those of each batch, "
            f"shape (steps, n), got {start.shape} and {batches.shape}."
        )
    count = len(batches)
    steps = sorted({1, *range(4, count, 4), count})
    controls = {
        "momentum": Control(MOMENTUMS, 0.99, "momentum"),
        "steps": Control(steps, count, "steps of your training"),
    }
    movable(lambda momentum, steps: plot_momentum(start, batches, momentum, steps), controls)


def replayed(start: np.ndarray, batches: np.ndarray, momentum: float) -> np.ndarray:
    """Return the moving averages after 0, 1, 2 ... steps, shape (steps + 1, n).

    Args:
        start, batches: as for `explore_momentum`.
        momentum: the share that each step keeps.
    """
    averages = [np.asarray(start, np.float64)]
    for batch in batches:
        averages.append(momentum * averages[-1] + (1 - momentum) * batch)
    return np.stack(averages)


@styled
def plot_momentum(
    start: np.ndarray, batches: np.ndarray, momentum: float, steps: int
) -> LessonFigure:
    """Left the share of the start in the averages, right the averages beside the batches.

    Args:
        start, batches: as for `explore_momentum`; variances, so that they have a ratio.
        momentum: the share that each step keeps.
        steps: how many steps are replayed.
    """
    count = len(batches)
    share = momentum ** np.arange(count + 1)
    averages = replayed(start, batches, momentum)
    late = np.median(batches[-min(10, count) :], axis=0)
    # A channel that is always 0 has no ratio.
    usable = late > 0
    ratio = np.median(averages[:, usable] / late[usable], axis=1)
    fig = new_figure(8.4, 3.4)
    left, right = fig.subplots(1, 2)
    for ax, values in ((left, share), (right, ratio)):
        ax.plot(range(count + 1), values, color="#BBBBBB")
        ax.plot(range(steps + 1), values[: steps + 1], color=BLUE, linewidth=2.5)
        ax.plot(steps, values[steps], "o", color=VERMILLION, markersize=9, clip_on=False)
        ax.set_xlim(-0.5, count + 0.5)
        ax.set_xlabel("training steps")
    left.set_ylim(-0.02, 1.02)
    left.set_ylabel("share of the start")
    left.set_title(f"{share[steps]:.1%} of the start is left")
    right.axhline(1, color=GREEN, linestyle="--")
    right.set_yscale("log")
    right.set_ylim(*_SCALE)
    right.set_ylabel("average / last batches (median)")
    right.set_title("Moving variance: 1 would be right")
    measured = f"{ratio[steps]:.3g} times" if not outputs_are_stored() else "a multiple of"
    fig.alt = (
        f"With momentum {momentum}, {share[steps]:.1%} of the start is left after {steps} of "
        f"{count} steps, and the moving variance is {measured} the variance of the last batches."
    )
    return fig
