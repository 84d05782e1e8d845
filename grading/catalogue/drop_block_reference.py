"""The reference for `drop_block`, and the parts that its mistakes are made of."""

from __future__ import annotations

import functools
from collections.abc import Callable

import keras
from keras import layers

Change = Callable[[keras.Model, str], None]


def copied(model: keras.Model) -> keras.Model:
    """Return another model with the same layers and weights.

    The next call for this model returns the same copy, with the weights of the model again: the
    judge tries 36 variants on one model, and building a copy takes longer than running it.
    """
    copy = _clone(model)
    copy.set_weights(model.get_weights())
    return copy


@functools.lru_cache(maxsize=1)
def _clone(model: keras.Model) -> keras.Model:
    return keras.models.clone_model(model)


def silence(model: keras.Model, block: str) -> None:
    """Make the branch of a block give 0."""
    set_norm(model, block, gamma=0, beta=0)


def set_norm(model: keras.Model, block: str, part: str = "2c", **values: float) -> None:
    """Set weights of one BatchNorm of a block, such as gamma, to a number."""
    norm = model.get_layer(f"bn{block}_branch{part}")
    for name, value in values.items():
        weight = getattr(norm, name)
        weight.assign(keras.ops.full(weight.shape, value))


def reference(model: keras.Model, block: str, change: Change = silence) -> keras.Model:
    """Return a copy of the model in which the block does nothing.

    The block's input has come through a ReLU and is never negative. So without the branch, the
    block's own ReLU changes nothing, and the block is the identity.
    """
    copy = copied(model)
    change(copy, block)
    return copy


def rebuilt(model: keras.Model, block: str, output: Callable) -> keras.Model:
    """Return a copy of the model with another output of the block.

    Args:
        output: `output(x, branch)` returns the tensor that takes the place of the block's output; x
            is the block's input.
    """
    copy = copied(model)
    end = _end(copy, block)
    new = {id(end.output): output(_input(copy, block), _branch(copy, block))}
    for layer in copy.layers[copy.layers.index(end) + 1 :]:
        given = layer.input
        several = isinstance(given, list)
        inputs = [new.get(id(t), t) for t in (given if several else [given])]
        new[id(layer.output)] = layer(inputs if several else inputs[0])
    return keras.Model(copy.inputs[0], new[id(copy.outputs[0])])


def cut(model: keras.Model, block: str) -> keras.Model:
    """Return the part of the model that ends where the block begins."""
    return keras.Model(model.inputs[0], _input(model, block))


def before_relu(x: keras.KerasTensor) -> keras.KerasTensor:
    """Return the input of the ReLU whose output is x."""
    return x._keras_history.operation.input


def _input(model: keras.Model, block: str) -> keras.KerasTensor:
    return model.get_layer(f"res{block}_branch2a").input


def _branch(model: keras.Model, block: str) -> keras.KerasTensor:
    return model.get_layer(f"bn{block}_branch2c").output


def _end(model: keras.Model, block: str) -> keras.Layer:
    """Return the ReLU after the block's addition."""
    branch = _branch(model, block)
    adds = [layer for layer in model.layers if isinstance(layer, layers.Add)]
    (added,) = (add.output for add in adds if any(t is branch for t in add.input))
    return next(layer for layer in model.layers if layer.input is added)
