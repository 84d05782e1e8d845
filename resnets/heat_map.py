"""Grad-CAM: which parts of an image speak for a class (Selvaraju et al., arXiv:1610.02391).

Who calls it: lesson 6, and the camera in it, which needs a map for many images one after another.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from resnets.graph import walk
from resnets.silent_channels import without_silent_channels

_LEAST_SIDE = 8  # a coarser map than 8 by 8 shows hardly more than "the middle"


def compute_gradcam(
    model: keras.Model,
    x: np.ndarray,
    class_index: int | None = None,
    layer: str | keras.layers.Layer | None = None,
) -> np.ndarray:
    """A map of the parts of an image that speak for a class.

    It is the sum of the layer's feature maps, weighted by how much each raises the class's score.

    Args:
        model: a functional classifier with softmax output of shape (1, classes).
        x: one image, shape (1, H, W, 3) or (H, W, 3), float in [0, 1].
        class_index: the class to explain; by default the most probable one.
        layer: the layer whose output is explained, or its name; by default the last layer with
            feature maps of 8 by 8 or more (stage 3 in ResNet50 at 64 by 64).

    Returns:
        A map of shape (h, w), the size of the layer's feature maps, float in [0, 1] with 1 at
        its maximum; all 0 if no part of the image speaks for the class.

    Raises:
        ValueError: `x`, `class_index` or `layer` does not fit the model.
    """
    x = _one_image(model, x)
    source, last = _score_source(model)
    parts = keras.Model(model.inputs[0], [_feature_layer(model, layer).output, source])
    with tf.GradientTape() as tape:
        features, scores = parts(x, training=False)
        scores = _dense(scores, last)[0]
        index = int(tf.argmax(scores)) if class_index is None else int(class_index)
        if not 0 <= index < len(scores):
            raise ValueError(f"class_index: expected 0 to {len(scores) - 1}, got {class_index}.")
        score = scores[index]
    return _map(features, tape.gradient(score, features)).numpy()


def prepare_gradcam(model: keras.Model) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """A compiled function that gives, for one image, the probabilities and the map of the answer.

    It is several times as fast as `predict` and `compute_gradcam`, once the first call has compiled
    it, and leaves out channels that are 0 for every image. The layer is the one that
    `compute_gradcam` takes by default.

    Args:
        model: a functional classifier with softmax output of shape (1, classes). Its weights at
            the time of this call are used; after a training, call it again.

    Returns:
        A function of an image, float32 of shape (1, H, W, 3) in [0, 1], that returns the
        probabilities, shape (classes,), and a map as `compute_gradcam` does.

    Raises:
        ValueError: no layer has feature maps of 8 by 8 or more.
    """
    model = without_silent_channels(model)
    source, last = _score_source(model)
    parts = keras.Model(model.inputs[0], [_feature_layer(model, None).output, source])
    image = tf.TensorSpec((1, *model.inputs[0].shape[1:]), tf.float32)

    @tf.function(input_signature=[image])
    def look(x):
        with tf.GradientTape() as tape:
            features, scores = parts(x, training=False)
            scores = _dense(scores, last)[0]
            score = tf.reduce_max(scores)
        return tf.nn.softmax(scores), _map(features, tape.gradient(score, features))

    return lambda x: tuple(result.numpy() for result in look(x))


def _dense(scores: tf.Tensor, last: keras.layers.Dense | None) -> tf.Tensor:
    """The class scores, where the last layer's softmax is left out."""
    if last is None:
        return scores
    return tf.matmul(scores, last.kernel) + (0 if last.bias is None else last.bias)


def _map(features: tf.Tensor, slopes: tf.Tensor) -> tf.Tensor:
    """The map of Grad-CAM: feature maps weighted by their mean slope, from 0 to 1."""
    weights = tf.reduce_mean(slopes, axis=(1, 2), keepdims=True)
    heat = tf.nn.relu(tf.reduce_sum(weights * features, axis=-1))[0]
    return tf.math.divide_no_nan(heat, tf.reduce_max(heat))


def _one_image(model: keras.Model, x: np.ndarray) -> np.ndarray:
    x = np.asarray(x, dtype=np.float32)
    x = x[np.newaxis] if x.ndim == 3 else x
    expected = (1, *model.inputs[0].shape[1:])
    if x.shape != expected:
        raise ValueError(
            f"compute_gradcam: expected one image of shape {expected}, got {x.shape}. "
            "Use to_input(load_image(path)) or X[i:i+1]."
        )
    if x.min() < 0 or x.max() > 1:
        raise ValueError(
            f"compute_gradcam: expected values in [0, 1], got {x.min():g} to {x.max():g}. "
            "Divide the image by 255."
        )
    return x


def _feature_layer(model: keras.Model, layer) -> keras.layers.Layer:
    if isinstance(layer, str):
        layer = model.get_layer(layer)
    if layer is None:
        fitting = [step.layer for step in walk(model) if _is_fine_map(step.shape)]
        if not fitting:
            raise ValueError(
                f"{model.name!r} has no layer with feature maps of 8 by 8 or more. In "
                "compute_gradcam, pass layer= with the name of a layer to look at."
            )
        return fitting[-1]
    if len(layer.output.shape) != 4:
        raise ValueError(
            f"layer: expected feature maps (N, h, w, channels), got {layer.name!r} with output "
            f"{layer.output.shape}. Choose a convolution or an activation."
        )
    return layer


def _is_fine_map(shape: tuple) -> bool:
    return len(shape) == 4 and min(size or 0 for size in shape[1:3]) >= _LEAST_SIDE


def _score_source(model: keras.Model) -> tuple:
    """The tensor of the class scores before softmax, or of what they are computed from.

    The gradient of softmax itself vanishes near 1. If the last layer is dense with softmax inside,
    the tensor is that layer's input, and the layer is returned to compute the scores; else None.
    """
    last = walk(model)[-1].layer
    has_softmax = getattr(last, "activation", None) is keras.activations.softmax
    if has_softmax and isinstance(last, keras.layers.Dense):
        return last.input, last
    if has_softmax or isinstance(last, keras.layers.Softmax):
        return last.input, None
    return model.outputs[0], None
