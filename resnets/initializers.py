"""Provide Glorot's uniform initialiser with the random numbers of TensorFlow 1.

Who calls it: learners' blocks in lessons 1 to 4, and the checks. Keras 3's own
`GlorotUniform(seed=0)` draws different numbers and would not reproduce the expected outputs of the
classic assignment.
"""

from __future__ import annotations

import math

import keras
import numpy as np
import tensorflow as tf

# The seed that every TensorFlow 1 graph had unless set_random_seed was called
# (tensorflow/python/framework/random_seed.py).
_TF1_GRAPH_SEED = 87654321
_TF1_MAX_SEED = 2**31 - 1
_PHILOX = 1


@keras.saving.register_keras_serializable(package="resnets_utils")
class glorot_uniform(keras.initializers.Initializer):  # noqa: N801 - the classic's name
    """Uniform on [-limit, limit) with limit = sqrt(6 / (fan_in + fan_out)); Glorot & Bengio, 2010.

    The numbers are those of TensorFlow 1: the classic assignment built each kernel with the op
    `RandomUniform`, whose Philox generator starts from the graph seed 87654321 and the op seed
    `seed`, and ran it once. Here the same generator is started explicitly: the graph seed is its
    key, the op seed is the upper half of its counter. It has no state, so one seed gives every
    kernel the same numbers, whenever and wherever it is built, exactly as a fresh graph did.
    (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.)

    Args:
        seed: a whole number, as in `glorot_uniform(seed=0)`.

    Raises:
        TypeError: `seed` is not a whole number.
    """

    def __init__(self, seed: int = 0):
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
            raise TypeError(
                f"glorot_uniform: expected a whole number as seed, got {seed!r}. "
                "Write glorot_uniform(seed=0)."
            )
        self.seed = int(seed)

    def __call__(self, shape, dtype=None):
        """Return a tensor of `shape`; a kernel's is (..., input channels, output channels)."""
        shape = tuple(int(size) for size in shape)
        fan_in, fan_out = _fans(shape)
        limit = tf.constant(math.sqrt(6.0 / max(1.0, fan_in + fan_out)), tf.float32)
        unit = tf.raw_ops.StatelessRandomUniformV2(
            shape=shape,
            key=np.array([_TF1_GRAPH_SEED], np.uint64),
            counter=np.array([0, self.seed % _TF1_MAX_SEED], np.uint64),
            alg=_PHILOX,
        )
        dtype = keras.backend.standardize_dtype(dtype or keras.config.floatx())
        return tf.cast(unit * (limit - -limit) + -limit, dtype)

    def get_config(self) -> dict:
        return {"seed": self.seed}


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return (fan-in, fan-out) for a kernel of any rank."""
    if len(shape) < 2:
        size = shape[0] if shape else 1
        return size, size
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]
