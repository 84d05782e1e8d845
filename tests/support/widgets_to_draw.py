"""The figures that a learner moves, and guesses in plots: what the stored drawings show."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from resnets.plots.style import LessonFigure, new_figure, styled
from resnets.sizes import NetworkSizes
from resnets.widgets.all_questions import QUESTIONS
from resnets.widgets.block_explorer import make_block, plot_block
from resnets.widgets.drawing import draw_guess, draw_overview
from resnets.widgets.field_explorer import plot_field
from resnets.widgets.gradient_explorer import plot_chosen
from resnets.widgets.momentum_explorer import plot_momentum
from resnets.widgets.network_builder import plot_network
from resnets.widgets.questions import CERTAIN
from resnets.widgets.seen_positions import FIRST, MIDDLE, plot_seen
from resnets.widgets.threshold_explorer import plot_threshold
from tests.support.plots_to_draw import IMAGES

_NORMS = {
    (depth, activation, "he_normal", "no"): 10.0 ** -np.arange(1, depth // 4 + 1)
    for depth in (8, 12)
    for activation in ("sigmoid", "tanh", "relu")
}
_PROBABILITIES = np.array([[0.95, 0.05], [0.4, 0.6], [0.02, 0.98], [0.7, 0.3]])
_BATCHES = np.linspace(0.2, 2, 80).reshape(20, 4)


@styled
def _guess(question: str, value: object) -> LessonFigure:
    """A plot with a guess in it."""
    fig = new_figure(5, 3)
    ax = fig.subplots()
    ax.plot([1, 20], [0.5, 1])
    draw_guess(ax, QUESTIONS[question], value, "your prediction")
    return fig


def _overview() -> LessonFigure:
    """Predictions of every kind: right and certain, wrong, skipped, and not asked yet."""
    right = SimpleNamespace(value=12, measured=10, is_right=True, confidence=CERTAIN)
    curve = 0.4 * 3.8 ** np.arange(-19.0, 1)
    wrong = SimpleNamespace(value=curve[::-1], measured=curve, is_right=False, confidence=CERTAIN)
    choice = SimpleNamespace(value=0, measured=[], is_right=False, confidence=0)
    unasked = SimpleNamespace(value=None, measured=None, is_right=None, confidence=None)
    names = ("millionth", "sigmoid-curve", "relu-weights", "deeper-loss", "stride-unused")
    pairs = zip(names, (right, wrong, choice, unasked, None), strict=True)
    return draw_overview(1, [(QUESTIONS[name], prediction) for name, prediction in pairs])


WIDGETS: dict[str, Callable[[], LessonFigure]] = {
    "block-identity": lambda: plot_block(make_block((3, "same"), (8, 8, 16), 1, 8, False)),
    "block-convolutional": lambda: plot_block(make_block((5, "same"), (8, 16, 32), 2, 15, True)),
    "block-that-breaks": lambda: plot_block(make_block((3, "valid"), (4, 8, 32), 1, 8, False)),
    "field": lambda: plot_field(IMAGES[0], 3, 8, (0, 5), (0, 52, 12, 64)),
    "gradients-chosen": lambda: plot_chosen(_NORMS),
    "momentum": lambda: plot_momentum(np.ones(4), _BATCHES, 0.9, 12),
    "network": lambda: plot_network(NetworkSizes((3, 4, 6, 3), 32, 64), 0.01, 0.02),
    "network-too-small": lambda: plot_network(NetworkSizes((1, 2, 8, 1), 96, 32), 0.5, 0.02),
    "seen-stride-first": lambda: plot_seen(3, 2, FIRST, (3, 4)),
    "seen-stride-in-the-middle": lambda: plot_seen(5, 3, MIDDLE, (0, 9)),
    "threshold": lambda: plot_threshold(IMAGES, np.array([0, 0, 1, 1]), _PROBABILITIES, 0.65),
    "guess-number": lambda: _guess("millionth", 12),
    "guess-curve": lambda: _guess("sigmoid-curve", np.linspace(0.1, 0.9, 20)),
    "guess-choice": lambda: _guess("relu-weights", 1),
    "overview": _overview,
}
