"""The plots of images, trainings and predictions: contents, labels, descriptions, errors."""

from __future__ import annotations

import base64
import io

import matplotlib as mpl
import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image

import resnets_utils as utils
from resnets.plots.style import BLUE, GREY, LINE_COLOURS, VERMILLION

X = np.random.RandomState(0).randint(0, 256, (10, 64, 64, 3)).astype(np.uint8)
HISTORY = {"loss": [3.0, 1.0], "accuracy": [0.3, 0.6], "val_loss": [2, 13], "val_accuracy": [0, 0]}
PROBABILITIES = [0.02, 0.03, 0.85, 0.05, 0.03, 0.02]


def every_plot() -> dict:
    return {
        "images": utils.show_images(X, np.arange(10)),
        "norms": utils.plot_gradient_norms({"sigmoid": [1e-9, 1e-3], "ReLU": [0.1, 0.2, 0.3]}),
        "history": utils.plot_history(HISTORY),
        "confusion": utils.plot_confusion(np.diag([20] * 6), range(6)),
        "probabilities": utils.plot_probabilities(PROBABILITIES, range(6)),
        "gradcam": utils.plot_gradcam(X[0], np.eye(8)),
    }


def texts_of(fig) -> list[str]:
    return [text.get_text() for text in fig.findobj(mpl.text.Text) if text.get_text()]


def test_every_plot_has_a_title_a_description_and_room_for_its_text():
    for name, fig in every_plot().items():
        assert len(fig.alt) > 40 and fig.alt.endswith("."), name
        titles = [ax.get_title(loc="left") for ax in fig.axes] + [fig.get_suptitle()]
        assert any(titles), name
        fig.draw_without_rendering()
        width, height = fig.canvas.get_width_height()
        ticks = {
            tick
            for ax in fig.axes
            for axis in (ax.xaxis, ax.yaxis)
            for tick in axis.get_ticklabels(which="both")
        }  # some are out of view
        for text in set(fig.findobj(mpl.text.Text)) - ticks:
            box = text.get_window_extent()
            if text.get_text() and box.width:
                inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1
                assert inside and box.y1 <= height + 1, (name, text.get_text())
        assert fig.get_figwidth() <= 8, name  # what a notebook shows without shrinking


def test_axes_have_labels_with_units():
    plots = every_plot()
    labels = {
        "norms": [("layer, from input (left) to output (right)", "gradient norm (log scale)")],
        "history": [("epoch", "loss (cross-entropy, nats)"), ("epoch", "accuracy")],
        "probabilities": [("probability", "class")],
    }
    for name, expected in labels.items():
        assert [(ax.get_xlabel(), ax.get_ylabel()) for ax in plots[name].axes] == expected
    matrix, bar = plots["confusion"].axes
    assert (matrix.get_xlabel(), matrix.get_ylabel()) == ("predicted class", "true class")
    assert bar.get_ylabel() == "images"


def test_every_plot_takes_a_title_and_a_description():
    made = [
        utils.show_images(X, title="T", alt="A"),
        utils.plot_gradient_norms({"a": [1.0]}, title="T", alt="A"),
        utils.plot_history(HISTORY, title="T", alt="A"),
        utils.plot_confusion(np.eye(2), "ab", title="T", alt="A"),
        utils.plot_probabilities([1.0], "a", title="T", alt="A"),
        utils.plot_gradcam(X[0], np.eye(8), title="T", alt="A"),
    ]
    for fig in made:
        assert "T" in texts_of(fig) and fig.alt == "A"


def test_a_notebook_shows_the_image_and_its_description(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "IPython.core.display_functions.publish_display_data",
        lambda data, metadata=None, **kwargs: shown.append((data, metadata or {})),
    )
    monkeypatch.setattr(InteractiveShell, "initialized", lambda: True)
    fig = utils.plot_history(HISTORY, alt="Loss <falls>.")
    DisplayFormatter().format(fig)  # what Jupyter calls
    (drawing, metadata), (words, _) = shown
    assert metadata["image/png"] == {"alt": "Loss <falls>.", "width": 800}
    assert words["text/plain"] == "Loss <falls>." and "Loss &lt;falls&gt;." in words["text/html"]
    image = Image.open(io.BytesIO(base64.b64decode(drawing["image/png"])))
    assert image.width == 1152  # 144 for every 100 pixels on the screen: sharp
    assert drawing["text/plain"] == "<a figure, described below>"  # the same in every run


def test_figures_change_neither_pyplot_nor_the_reader_s_settings():
    import matplotlib.pyplot as plt

    with mpl.rc_context({"font.size": 23, "axes.grid": False}):
        fig = utils.plot_history(HISTORY)
        assert mpl.rcParams["font.size"] == 23 and not mpl.rcParams["axes.grid"]
        assert fig.axes[0].xaxis.label.get_size() == 11
    assert plt.get_fignums() == []  # pyplot would show it a second time


