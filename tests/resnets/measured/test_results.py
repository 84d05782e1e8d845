"""Stored results say how they were made, and a cheap point of them comes out again."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from proof_sizes import only_thorough

import resnets_utils as utils
from resnets.measured.results import FOLDER, load_measured

pytestmark = pytest.mark.slow

ROOT = FOLDER.parent.parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_results_say_how_they_were_made(name):
    results = load_measured(name)
    assert (ROOT / results.script).is_file() and results.date and results.machine
    keys = [tuple(v for v in run.values() if not isinstance(v, list)) for run in results.runs]
    assert len(set(keys)) == len(keys) and all("seed" in run for run in results.runs)
    assert {run["setting"] for run in results.runs} <= set(results.settings)
    assert repr(results).startswith(f"{len(keys)} runs of {results.script}")


def test_curves_have_a_row_for_each_seed():
    results = load_measured("degradation")
    which = {"setting": "narrow", "kind": "plain", "depth": 8}
    curves = results.curves("loss", **which)
    assert curves.shape == (len(curves), 25) and len(curves) >= 3
    assert np.array_equal(results.curves("loss", seed=1, **which), curves[:1])


def test_a_wrong_question_is_answered_with_what_there_is():
    results = load_measured("degradation")
    with pytest.raises(LookupError, match="val_loss"):
        results.curves("losses", setting="narrow")
    with pytest.raises(LookupError, match="measured"):
        results.curves("loss", depth=9)
    with pytest.raises(ValueError, match="degradation"):
        load_measured("weather")


def test_the_first_epochs_of_a_run_come_out_again(monkeypatch):
    monkeypatch.chdir(ROOT / "notebooks" / "solutions")
    shrink, network, train = (utils.from_lesson(7, n) for n in ("shrink", "network", "train"))
    X, Y, X_test, Y_test, _ = utils.load_dataset()
    Y, Y_test = (utils.convert_to_one_hot(labels, 6).T for labels in (Y, Y_test))
    history = train(network(8, shortcuts=True), shrink(X), Y, (shrink(X_test), Y_test), epochs=2)
    results = load_measured("degradation")
    (stored,) = results.curves("loss", setting="narrow", kind="residual", depth=8, seed=1)
    assert history["loss"] == pytest.approx(stored[:2], abs=0.03)


@only_thorough  # lesson 8 trains one, too, and compares
def test_the_first_steps_of_a_transformer_come_out_again(monkeypatch):
    monkeypatch.chdir(ROOT / "notebooks" / "solutions")
    accuracy = utils.train_to_sort(utils.from_lesson(8, "transformer")(6), epochs=1)
    (stored,) = load_measured("residual_stream").curves(
        "accuracy", kind="residual", depth=6, seed=1
    )
    assert accuracy == pytest.approx(stored[:1], abs=0.1)


def test_the_first_epochs_of_a_recipe_come_out_again(monkeypatch):
    monkeypatch.chdir(ROOT / "notebooks" / "solutions")
    first_of_each, network, train = (
        utils.from_lesson(8, name) for name in ("first_of_each", "network", "train")
    )
    X, Y, *_ = utils.load_dataset()
    history = train(network(), *first_of_each(X, Y, 30), recipe=False, epochs=2)
    which = {"recipe": "plain", "gate": "none", "seed": 1}
    (stored,) = load_measured("recipe_architecture").curves("loss", **which)
    assert history["loss"] == pytest.approx(stored[:2], abs=0.05)


@only_thorough  # lesson 8 fine-tunes a network, too, and compares
def test_the_first_epoch_of_borrowing_nothing_comes_out_again(monkeypatch):
    monkeypatch.chdir(ROOT / "notebooks" / "solutions")
    divided, adapted = (utils.from_lesson(8, name) for name in ("divided", "adapted"))
    X, Y = utils.load_test_set("other_rooms")
    places, _ = divided(Y, 5, seed=2)

    def stop(epoch, logs):
        one_epoch.model.stop_training = True

    one_epoch = keras.callbacks.LambdaCallback(on_epoch_end=stop)
    model = adapted(None, "from nothing", X[places], Y[:, places], 2, callbacks=[one_epoch])
    which = {"mode": "from nothing", "images": 5, "seed": 2}
    (stored,) = load_measured("borrowed_weights").curves("loss", **which)
    assert model.history.history["loss"] == pytest.approx(stored[:1], abs=0.05)


class OneEpoch(keras.callbacks.Callback):
    """Ends a training after its first epoch."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = True


@only_thorough  # lesson 3 trains it, too, and compares
def test_the_first_epoch_of_the_network_to_debug_comes_out_again(monkeypatch):
    monkeypatch.chdir(ROOT / "notebooks" / "solutions")
    names = ("small_resnet", "shrink", "train")
    network, shrink, train = (utils.from_lesson(3, name) for name in names)
    images, labels, *_ = utils.load_dataset()
    keras.utils.set_random_seed(1)
    history = train(network(), shrink(images), labels.ravel(), [OneEpoch()])
    (stored,) = load_measured("debugging").curves("loss", seed=1)
    assert history["loss"] == pytest.approx(stored[:1], abs=0.05)
