"""BatchNorm through TensorFlow's fused kernel: the same numbers, and faster training steps."""

from __future__ import annotations

import keras
import tensorflow as tf


def can_fuse(layer: keras.layers.BatchNormalization, inputs: tf.Tensor) -> bool:
    """Whether `normalize_batch` does for `inputs` what the layer's own call does in training.

    Args:
        layer: a built layer.
        inputs: a tensor of any shape.
    """
    return (
        len(inputs.shape) == 4
        and inputs.dtype in (tf.float32, tf.bfloat16)
        and layer.axis in (-1, 3)
        and layer.center
        and layer.scale
        and layer.trainable
        and not layer.renorm
        and not layer.synchronized
    )


def normalize_batch(layer: keras.layers.BatchNormalization, inputs: tf.Tensor) -> tf.Tensor:
    """Normalise with the statistics of the batch, and update the layer's moving statistics.

    Statistics are taken in float32 under every dtype policy.

    Args:
        layer: a built layer with gamma and beta.
        inputs: (N, height, width, channels).
    """
    empty = tf.zeros((0,), tf.float32)
    out, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=inputs,
        scale=tf.cast(layer.gamma, tf.float32),
        offset=tf.cast(layer.beta, tf.float32),
        mean=empty,
        variance=empty,
        epsilon=layer.epsilon,
    )
    # The kernel returns the variance divided by n - 1; Keras keeps the variance divided by n.
    count = tf.cast(tf.reduce_prod(tf.shape(inputs)[:3]), tf.float32)
    keep = layer.momentum
    layer.moving_mean.assign(layer.moving_mean * keep + mean * (1 - keep))
    layer.moving_variance.assign(
        layer.moving_variance * keep + variance * (count - 1) / count * (1 - keep)
    )
    return out
