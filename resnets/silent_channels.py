"""Leave out the channels of a trained network that are 0 for every image.

Who calls it: the camera of lesson 6, for its answers and its training. The course's ResNet-50 uses
half of its channels; the others have zero kernels (see its model card), so three quarters of its
multiplications give 0.
"""

from __future__ import annotations

import keras
import numpy as np

from resnets.graph import ACTIVATIONS, NotFunctionalError, Step, walk

_KEEP_CHANNELS = ACTIVATIONS | {
    "BatchNormalization", "Dropout", "ZeroPadding2D", "MaxPooling2D", "AveragePooling2D",
    "GlobalAveragePooling2D",
}  # fmt: skip


class _NotNarrowedError(Exception):
    """The network has a layer whose channels are not followed."""


def without_silent_channels(model: keras.Model) -> keras.Model:
    """Return a network that computes the same from fewer channels.

    A channel is silent if it is 0 at every position, whatever the image. Where a shortcut is added,
    a channel stays if it is not silent in one of the two paths.

    Args:
        model: a functional classifier of images, channels last, with one output. It is not changed.

    Returns:
        A new network with copies of the weights; `model` itself if it has no silent channel, or
        layers other than those of a ResNet, or calls a layer twice.
    """
    try:
        steps = walk(model)
        if len(model.outputs) > 1:
            return model
        kept = _tied(steps, _not_silent(steps))
    except (_NotNarrowedError, NotFunctionalError):
        return model
    if all(channels.all() for channels in kept):
        return model
    by_layer = {step.layer: channels for step, channels in zip(steps, kept, strict=True)}

    def with_fewer_channels(layer: keras.Operation) -> keras.Operation:
        if not isinstance(layer, keras.Layer):
            return layer
        config = layer.get_config()
        for size in {"filters", "units"} & set(config):
            config[size] = int(by_layer[layer].sum())
        return type(layer).from_config(config)

    narrow = keras.models.clone_model(model, clone_function=with_fewer_channels)
    for step, channels in zip(steps, kept, strict=True):
        if getattr(step.layer, "weights", ()):
            before = kept[step.inputs[0]]
            narrow.get_layer(step.layer.name).set_weights(
                [_part(weight, before, channels) for weight in step.layer.get_weights()]
            )
    return narrow


def _not_silent(steps: list[Step]) -> list[np.ndarray]:
    """Return for each step which channels of its output are not 0 for every image.

    Raises:
        _NotNarrowedError: there is a layer that is not known here, or one that is called twice.
    """
    if len({step.layer for step in steps}) < len(steps):
        raise _NotNarrowedError
    active: list[np.ndarray] = []
    for step in steps:
        inputs = [active[index] for index in step.inputs]
        channels = np.ones(step.shape[-1], bool) if not inputs else _output(step, inputs)
        if not channels.any():
            channels[0] = True  # no layer can have 0 channels
        active.append(channels)
    active[-1][:] = True  # a class that is never answered is still a class
    return active


def _output(step: Step, inputs: list[np.ndarray]) -> np.ndarray:
    layer, (first, *others) = step.layer, inputs
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise _NotNarrowedError
    if step.is_addition and all(len(other) == len(first) for other in others):
        return np.any(inputs, axis=0)
    if others or getattr(layer, "groups", 1) > 1:
        raise _NotNarrowedError
    if step.kind == "Flatten":
        return np.tile(first, step.shape[-1] // len(first))
    if type(layer) in (keras.layers.Conv2D, keras.layers.Dense):
        kernel, *bias = layer.get_weights()
        active = kernel[..., first, :].any(axis=tuple(range(kernel.ndim - 1)))
        active = active | (bias[0] != 0) if bias else active
        return active if _keeps_0(layer) else np.ones_like(active)
    if step.kind not in _KEEP_CHANNELS or not _keeps_0(layer):
        raise _NotNarrowedError
    if step.kind != "BatchNormalization":
        return first
    if layer.axis not in (-1, len(step.shape) - 1):
        raise _NotNarrowedError
    zeros = np.zeros((*[1] * (len(step.shape) - 1), len(first)), np.float32)
    return first | np.asarray(layer(zeros, training=False)).ravel().astype(bool)


def _keeps_0(layer: keras.Operation) -> bool:
    """Return whether a layer's activation is 0 at 0 and looks at no other channel."""
    activation = getattr(layer, "activation", None)
    known = activation in (None, keras.activations.relu, keras.activations.linear)
    return known and not getattr(layer, "threshold", 0)


def _tied(steps: list[Step], kept: list[np.ndarray]) -> list[np.ndarray]:
    """Add channels until the two sides of every layer that needs it have the same."""
    grown = True
    while grown:
        grown = False
        for index, step in enumerate(steps):
            if not step.is_addition and step.kind not in _KEEP_CHANNELS | {"Flatten"}:
                continue
            sides = (index, *step.inputs)
            once = [kept[side].reshape(-1, len(kept[sides[1]])).any(axis=0) for side in sides]
            together = np.any(once, axis=0)
            for side in sides:
                channels = np.tile(together, len(kept[side]) // len(together))
                grown |= bool((channels & ~kept[side]).any())
                kept[side] = channels
    return kept


def _part(weight: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The part of a kernel or vector that belongs to the kept channels."""
    weight = weight[..., after]
    return weight if weight.ndim == 1 else weight[..., before, :]
