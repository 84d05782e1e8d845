"""BatchNorm and Adam through TensorFlow's fused kernels: the same numbers in less time."""

from __future__ import annotations

from collections.abc import Sequence

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


def can_apply(
    optimizer: keras.optimizers.Adam,
    gradients: Sequence[tf.Tensor],
    variables: Sequence[keras.Variable],
) -> bool:
    """Whether `apply_adam` does what the optimizer's own update step does.

    Args:
        optimizer: a built optimizer.
        gradients, variables: of its update step, in the same order.
    """
    return (
        type(optimizer).update_step is keras.optimizers.Adam.update_step
        and not optimizer.amsgrad
        and not tf.distribute.has_strategy()
        and all(isinstance(gradient, tf.Tensor) for gradient in gradients)
        and all(x.dtype == tf.float32 for x in (*gradients, *map(_resource, variables)))
    )


def apply_adam(
    optimizer: keras.optimizers.Adam,
    gradients: Sequence[tf.Tensor],
    variables: Sequence[keras.Variable],
    learning_rate: float | tf.Tensor,
) -> None:
    """Update the variables and the optimizer's moving averages: one operation for each variable.

    Keras writes Adam's update as about 20 operations for each variable. ResNet-50 has 214 of them,
    so most of the graph that TensorFlow has to build before the first step is Adam.

    Args:
        optimizer: a built optimizer.
        gradients, variables: in the same order.
        learning_rate: of this step.
    """
    step = keras.ops.cast(optimizer.iterations + 1, "float32")
    shared = {
        "beta1_power": tf.pow(tf.constant(optimizer.beta_1), step),
        "beta2_power": tf.pow(tf.constant(optimizer.beta_2), step),
        "lr": tf.cast(learning_rate, tf.float32),
        "beta1": tf.constant(optimizer.beta_1),
        "beta2": tf.constant(optimizer.beta_2),
        "epsilon": tf.constant(optimizer.epsilon),
    }
    for gradient, variable in zip(gradients, variables, strict=True):
        index = optimizer._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=_resource(variable).handle,
            m=optimizer._momentums[index].value.handle,
            v=optimizer._velocities[index].value.handle,
            grad=gradient,
            **shared,
        )


def _resource(variable: keras.Variable | tf.Variable) -> tf.Variable:
    return variable.value if isinstance(variable, keras.Variable) else variable
