"""Figures that a learner moves: the ends of their controls, and pages without a kernel."""

from __future__ import annotations

import numpy as np
import pytest

from resnets.plots.style import LessonFigure
from resnets.sizes import NetworkSizes
from resnets.widgets import movable as module
from resnets.widgets.block_explorer import explore_block, make_block, plot_block
from resnets.widgets.cover import covered
from resnets.widgets.field_explorer import explore_receptive_field, plot_field
from resnets.widgets.gradient_explorer import explore_gradients, plot_chosen
from resnets.widgets.momentum_explorer import explore_momentum, plot_momentum, replayed
from resnets.widgets.movable import Control, movable
from resnets.widgets.network_builder import forward_seconds, plot_network
from resnets.widgets.seen_positions import FIRST, MIDDLE, SIZE, plot_seen, seen_along
from resnets.widgets.sliders import Sliders
from resnets.widgets.threshold_explorer import plot_threshold

import keras  # isort: skip - after the course's modules, which load TensorFlow quietly
import tensorflow as tf  # isort: skip

IMAGE = np.full((64, 64, 3), 200, np.uint8)


@pytest.fixture
def shown(monkeypatch):
    """What is displayed."""
    outputs = []
    monkeypatch.setattr(module, "display", lambda output, **options: outputs.append(output))
    return outputs


def figure(words):
    drawn = LessonFigure(figsize=(1, 1))
    drawn.alt = words
    return drawn


def test_while_outputs_are_stored_the_figure_is_drawn_at_the_start(shown):
    movable(
        lambda a, b: figure(f"{a} {b}"),
        {"a": Control((1, 2), 2, "A"), "b": Control("xy", "x", "B")},
    )
    assert [drawn.alt for drawn in shown] == ["2 x"]


def test_in_a_notebook_there_are_controls_and_a_figure_for_pages_without_a_kernel(
    shown, monkeypatch
):
    monkeypatch.setattr(module, "outputs_are_stored", lambda: False)
    monkeypatch.setattr(module, "in_notebook", lambda: True)
    movable(lambda a: figure(f"<{a}>"), {"a": Control((1, 2), 2, "A")})
    bundle = shown[-1]
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert 'alt="&lt;2&gt;"' in bundle["text/html"] and "base64" in bundle["text/html"]


@pytest.fixture
def sliders(monkeypatch):
    """Two sliders, and what they tell the browser; the figure cannot be drawn for a = 3."""

    def draw(a, b):
        if a == 3:
            raise ValueError("three is too many")
        return figure(f"{a} {b}")

    controls = {"a": Control((1, 2, 3), 2, "A"), "b": Control("xy", "x", "B")}
    moved, told = Sliders(draw, controls, draw(2, "x")), []
    monkeypatch.setattr(moved, "send", lambda content: told.append(content["message"]))
    return moved, told


def test_a_move_draws_the_figure_for_the_sliders_values(sliders):
    moved, told = sliders
    assert moved.controls[0] == {"label": "A", "options": ["1", "2", "3"]}
    assert moved.values == [1, 0] and 'alt="2 x"' in moved.figure
    moved.move([0, 1])
    assert moved.values == [0, 1] and 'alt="1 y"' in moved.figure
    assert told == [""]


def test_a_figure_that_cannot_be_drawn_says_why_and_the_last_one_stays(sliders):
    moved, told = sliders
    moved.move([2, 0])
    assert told == ["ValueError: three is too many"]
    assert moved.values == [1, 0] and 'alt="2 x"' in moved.figure


def test_the_network_builder_says_what_a_network_costs(monkeypatch):
    drawn = plot_network(NetworkSizes((3, 4, 6, 3), 32, 64), 0.01, 0.02)
    assert drawn.alt.startswith("50 layers; stage 5 has 2 × 2 positions.")
    assert "parameters 5.95 million, 0.25 times" in drawn.alt
    assert "time 10 ms" not in drawn.alt  # while outputs are stored
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    assert "time 10 ms, 0.5 times" in plot_network(NetworkSizes(), 0.01, 0.02).alt


def test_a_network_for_too_small_images_cannot_be_built():
    drawn = plot_network(NetworkSizes(size=32), 0.01, 0.02)
    assert drawn.alt.startswith("this network cannot be built; stage 5 has 1 × 1 positions")


@pytest.mark.parametrize(
    "sizes", [NetworkSizes((1, 1, 1, 1), 16, 32), NetworkSizes((1,) * 4, 96, 160)]
)
def test_the_scales_hold_every_network(sizes):
    drawn = plot_network(sizes, forward_seconds(sizes), 0.02)
    left, right = drawn.axes
    assert left.get_ylim() == (1e3, 1e11) and right.get_xlim() == (0.01, 300)
    assert all(1e3 <= bar.get_height() <= 1e10 for bar in left.patches)
    assert all(0.01 < 0.01 + bar.get_width() < 100 for bar in right.patches)


