"""Faster training of a plain Keras model: its layers, names and weights stay as they are.

Who calls it: lessons 5, 7 and 8. Three things take time when ResNet-50 is trained on a processor,
and for each TensorFlow has something faster than what Keras asks for:

- BatchNorm, as Keras writes it, is about ten operations, and each reads all activations.
  TensorFlow's fused kernel reads them twice.
- Convolutions multiply float32 numbers (24 bits of precision). Processors with AVX512-BF16 or AMX
  multiply bfloat16 numbers (8 bits, the same range) about twice as fast. TensorFlow rewrites the
  graph: convolutions and products in bfloat16, the weights and their updates in float32
  (Micikevicius et al., Mixed precision training, 2018).
- Adam, as Keras writes it, is about 20 operations for each variable. To build them into the graph
  takes most of the time before the first step. TensorFlow's fused kernel is one operation.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import keras
import tensorflow as tf

from resnets.training.fused import apply_adam, can_apply, can_fuse, normalize_batch
from resnets.training.stored import outputs_are_stored

_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}
_plain_call = keras.layers.BatchNormalization.call
_plain_update = keras.optimizers.Adam._backend_update_step
_FUSED = "Fast training is on: BatchNorm and Adam in one operation each"


@dataclass(frozen=True)
class FastTraining:
    """What `fast_training` has switched on.

    Attributes:
        fused: whether BatchNorm, and Adam for each variable, is one operation in training.
        bfloat16: whether convolutions and products are computed in bfloat16.
    """

    fused: bool
    bfloat16: bool

    def __repr__(self) -> str:
        if not self.fused:
            return "Fast training is off."
        if outputs_are_stored():
            return "Fast training is on; run this cell to see what your processor can do."
        if self.bfloat16:
            return f"{_FUSED}, convolutions in bfloat16."
        return f"{_FUSED}. This processor has no bfloat16, so convolutions stay in float32."


def fast_training(on: bool = True, bfloat16: bool | None = None) -> FastTraining:
    """Let every model that is trained from now on in this process use what the processor has.

    A model's graph is built in its first training step and stays as it is, so call this before
    `fit`. Without bfloat16 the numbers agree with those of plain Keras within rounding errors.

    Args:
        on: False switches back to plain Keras.
        bfloat16: whether to use bfloat16; by default where the processor has it.

    Returns:
        What is switched on; shown in a notebook as a sentence.
    """
    if bfloat16 is None:
        bfloat16 = processor_has_bfloat16()
    bfloat16 = on and bfloat16
    layer = keras.layers.BatchNormalization
    layer.call = _fused_call if on else _plain_call
    keras.optimizers.Adam._backend_update_step = _fused_update if on else _plain_update
    tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": bfloat16})
    return FastTraining(fused=on, bfloat16=bfloat16)


@functools.cache
def processor_has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 numbers itself.

    Linux says so in `/proc/cpuinfo`. Elsewhere the answer is no, and float32 is used.
    """
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return any(
        _BFLOAT16_FLAGS & set(line.split()) for line in text.splitlines() if line[:5] == "flags"
    )


@functools.wraps(_plain_call)
def _fused_call(self, inputs, training=None, mask=None):
    if training and mask is None and can_fuse(self, inputs):
        return normalize_batch(self, inputs)
    return _plain_call(self, inputs, training=training, mask=mask)


@functools.wraps(_plain_update)
def _fused_update(self, grads, trainable_variables, learning_rate):
    if can_apply(self, grads, trainable_variables):
        apply_adam(self, grads, trainable_variables, learning_rate)
    else:
        _plain_update(self, grads, trainable_variables, learning_rate)
