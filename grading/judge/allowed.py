"""The option values that are allowed in a submission's model JSON.

The JSON comes from a process that ran a student's code, so it may contain anything. Every number
that determines a size has an upper bound here and is checked before Keras sees it: some values make
TensorFlow allocate memory until the machine has none left, others abort the process.
"""

from __future__ import annotations

import math

from resnets.checks.known_layers import is_linear

MAX_TENSOR = 1 << 24  # elements in one activation, for the two images that a network is run on
MAX_LENGTH = 4096  # items in one list
MAX_DEPTH = 4  # levels of nested lists; a constant batch of images needs all four
MAX_WORD = 64  # characters in one text option

MODELS = {
    **dict.fromkeys([("keras", "Sequential"), ("keras.models", "Sequential")], "Sequential"),
    **{
        (module, name): "Functional"
        for module in ("keras", "keras.models", "keras.src.models.functional")
        for name in ("Functional", "Model")
    },
}
# Layers that may be used as another layer's activation.
ACTIVATION_LAYERS = frozenset("Activation ELU Identity LeakyReLU PReLU ReLU Softmax".split())
ACTIVATIONS = frozenset(
    "celu elu exponential gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu "
    "linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus "
    "softsign squareplus swish tanh tanh_shrink threshold".split()
)
DTYPES = frozenset("float16 bfloat16 float32 float64".split())
POLICIES = DTYPES | {"mixed_float16", "mixed_bfloat16"}
CAST_TO = DTYPES | set("bool int8 int16 int32 int64 uint8".split())

# The judge draws every weight itself and never trains, so these options have no effect. They are
# dropped: each could name a class, and building a class is a risk without a use.
OVERRULED = ("_initializer", "_regularizer", "_constraint")

_SIDE = (1, 1024)
_WIDTH = (0, 1024)
_CHANNELS = (1, 1 << 16)
_AXIS = (-16, 16)
_SIZE = (-1, MAX_TENSOR)
_BOUNDS = {
    "filters": _CHANNELS,
    "units": _CHANNELS,
    "groups": (-1, 1 << 16),
    "depth_multiplier": (1, 256),
    "kernel_size": _SIDE,
    "pool_size": _SIDE,
    "strides": _SIDE,
    "dilation_rate": (1, 64),
    "size": _SIDE,
    "padding": _WIDTH,
    "cropping": _WIDTH,
    "pad_width": _WIDTH,
    "repeats": (0, 1 << 16),
    "indices_or_sections": (-1024, 1024),
    **dict.fromkeys("axis axes axis1 axis2 dims source destination shared_axes".split(), _AXIS),
    **dict.fromkeys(("shape", "newshape", "target_shape"), _SIZE),
}
_PRODUCTS = frozenset("shape newshape target_shape repeats".split())
_ANY_WHOLE = (-(1 << 16), 1 << 16)
_ANY_ARGUMENT = (-(1 << 31), (1 << 31) - 1)


class ArchitectureError(ValueError):
    """The JSON is malformed, too large or not allowed; the message says which."""


def option(name: str, value: object) -> object:
    """Return a layer's option unchanged, after checking it against the bounds for its name.

    Raises:
        ArchitectureError: the value is not a plain value or is out of bounds.
    """
    if name == "subscripts" and not (isinstance(value, str) and is_linear(value)):
        raise ArchitectureError(
            f"{name}={_short_repr(value)}: expected an einsum that only spreads"
        )
    low, high = _BOUNDS.get(name, _ANY_WHOLE)
    whole = name in _BOUNDS
    _check(name, value, low, high, whole)
    if name in _PRODUCTS and math.prod(abs(n) for n in _numbers(value)) > MAX_TENSOR:
        raise ArchitectureError(f"{name}={_short_repr(value)}: too large")
    return value


def argument(value: object) -> object:
    """Return a constant argument of a layer's call unchanged, after checking it.

    Raises:
        ArchitectureError: the value is not a plain value or is too large.
    """
    _check("a call's argument", value, *_ANY_ARGUMENT, whole=False)
    return value


def word(name: str, value: object, known: frozenset[str]) -> str:
    """Return `value` unchanged if it is one of the words in `known`.

    Raises:
        ArchitectureError: it is not.
    """
    if not isinstance(value, str) or value not in known:
        expected = ", ".join(sorted(known))
        raise ArchitectureError(f"{name}={_short_repr(value)}: expected one of {expected}")
    return value


def _check(name: str, value: object, low: int, high: int, whole: bool, depth: int = 0) -> None:
    """Accept None, booleans, short texts, numbers from `low` to `high`, and nested lists of these.

    Args:
        whole: accept whole numbers only: no booleans and no floats.

    Raises:
        ArchitectureError: the value is anything else.
    """
    if isinstance(value, list) and depth < MAX_DEPTH and len(value) <= MAX_LENGTH:
        for part in value:
            _check(name, part, low, high, whole, depth + 1)
        return
    if isinstance(value, str):
        fits = len(value) <= MAX_WORD and value.isprintable()
    elif isinstance(value, bool):
        fits = not whole
    elif isinstance(value, int):
        fits = low <= value <= high
    elif isinstance(value, float):
        fits = not whole and not math.isnan(value)
    else:
        fits = value is None
    if not fits:
        numbers = f"numbers from {low:,} to {high:,}"
        expected = f"whole {numbers}" if whole else f"short texts, {numbers} or lists of these"
        raise ArchitectureError(f"{name}={_short_repr(value)}: expected {expected}")


def _numbers(value: object) -> list[int]:
    """Return all whole numbers in a value or in nested lists, flattened."""
    if isinstance(value, list):
        return [number for part in value for number in _numbers(part)]
    return [value] if isinstance(value, int) else []


def _short_repr(value: object) -> str:
    # repr() raises ValueError for whole numbers of more than 4300 digits.
    if isinstance(value, int) and abs(value) > 1 << 64:
        return "a huge number"
    return repr(value)[:60]
