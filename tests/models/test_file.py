"""The shipped model: its file, its layers, and its accuracy."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from tensorflow import keras

import resnets_utils as utils

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "models" / "ResNet50.h5"
LEAST_ACCURACY = 0.98  # in the classroom; the card has the measured figures
OTHER_ROOMS = (0.80, 0.95)  # lessons 5 and 6 show what the network gets wrong there


@pytest.fixture(scope="module")
def model():
    return keras.models.load_model(FILE, compile=False)


@pytest.fixture(scope="module")
def course_test():
    _, _, x, y, _ = utils.load_dataset(ROOT / "datasets")
    return x.astype(np.float32) / 255.0, y[0]


def lesson_layers():
    """Names that the lessons give to the layers with weights."""
    names = ["conv1", "bn_conv1"]
    for stage, blocks in ((2, 3), (3, 4), (4, 6), (5, 3)):
        for letter in "abcdef"[:blocks]:
            for branch in ("2a", "2b", "2c") + (("1",) if letter == "a" else ()):
                names += [f"{kind}{stage}{letter}_branch{branch}" for kind in ("res", "bn")]
    return {*names, "fc6"}


def test_file_is_the_one_the_card_describes():
    digest = hashlib.sha256(FILE.read_bytes()).hexdigest()
    assert digest in (ROOT / "models" / "README.md").read_text(encoding="utf-8")


def test_file_is_small_enough():
    assert FILE.stat().st_size < 50e6


def test_shapes_and_number_of_parameters(model):
    assert model.input_shape == (None, 64, 64, 3)
    assert model.output_shape == (None, 6)
    assert model.count_params() == 23_600_006


def test_layers_are_the_lessons(model):
    assert {layer.name for layer in model.layers if layer.weights} == lesson_layers()
    assert model.get_layer("avg_pool").output.shape == (None, 1, 1, 2048)
    assert model.get_layer("fc6").activation is keras.activations.softmax


def test_weights_fit_the_lessons_own_network(model, course_test):
    networks = pytest.importorskip("models.networks")
    own = networks.resnet50()
    own.set_weights(model.get_weights())
    x = course_test[0][:4]
    np.testing.assert_allclose(own(x), model(x), atol=1e-5)


def test_outputs_are_probabilities(model, course_test):
    probabilities = model.predict(course_test[0][:16], verbose=0)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)
    assert (probabilities >= 0).all() and np.isfinite(probabilities).all()


def accuracy_of(model, x, labels):
    guesses = model.predict(x / np.float32(255), batch_size=60, verbose=0).argmax(axis=1)
    return (guesses == labels[0]).mean()


def test_model_reads_the_classroom(model):
    _, _, x, labels, _ = utils.load_dataset(ROOT / "datasets")
    assert accuracy_of(model, x, labels) >= LEAST_ACCURACY
    assert accuracy_of(model, *utils.load_test_set("new_people")) >= LEAST_ACCURACY


def test_model_makes_enough_errors_in_other_rooms_to_learn_from(model):
    least, most = OTHER_ROOMS
    assert least <= accuracy_of(model, *utils.load_test_set("other_rooms")) <= most


def test_model_reads_the_courses_own_image(model):
    x = utils.to_input(utils.load_image(ROOT / "images" / "test_hand.jpg"))
    assert int(model.predict(x, verbose=0).argmax()) == 3
