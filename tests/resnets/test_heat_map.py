"""The compiled Grad-CAM of the camera gives what `predict` and `compute_gradcam` give."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from resnets.heat_map import compute_gradcam, prepare_gradcam


def test_probabilities_and_map_are_those_of_the_slow_functions():
    keras.utils.set_random_seed(0)
    image = keras.Input((32, 32, 3))
    x = layers.Conv2D(8, 3, 2, activation="relu")(image)
    x = layers.Conv2D(8, 3, activation="relu")(x)
    norm = layers.BatchNormalization()  # with statistics that are not those of one image
    x = layers.GlobalAveragePooling2D()(norm(x))
    model = keras.Model(image, layers.Dense(4, activation="softmax")(x))
    norm.set_weights([np.linspace(first, 2, 8) for first in (1, 0, 0, 0.5)])
    look = prepare_gradcam(model)
    for seed in range(3):
        x = np.random.default_rng(seed).random((1, 32, 32, 3), np.float32)
        probabilities, heat = look(x)
        assert np.allclose(probabilities, model(x)[0], atol=1e-6)
        assert np.allclose(heat, compute_gradcam(model, x), atol=1e-5)
        assert heat.max() == 1
