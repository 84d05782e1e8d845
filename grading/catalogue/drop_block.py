"""`drop_block`: its reference, its mistakes, and the networks it is tested on."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from keras import layers

from grading.catalogue.drop_block_mistakes import MISTAKES
from grading.catalogue.drop_block_reference import reference
from grading.catalogue.entry import Numbers
from grading.catalogue.small_networks import draw_images, draw_weights


def _drawn(rng: np.random.Generator, first: bool) -> dict:
    """Draw the numbers for one call.

    Args:
        first: whether the block to be dropped is the first of its stage, and not the last.
    """
    return {
        "stage": int(rng.integers(2, 5)),
        "first": first,
        "channels": int(rng.integers(5, 7)),
        "seed": int(rng.integers(1 << 31)),
    }


def _draw(rng: np.random.Generator) -> list[dict]:
    return [_drawn(rng, first=False), _drawn(rng, first=True)]


def _arguments(draw: dict) -> dict[str, object]:
    """Return the network, the block, and the inputs that the models are run on, for a draw."""
    rng = np.random.default_rng(draw["seed"])
    stage = draw["stage"]
    after = stage + 1
    first, last = f"{stage}b", f"{stage}c"
    blocks = [first, f"{after}b", f"{after}c"] if draw["first"] else [first, last, f"{after}b"]
    model = _network(blocks, draw["channels"])
    draw_weights(model, rng)
    return {"model": model, "block": blocks[1], "inputs": draw_images(rng, 3, 4, 3, 2)}


def _network(blocks: list[str], channels: int) -> keras.Model:
    """Return a network of identity blocks with these names."""
    start = keras.Input((4, 3, 2))
    x = layers.Conv2D(channels, 2, activation="relu", name="conv1")(start)
    for block in blocks:
        x = _identity_block(x, block)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    model = keras.Model(start, layers.Dense(3, activation="softmax", name="fc3")(x))
    for seed, layer in enumerate(model.layers):
        if isinstance(layer, layers.Conv2D | layers.Dense):
            # With a seed, a copy that begins with weights of its own begins with the same ones
            # everywhere, so this mistake can be named.
            layer.kernel_initializer = keras.initializers.GlorotUniform(seed)
    return model


def _identity_block(x, block: str):
    """Return the output of an identity block, whose layers all have names of their own.

    A function may add layers with Keras's own names, such as "activation", without a clash.
    """
    sizes, shortcut = {"2a": (3, 1), "2b": (3, 2), "2c": (x.shape[-1], 1)}, x
    for part, (filters, kernel) in sizes.items():
        name = f"{block}_branch{part}"
        x = layers.Conv2D(filters, kernel, padding="same", name=f"res{name}")(x)
        x = layers.BatchNormalization(axis=3, name=f"bn{name}")(x)
        if part != "2c":
            x = layers.Activation("relu", name=f"relu{name}")(x)
    x = layers.Add(name=f"add{block}")([x, shortcut])
    return layers.Activation("relu", name=f"relu{block}")(x)


def _stored(seed: int, first: bool) -> Callable[[], dict[str, object]]:
    return lambda: _arguments(_drawn(np.random.default_rng(seed), first))


ENTRY = Numbers(
    mistakes=MISTAKES,
    reference=reference,
    stored={
        "a small network, and the last block of a stage": _stored(1, False),
        "a small network, and the first block of a stage": _stored(2, True),
    },
    arguments=_arguments,
    draw=_draw,
    pool=4,  # naming a mistake takes seconds for each
)
