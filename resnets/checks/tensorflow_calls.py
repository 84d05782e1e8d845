"""Translate TensorFlow's functions on symbolic tensors into functions of `keras.ops`.

Who calls it: `unwrap`, while it runs the code of a learner's own layer or `Lambda` on symbolic
tensors. TensorFlow cannot compute `tf.nn.relu(x)` for a symbolic x of Keras 3, so it asks its
dispatchers, and the one here answers with `keras.ops.relu(x)`, which becomes part of the graph. A
function that is not in the table stays refused: nothing is guessed.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf
from keras import ops

# TensorFlow's name -> the name in keras.ops, for functions of tensors only
_SAME = {
    **{
        name: name
        for name in (
            "abs add divide elu equal exp expm1 floor greater greater_equal less "
            "less_equal log log1p maximum minimum multiply negative not_equal ones_like "
            "reciprocal relu relu6 round rsqrt selu sigmoid sign sqrt square subtract tanh "
            "zeros_like softplus softsign".split()
        )
    },
    "add_v2": "add", "mul": "multiply", "sub": "subtract", "neg": "negative", "real_div": "divide",
    "pow": "power", "zeros_like_v2": "zeros_like", "ones_like_v2": "ones_like",
    "truediv": "true_divide",
    "swish": "silu", "silu": "silu",
}  # fmt: skip
_REDUCE = {
    "reduce_mean": "mean", "reduce_sum": "sum", "reduce_max": "max", "reduce_min": "min",
    "reduce_variance": "var", "reduce_std": "std", "reduce_prod": "prod",
}  # fmt: skip


class _NotTranslated(Exception):  # noqa: N818 - not an error: TensorFlow then refuses the call
    """The call has an argument that `keras.ops` does not have."""


def _plain(arguments: dict, *kept: str) -> list:
    """Return the values of the arguments `kept`.

    Raises:
        _NotTranslated: another argument has a value other than None or False.
    """
    for name, value in arguments.items():
        if name not in kept and name != "name" and value not in (None, False):
            raise _NotTranslated
    return [arguments.get(name) for name in kept]


_OPERANDS = ("x", "y", "features", "input", "a", "b")


def _tensors(convert: Callable, named: dict) -> keras.KerasTensor:
    operands = [name for name in named if name in _OPERANDS]
    if named.get("beta", 1.0) != 1.0:
        raise _NotTranslated
    return convert(
        *_plain({k: v for k, v in named.items() if k not in ("beta", "layout")}, *operands)
    )


def _reshape(named: dict) -> keras.KerasTensor:
    tensor, shape = _plain(named, "tensor", "shape")
    sizes = [None if size is None else int(size) for size in shape]
    if None in sizes and -1 in sizes:  # as in [batch, -1], which flattens each image
        rest = math.prod(tensor.shape[1:]) // math.prod(n for n in sizes if n not in (None, -1))
        sizes = [rest if size == -1 else size for size in sizes]
    return ops.reshape(tensor, [-1 if size is None else size for size in sizes])


def _reduce(convert: Callable, named: dict) -> keras.KerasTensor:
    x, axis, keepdims = _plain(named, "input_tensor", "axis", "keepdims")
    return convert(x, axis=axis, keepdims=bool(keepdims))


def _add_n(named: dict) -> keras.KerasTensor:
    first, *others = named["inputs"]
    for other in others:
        first = ops.add(first, other)
    return first


def _pad(named: dict) -> keras.KerasTensor:
    tensor, widths, mode = _plain(named, "tensor", "paddings", "mode", "constant_values")[:3]
    value = named.get("constant_values") or 0
    widths = [[int(n) for n in pair] for pair in widths]
    mode = mode.lower()
    return ops.pad(tensor, widths, mode, value if mode == "constant" else None)


def _transpose(named: dict) -> keras.KerasTensor:
    x, axes = _plain(named, "a", "perm")
    return ops.transpose(x, axes)


def _concat(named: dict) -> keras.KerasTensor:
    values, axis = _plain(named, "values", "axis")
    return ops.concatenate(values, axis=axis)


def _stack(named: dict) -> keras.KerasTensor:
    values, axis = _plain(named, "values", "axis")
    return ops.stack(values, axis=axis or 0)


def _pool(convert: Callable, named: dict) -> keras.KerasTensor:
    kept = ("input", "ksize", "strides", "padding", "data_format")
    x, size, strides, padding, layout = _plain(named, *kept)
    if layout not in (None, "NHWC"):
        raise _NotTranslated
    return convert(x, size, strides, padding.lower())


def _leaky(named: dict) -> keras.KerasTensor:
    features, alpha = _plain(named, "features", "alpha")
    return ops.leaky_relu(features, negative_slope=0.2 if alpha is None else alpha)


_TABLE: dict[str, Callable[[dict], keras.KerasTensor]] = {
    **{
        name: functools.partial(_tensors, getattr(ops, same))
        for name, same in _SAME.items()
        if hasattr(ops, same)
    },
    "squared_difference": lambda named: ops.square(ops.subtract(named["x"], named["y"])),
    **{
        name: functools.partial(_reduce, getattr(ops, same))
        for name, same in _REDUCE.items()
        if hasattr(ops, same)
    },
    "add_n": _add_n,
    "pad_v2": _pad,
    "transpose_v2": _transpose,
    "concat": _concat,
    "stack": _stack,
    "max_pool2d": functools.partial(_pool, ops.max_pool),
    "avg_pool2d": functools.partial(_pool, ops.average_pool),
    "leaky_relu": _leaky,
    "reshape": _reshape,
    "identity": lambda named: named["input"],
    "gelu": lambda named: ops.gelu(named["features"], approximate=bool(named["approximate"])),
    "cast": lambda named: ops.cast(named["x"], tf.as_dtype(named["dtype"]).name),
    "clip_by_value": lambda named: ops.clip(
        named["t"], named["clip_value_min"], named["clip_value_max"]
    ),
    "expand_dims_v2": lambda named: ops.expand_dims(named["input"], named["axis"]),
    "squeeze_v2": lambda named: ops.squeeze(named["input"], named["axis"]),
    "where_v2": lambda named: ops.where(named["condition"], named["x"], named["y"]),
    "softmax_v2": lambda named: ops.softmax(
        named["logits"], -1 if named.get("axis") is None else named["axis"]
    ),
    "convert_to_tensor_v2_with_dispatch": lambda named: named["value"],
    "matmul": lambda named: ops.matmul(*_plain(named, "a", "b")),
    "shape_v2": lambda named: ops.shape(*_plain(named, "input")),
    "rank": lambda named: len(named["input"].shape),
}
_open = False


class _AsKerasOps(tf.__internal__.dispatch.GlobalOpDispatcher):
    def handle(self, op: Callable, args: tuple, kwargs: dict) -> object:
        translate = _TABLE.get(getattr(op, "__name__", ""))
        if not _open or translate is None:
            return self.NOT_SUPPORTED
        try:
            bound = inspect.signature(op).bind(*args, **kwargs)
            bound.apply_defaults()
            if not _is_symbolic(bound.arguments):
                return self.NOT_SUPPORTED
            return translate({k: v for k, v in bound.arguments.items() if k != "name"})
        except _NotTranslated:
            return self.NOT_SUPPORTED


def _is_symbolic(arguments: dict) -> bool:
    return any(
        isinstance(part, keras.KerasTensor)
        for value in arguments.values()
        for part in (value if isinstance(value, list | tuple) else [value])
    )


_AsKerasOps().register()


@contextmanager
def tensorflow_as_keras_ops() -> Iterator[None]:
    """Within the `with` block, translate TensorFlow's functions on symbolic tensors."""
    global _open
    before, _open = _open, True
    try:
        yield
    finally:
        _open = before