def test_images_have_their_labels_above_them():
    fig = utils.show_images(X[:3], np.array([[4, 5, 1]]), predicted=[4, 0, 1])
    shown = [ax.images[0].get_array() for ax in fig.axes if ax.images]
    np.testing.assert_array_equal(shown, X[:3])
    titles = [ax.title for ax in fig.axes]
    assert [title.get_text() for title in titles] == ["4", "5, not 0", "1"]
    assert [title.get_color() for title in titles] == ["black", VERMILLION, "black"]
    assert fig.alt == (
        "3 images with labels. 3 images in a grid, labelled 4, 5, 1, predicted 4, 0, 1."
    )
    guesses = utils.show_images(X[:2], predicted=[1, 2])
    assert [ax.get_title() for ax in guesses.axes] == ["says 1", "says 2"]
    assert "One image" in texts_of(utils.show_images(X[:1]))
    many = utils.show_images(np.zeros((100, 4, 4, 3)), columns=8)
    assert sum(bool(ax.images) for ax in many.axes) == 64


def test_gradient_norms_are_drawn_unchanged():
    norms = {f"net {i}": 10.0 ** -np.arange(1 + i) for i in range(7)}
    norms["net 6"][2] = 0
    ax = utils.plot_gradient_norms(norms).axes[0]
    assert ax.get_yscale() == "log"
    for i, (line, expected) in enumerate(zip(ax.lines, norms.values(), strict=True)):
        assert line.get_color() == LINE_COLOURS[i]
        np.testing.assert_array_equal(line.get_xdata(), np.arange(len(expected)) + 1)
        drawn = np.where(expected > 0, expected, np.nan)  # 0 has no logarithm
        np.testing.assert_array_equal(line.get_ydata(), drawn)
    assert len({line.get_marker() for line in ax.lines}) == 7  # colour is not the only difference
    assert "net 0; net 1" in utils.plot_gradient_norms(norms).alt


def test_history_may_be_a_dictionary_and_have_no_test_values():
    class Fitted:
        history = {"loss": [2.0, 1.0, 0.5]}

    (ax,) = utils.plot_history(Fitted()).axes
    assert [line.get_label() for line in ax.lines] == ["training"]
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[1, 2], [2, 1], [3, 0.5]])
    loss, accuracy = utils.plot_history(HISTORY).axes
    assert [line.get_label() for line in accuracy.lines] == ["training", "test"]
    assert loss.lines[1].get_linestyle() == "--" and loss.lines[0].get_linestyle() == "-"


def test_every_count_of_a_confusion_matrix_is_readable():
    matrix = np.arange(9).reshape(3, 3)
    ax = utils.plot_confusion(matrix, ["a", "b", "c"]).axes[0]
    assert [text.get_text() for text in ax.texts] == list("012345678")
    assert ax.images[0].get_cmap().name == "viridis"
    assert ax.texts[0].get_color() == "white" and ax.texts[8].get_color() == "black"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "b", "c"]


def test_highest_probability_has_another_colour():
    ax = utils.plot_probabilities(np.array([PROBABILITIES]), range(6)).axes[0]
    assert [bar.get_width() for bar in ax.patches] == PROBABILITIES
    colours = [mpl.colors.to_hex(bar.get_facecolor()).upper() for bar in ax.patches]
    assert colours == [GREY, GREY, BLUE, GREY, GREY, GREY]
    assert "85.0%" in [text.get_text() for text in ax.texts]
    assert ax.get_title(loc="left") == "The most probable class is 2"


def test_gradcam_lies_over_the_image():
    heat = np.zeros((8, 8))
    heat[0, 7] = 1
    left, right, bar = utils.plot_gradcam(X[:1] / 255, heat).axes
    np.testing.assert_allclose(left.images[0].get_array(), X[0] / 255)
    over = np.asarray(right.images[1].get_array())
    assert over.shape == (64, 64) and over[4, 60] > 0.9 and over[32:, :32].max() == 0
    assert right.images[1].get_cmap().name == "viridis" and over.min() >= 0
    assert bar.get_ylabel() == "weight (1 is the strongest)"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: utils.show_images(X[0]), r"expected .* \(m, h, w, 3\), got \(64, 64, 3\)"),
        (lambda: utils.show_images(X[:0]), r"got \(0, 64, 64, 3\)"),
        (lambda: utils.show_images(X, [1, 2]), "expected 10 labels, one for each image, got 2"),
        (lambda: utils.show_images(X, None, [1]), "expected 10 predicted, .* got 1"),
        (lambda: utils.plot_history(None), "got NoneType. Write history = model.fit"),
        (lambda: utils.plot_history({"acc": [1]}), "with 'loss' in it, got dict"),
        (lambda: utils.plot_confusion(np.eye(3), "ab"), r"shape \(2, 2\) for 2 .*got \(3, 3\)"),
        (lambda: utils.plot_probabilities([0.5, 0.2], "ab"), "sum to 1, got 2 that sum to 0.7"),
        (lambda: utils.plot_probabilities([1.0], "ab"), "expected 2 probabilities .* got 1"),
        (lambda: utils.plot_probabilities([2.0, -1.0], "ab"), "expected 2 probabilities"),
        (lambda: utils.plot_gradcam(X[0], [0.5]), r"got \(64, 64, 3\) and \(1,\)"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(call, expected):
    with pytest.raises(ValueError, match=expected):
        call()
