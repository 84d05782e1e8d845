"""Fine-tuning on corrections: what is trained, what judges, and what stays as it was."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from resnets.training.fine_tuning import FineTuningError, fine_tune, halves


def block(x, filters, stride):
    y = layers.Conv2D(filters, 3, stride, padding="same")(x)
    y = layers.BatchNormalization()(y)
    shortcut = layers.Conv2D(filters, 1, stride)(x) if stride > 1 else x
    return layers.Activation("relu")(layers.Add()([y, shortcut]))


def network(strides):
    """A residual network with a block for each stride; its stages end where the stride is 2."""
    keras.utils.set_random_seed(0)
    image = keras.Input((64, 64, 3))
    x = layers.Conv2D(8, 8, 8)(image)
    for stride in strides:
        x = block(x, 8, stride)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(6, activation="softmax")(x), name="small")


def test_of_each_class_the_first_half_is_trained_on():
    labels = [4, 2, 4, 4, 2, 4, 5, 4, 3, 4]
    trained, judged = halves(labels)
    assert sorted([*trained, *judged]) == list(range(10))
    assert len(trained) == len(judged) == 5
    for label in (2, 4):
        first = [place for place in trained if labels[place] == label]
        later = [place for place in judged if labels[place] == label]
        assert len(first) == len(later) and max(first) < min(later)


def test_only_the_last_stage_is_trained_and_the_given_network_stays():
    model = network([1, 2, 1])
    given = [weight.copy() for weight in model.get_weights()]
    images = np.random.default_rng(0).integers(0, 256, (10, 64, 64, 3), dtype=np.uint8)
    said = []
    tuned, rows = fine_tune(model, images, [1] * 10, said.append)
    assert all(map(np.array_equal, given, model.get_weights()))
    changed = [not np.array_equal(*pair) for pair in zip(given, tuned.get_weights(), strict=True)]
    first = model.layers.index(next(a for a in model.layers if getattr(a, "strides", 0) == (2, 2)))
    early = sum(len(layer.weights) for layer in model.layers[:first])
    assert not any(changed[:early]) and any(changed[early:])
    norms = [a for a in tuned.layers if isinstance(a, layers.BatchNormalization)]
    for norm, old in zip(
        norms, [a for a in model.layers if type(a) is type(norms[0])], strict=True
    ):
        assert np.array_equal(norm.moving_mean, old.moving_mean) and norm.trainable
    assert [row.images for row in rows] == [5, 120, 120, 240]
    assert "Training the last stage: 40 steps." in said
    answers = tuned.predict(images[5:] / 255, verbose=0).argmax(axis=1)
    assert rows[0].after == np.sum(answers == 1)


def test_too_few_images_are_refused():
    with pytest.raises(FineTuningError, match="at least 10 images"):
        fine_tune(network([1, 2]), np.zeros((9, 64, 64, 3), np.uint8), [1] * 9)


def test_a_network_of_one_stage_is_refused():
    with pytest.raises(FineTuningError, match="several stages"):
        fine_tune(network([1, 1]), np.zeros((10, 64, 64, 3), np.uint8), [1] * 10)
