"""Lesson 5: the estimate of a training's time, and numbers reported with their expected range."""

from __future__ import annotations

import numpy as np
import pytest

import resnets_utils  # noqa: F401  (loads TensorFlow quietly)

import keras  # isort: skip
from resnets.training.estimates import Estimate, estimate_training, report_in_range


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(4),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def _data(m):
    random = np.random.default_rng(0)
    return random.normal(size=(m, 5)).astype("float32"), np.eye(2)[random.integers(0, 2, m)]


@pytest.mark.parametrize(("m", "steps"), [(1080, 68), (64, 4), (65, 6), (5, 2)])
def test_estimate_counts_the_steps_of_all_epochs(model, m, steps):
    estimate = estimate_training(model, *_data(m), epochs=2, batch_size=32)
    assert estimate.steps == steps
    assert 0 < estimate.seconds_per_step < 10
    assert estimate.seconds == pytest.approx(steps * estimate.seconds_per_step)


def test_estimate_changes_neither_model_nor_optimizer(model):
    X, Y = _data(200)
    model.fit(X, Y, epochs=1, verbose=0)
    before = [v.numpy() for v in [*model.variables, *model.optimizer.variables]]
    estimate_training(model, X, Y, epochs=3)
    after = [v.numpy() for v in [*model.variables, *model.optimizer.variables]]
    assert len(after) == len(before) > 8
    for left, right in zip(before, after, strict=True):
        np.testing.assert_array_equal(left, right)


def test_estimate_shows_the_time_in_minutes_and_seconds(monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    assert repr(Estimate(68, 0.65)) == "68 steps at 0.65 s each: about 44 s"
    assert repr(Estimate(680, 0.65)) == "680 steps at 0.65 s each: about 7 min 22 s"


def test_stored_estimate_is_the_same_on_every_machine():
    assert repr(Estimate(68, 0.65)) == repr(Estimate(68, 6.5))
    assert "68 steps" in repr(Estimate(68, 0.65))


def test_estimate_refuses_what_cannot_be_timed(model):
    with pytest.raises(ValueError, match="compile first"):
        estimate_training(keras.Sequential([keras.layers.Dense(2)]), *_data(4), epochs=1)
    X, Y = _data(4)
    with pytest.raises(ValueError, match="got 4 images and 3 labels"):
        estimate_training(model, X, Y[:3], epochs=1)


def test_learner_sees_the_number_and_its_range(monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    monkeypatch.delenv("SIGNS_DIR", raising=False)
    assert (
        repr(report_in_range("loss", 2.34567, 1, 5)) == "loss: 2.346, between 1 and 5, as expected"
    )
    assert repr(report_in_range("loss", 7, 1, 5)).startswith("loss: 7.000, NOT between 1 and 5")


def test_the_range_holds_for_the_course_s_own_images_only(monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    monkeypatch.setenv("SIGNS_DIR", "somewhere")
    assert repr(report_in_range("loss", 2, 1, 5)) == "loss: 2.000, between 1 and 5, as expected"
    outside = repr(report_in_range("loss", 7, 1, 5))
    assert outside.startswith("loss: 7.000, with the course's own images")
    assert "NOT" not in outside


def test_a_number_within_the_range_is_stored_as_the_range_alone():
    inside = repr(report_in_range("loss", 1, 1, 5))
    assert inside == repr(report_in_range("loss", 5, 1, 5)) == "loss: between 1 and 5, as expected"
    for value in (0.99, 5.01, float("nan"), float("inf")):
        assert not report_in_range("loss", value, 1, 5).expected
        assert repr(report_in_range("loss", value, 1, 5)) != inside


def test_the_graph_is_built_once():
    class Counted(keras.Model):
        built_graphs = 0

        def train_step(self, data):
            Counted.built_graphs += 1
            return super().train_step(data)

    inputs = keras.Input((5,))
    model = Counted(inputs, keras.layers.Dense(2, activation="softmax")(inputs))
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    estimate_training(model, *_data(96), epochs=1)
    model.fit(*_data(96), epochs=1, verbose=0)
    assert Counted.built_graphs == 1