def used_by(output, f, s, where):
    """The positions that one output of a real block depends on, found by its gradient."""
    keras.utils.set_random_seed(1)
    first, middle = (s, 1) if where == FIRST else (1, s)
    # With few channels, TensorFlow's gradient of a 1x1 convolution with a stride can crash.
    x = tf.Variable(tf.random.normal((1, SIZE, SIZE, 16)))
    with tf.GradientTape() as tape:
        path = keras.layers.Conv2D(16, 1, first)(x)
        path = keras.layers.Conv2D(16, f, middle, padding="same")(path)
        row, column = output
        value = tf.reduce_sum(keras.layers.Conv2D(4, 1)(path)[0, row, column])
    return np.argwhere(np.abs(tape.gradient(value, x)[0]).sum(axis=-1) > 0)


@pytest.mark.parametrize("where", [FIRST, MIDDLE])
@pytest.mark.parametrize(("f", "s"), [(1, 2), (3, 1), (3, 2), (3, 3), (5, 2), (5, 3)])
@pytest.mark.parametrize("output", [(0, 0), (2, 4), (5, 5)])
def test_the_positions_shown_are_those_that_a_block_depends_on(where, f, s, output):
    rows, columns = (seen_along(f, s, where, place) for place in output)
    expected = [[row, column] for row in rows for column in columns]
    assert used_by(output, f, s, where).tolist() == expected


def test_a_stride_in_the_middle_leaves_nothing_out():
    row = "row 3 and column 4 sees the rows"
    first, middle = (plot_seen(3, 2, where, (3, 4)).alt for where in (FIRST, MIDDLE))
    assert f"{row} 4, 6, 8 and the columns 6, 8, 10 of" in first and "use 25% of" in first
    assert f"{row} 6, 7, 8 and the columns 8, 9, 10 of" in middle and "use 100% of" in middle


def test_a_replay_follows_keras_batch_norm():
    random = np.random.default_rng(0)
    norm = keras.layers.BatchNormalization(momentum=0.9)
    norm.build((None, 3))
    batches = random.normal(2.0, 3.0, (7, 64, 3)).astype("float32")
    for batch in batches:
        norm(batch, training=True)
    averages = replayed(np.ones(3), batches.var(axis=1), 0.9)
    assert averages.shape == (8, 3)
    np.testing.assert_allclose(averages[-1], norm.moving_variance, rtol=1e-4)


def test_the_momentum_figure_says_what_is_left_of_the_start(monkeypatch):
    batches = np.full((68, 4), 0.5)
    drawn = plot_momentum(np.ones(4), batches, 0.99, 68)
    assert "50.5% of the start is left after 68 of 68 steps" in drawn.alt
    assert "is a multiple of the variance" in drawn.alt  # while outputs are stored
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    assert "is 1.5 times the variance" in plot_momentum(np.ones(4), batches, 0.99, 68).alt
    assert "is 1 times the variance" in plot_momentum(np.ones(4), batches, 0.5, 68).alt


@pytest.mark.parametrize(("start", "batches"), [((4,), (0, 4)), ((4,), (3, 5)), ((4,), (4,))])
def test_a_diary_that_does_not_fit_is_refused(start, batches):
    with pytest.raises(ValueError, match="expected the start's values"):
        explore_momentum(np.ones(start), np.ones(batches))


def test_the_corner_of_stage_3_sees_two_thirds():
    drawn = plot_field(IMAGE, 3, 8, (0, 0), (0, 52, 0, 52))
    assert drawn.alt == (
        "Stage 3 has 8 × 8 values. The one in row 0 and column 0 sees the rows 0 to 51 and the "
        "columns 0 to 51 of the image, 66% of it."
    )


def test_the_field_explorer_asks_the_learners_function(shown):
    asked = []

    def window(*arguments):
        asked.append(arguments)
        return 0, 10, 5, 20

    explore_receptive_field(window, IMAGE)
    ((layers, position, size),) = asked
    assert (len(layers), position, size) == (23, (0, 0), 64)
    assert "sees the rows 0 to 9 and the columns 5 to 19" in shown[0].alt


