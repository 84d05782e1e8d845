"""Augmentation: random changes to a batch of rendered images before the network sees it.

Geometry: rotation, zoom, stretch, shear, shift, perspective, mirroring. Colour: exposure, contrast,
gamma, white balance, greyness. Then noise, and a covered patch. A single projective transform
does the whole geometry: a chain of Keras's augmentation layers resamples at every layer, which
blurs, takes three times as long, and cannot bring a hand to a given size (`close`).
"""

from __future__ import annotations

import math

import tensorflow as tf


def affine(
    count: tf.Tensor,
    size: float,
    strength: float,
    fill: tf.Tensor | None = None,
    close: tuple[float, float] | None = None,
) -> tf.Tensor:
    """Random projective transforms (count, 8), output pixel to input pixel.

    Args:
        count: number of transforms.
        size: side of the images, in pixels.
        strength: of every change; at 0 only mirroring is left, and `close`.
        fill: (count,) part of the frame that the larger side of each hand fills.
        close: range of this part after the transform, uniform, since people hold their hands
            closer than the renderer does; without it an image is zoomed at random.
    """

    def uniform(width):
        return tf.random.uniform((count,), -width * strength, width * strength)

    wide = tf.cast(tf.random.uniform((count,)) < 0.25, tf.float32)
    angle = (uniform(14.0) + wide * uniform(55.0)) * math.pi / 180
    if close is None:
        zoom = tf.exp(uniform(0.20) + 0.03)
    else:
        zoom = fill / tf.random.uniform((count,), *close)
    stretch = tf.exp(uniform(0.12))
    shear = uniform(0.12)
    mirror = tf.where(tf.random.uniform((count,)) < 0.5, -1.0, 1.0)
    a = tf.cos(angle) * zoom * stretch * mirror
    b = (-tf.sin(angle) + shear) * zoom / stretch
    c = (tf.sin(angle) + shear) * zoom * stretch * mirror
    d = tf.cos(angle) * zoom / stretch
    middle = (size - 1) / 2
    shift_x, shift_y = uniform(0.10) * size, uniform(0.10) * size
    left = middle - a * middle - b * middle + shift_x
    top = middle - c * middle - d * middle + shift_y
    tilt = 0.12 / size
    return tf.stack([a, b, left, c, d, top, uniform(tilt), uniform(tilt)], axis=1)


def colour(x: tf.Tensor, strength: float) -> tf.Tensor:
    """Random exposure, contrast, gamma, white balance and greyness of (N, h, w, 3) in [0, 1]."""
    count = tf.shape(x)[0]

    def normal(width, channels=1):
        return tf.random.normal((count, 1, 1, channels), stddev=width * strength)

    x = tf.pow(tf.maximum(x, 1e-4), tf.exp(normal(0.22)))
    mean = tf.reduce_mean(x, axis=(1, 2, 3), keepdims=True)
    x = (x - mean) * tf.exp(normal(0.22)) + mean + normal(0.08)
    x = x * (1 + normal(0.06, 3))
    grey = tf.reduce_mean(x, axis=3, keepdims=True)
    share = tf.random.uniform((count, 1, 1, 1))
    keep = tf.where(tf.random.uniform((count, 1, 1, 1)) < 0.3, share, 1.0)
    return grey + (x - grey) * keep


def cover(x: tf.Tensor, size: int, chance: float) -> tf.Tensor:
    """Cover a random rectangle of some images with a flat colour (random erasing)."""
    count = tf.shape(x)[0]
    position = tf.cast(tf.range(size), tf.float32) / size

    def span():
        middle, half = tf.random.uniform((count, 1)), tf.random.uniform((count, 1), 0.05, 0.16)
        return tf.cast(tf.abs(position[None] - middle) < half, tf.float32)

    hit = tf.cast(tf.random.uniform((count, 1, 1, 1)) < chance, tf.float32)
    mask = hit * span()[:, :, None, None] * span()[:, None, :, None]
    return x * (1 - mask) + mask * tf.random.uniform((count, 1, 1, 3))


def augment(
    x: tf.Tensor,
    size: int,
    strength: float = 1.0,
    fill: tf.Tensor | None = None,
    close: tuple[float, float] | None = None,
) -> tf.Tensor:
    """uint8 (N, 64, 64, 3) to float32 (N, size, size, 3) in [0, 1], with new random changes.

    `fill` and `close` are as for `affine`.
    """
    x = tf.cast(x, tf.float32) / 255.0
    x = tf.raw_ops.ImageProjectiveTransformV3(
        images=x,
        transforms=affine(tf.shape(x)[0], 64.0, strength, fill, close),
        output_shape=(64, 64),
        interpolation="BILINEAR",
        fill_mode="NEAREST",
        fill_value=0.0,
    )
    x = colour(shrink(x, size), strength)
    x = cover(x, size, 0.2 * strength)
    noise = tf.abs(tf.random.normal((tf.shape(x)[0], 1, 1, 1), stddev=0.02 * strength))
    x = x + noise * tf.random.normal(tf.shape(x))
    return tf.clip_by_value(x, 0.0, 1.0)


def shrink(x: tf.Tensor, size: int) -> tf.Tensor:
    """(N, 64, 64, 3) to (N, size, size, 3), averaging."""
    if size == 64:
        return x
    if size == 32:
        return tf.nn.avg_pool2d(x, 2, 2, "VALID")
    return tf.image.resize(x, (size, size), antialias=True)