@pytest.mark.parametrize(
    ("threshold", "counts"), [(0.3, (2, 1, 0)), (0.9, (1, 1, 1)), (0.99, (0, 0, 3))]
)
def test_the_threshold_counts_answers(threshold, counts):
    probabilities = np.array([[0.95, 0.05], [0.4, 0.6], [0.02, 0.98]])
    drawn = plot_threshold(np.stack([IMAGE] * 3), np.array([0, 1, 0]), probabilities, threshold)
    right, wrong, none = counts
    assert (
        f"{right} of 3 images get a right answer, {wrong} a wrong one, and {none} no" in drawn.alt
    )
    assert drawn.axes[0].get_ylim()[1] == pytest.approx(3.3)


def test_a_cover_hides_a_square_and_is_clipped_at_the_edge():
    image, position = covered(IMAGE, [0, 4])
    assert position == [0, 4]
    rows, columns = np.nonzero((image == 128).all(axis=2))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (0, 15, 24, 47)
    assert (IMAGE == 200).all()


@pytest.mark.parametrize("position", [None, [8, 0], [0], [0.5, 1], "ab", {"a": 1}])
def test_what_is_no_place_covers_nothing(position):
    image, place = covered(IMAGE, position)
    assert place is None and (image == 200).all()


def test_a_block_shows_the_shape_at_every_arrow():
    drawn = plot_block(make_block((3, "same"), (8, 4, 32), 2, 15, True))
    weights = 16 * 8 + 9 * 8 * 4 + 4 * 32 + 16 * 32
    assert drawn.alt == (
        f"{weights + 5 * (8 + 4 + 32 + 32):,} parameters, {64 * weights:,} multiplications for one "
        "image. Shapes on the main path: 15×15×16, 8×8×8, 8×8×4, 8×8×32; shortcut: 8×8×32."
    )


@pytest.mark.parametrize(
    ("middle", "filters", "size", "words"),
    [
        ((3, "same"), (8, 8, 32), 8, "F3 gives 32 channels, the shortcut carries 16"),
        ((3, "valid"), (8, 8, 16), 8, "the main path has 6 rows, the shortcut 8"),
        ((5, "valid"), (8, 8, 16), 4, "larger than its input"),
    ],
)
def test_a_block_that_cannot_be_built_says_why(middle, filters, size, words):
    assert words in plot_block(make_block(middle, filters, 1, size, False)).alt


@pytest.mark.parametrize("kind", ["identity", "convolutional"])
def test_both_blocks_can_be_built_at_the_start(shown, kind):
    explore_block(kind)
    assert "parameters" in shown[0].alt.split(".")[0]


def test_another_kind_of_block_is_refused():
    with pytest.raises(ValueError, match="'identity' or 'convolutional'"):
        explore_block("plain")


def test_the_gradients_are_those_of_the_learners_measurement(shown):
    asked = []

    def measure(*chosen):
        asked.append(chosen)
        return np.array([1e-3, 0.1])

    explore_gradients(measure)
    assert asked == [(12, "relu", "he_normal", False)]
    assert shown[0].alt.endswith("1e-03 at the first layer, 1e-01 at the last.")


def test_the_newest_gradients_stand_out_and_three_earlier_ones_stay():
    norms = {(depth, "relu", "he_normal", "yes"): np.zeros(depth) for depth in (4, 8, 12, 16, 20)}
    drawn = plot_chosen(norms)
    labels = [line.get_label() for line in drawn.axes[0].lines]
    assert labels == [f"{n} layers, relu, he_normal, BatchNorm" for n in (8, 12, 16, 20)]
    assert drawn.axes[0].get_ylim() == (1e-24, 1e3)


DRAWN = {
    "gradients": lambda: plot_chosen({(4, "relu", "he_normal", "no"): np.ones(4)}),
    "momentum": lambda: plot_momentum(np.ones(4), np.ones((9, 4)), 0.9, 9),
    "network": lambda: plot_network(NetworkSizes(), 0.01, 0.01),
    "seen positions": lambda: plot_seen(3, 2, MIDDLE, (0, 0)),
    "receptive field": lambda: plot_field(IMAGE, 3, 8, (0, 0), (0, 10, 0, 10)),
    "threshold": lambda: plot_threshold(
        np.stack([IMAGE] * 3), np.array([0, 1, 0]), np.eye(3, 2), 0.8
    ),
}


@pytest.mark.parametrize("name", DRAWN)
def test_each_axis_says_what_it_shows(name):
    """By a label, or by the names of what stands along it."""
    drawn = DRAWN[name]()
    drawn.canvas.draw()
    axes = [ax for ax in drawn.axes if ax.axison]
    assert axes
    for axis in (axis for ax in axes for axis in (ax.xaxis, ax.yaxis)):
        named = any(tick.get_text().replace("\n", "").isalpha() for tick in axis.get_ticklabels())
        assert axis.get_label_text() or named, axis
