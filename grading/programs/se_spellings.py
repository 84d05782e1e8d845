"""Programs for the squeeze-and-excitation block, as students write them: all of them right."""

from __future__ import annotations

_START = """def se_block(X, ratio, stage, block):
    name = f"se{stage}{block}_"
    channels = X.shape[-1]
"""
_DENSE = """    s = layers.Dense(channels // ratio, activation="relu", name=name + "reduce")(s)
    s = layers.Dense(channels, activation="sigmoid", name=name + "expand")(s)
"""
_CONVOLUTIONS = """    s = Conv2D(channels // ratio, 1, activation="relu", name=name + "reduce")(s)
    s = Conv2D(channels, 1, activation="sigmoid", name=name + "expand")(s)
"""
_KEPT = "    s = layers.GlobalAveragePooling2D(keepdims=True)(X)\n"
_FLAT = "    s = layers.GlobalAveragePooling2D()(X)\n"
_PRODUCT = "    return layers.Multiply()([X, s])\n"
_RESHAPED = "    s = layers.Reshape((1, 1, channels))(s)\n"


def _program(squeeze: str = _KEPT, gate: str = _DENSE, product: str = _PRODUCT) -> str:
    return _START + squeeze + gate + product


SPELLINGS = {
    "as taught": _program(),
    "vectors, reshaped": _program(_FLAT, product=_RESHAPED + _PRODUCT),
    "vectors, broadcast by Multiply": _program(_FLAT),
    "reshaped at once": _program(_FLAT + _RESHAPED),
    "reshaped between the dense layers": _program(
        _FLAT, _DENSE.replace("\n", "\n    s = layers.Reshape((1, 1, channels // ratio))(s)\n", 1)
    ),
    "1x1 convolutions": _program(gate=_CONVOLUTIONS),
    "1x1 convolutions on a reshaped vector": _program(_FLAT + _RESHAPED, _CONVOLUTIONS),
    "a dense layer, then a convolution": _program(
        gate=_DENSE.splitlines(keepends=True)[0] + _CONVOLUTIONS.splitlines(keepends=True)[1]
    ),
    "vector, then convolution": _program(
        _FLAT,
        _DENSE.splitlines(keepends=True)[0]
        + "    s = layers.Reshape((1, 1, channels // ratio))(s)\n"
        + _CONVOLUTIONS.splitlines(keepends=True)[1],
    ),
    "times": _program(product="    return X * s\n"),
    "times, the other way round": _program(product="    return s * X\n"),
    "Multiply, the other way round": _program(product="    return layers.Multiply()([s, X])\n"),
    "layers.multiply": _program(product="    return layers.multiply([X, s])\n"),
    "keras.ops.multiply": _program(product="    return keras.ops.multiply(X, s)\n"),
    "times a vector with new axes": _program(_FLAT, product="    return X * s[:, None, None, :]\n"),
    "expand_dims": _program(
        _FLAT,
        product="    s = keras.ops.expand_dims(keras.ops.expand_dims(s, 1), 1)\n    return X * s\n",
    ),
    "ops.reshape": _program(
        _FLAT, product="    return X * keras.ops.reshape(s, (-1, 1, 1, channels))\n"
    ),
    "activations as layers": _program(
        gate="""    s = layers.Dense(channels // ratio, name=name + "reduce")(s)
    s = layers.ReLU()(s)
    s = layers.Dense(channels, name=name + "expand")(s)
    s = Activation("sigmoid")(s)
"""
    ),
    "activations as functions": _program(
        gate="""    s = layers.Dense(channels // ratio, name=name + "reduce")(s)
    s = keras.activations.relu(s)
    s = keras.ops.sigmoid(layers.Dense(channels, name=name + "expand")(s))
"""
    ),
    "average pooling over the whole image": _program(
        "    s = layers.AveragePooling2D((X.shape[1], X.shape[2]))(X)\n"
    ),
    "ops.mean": _program("    s = keras.ops.mean(X, axis=(1, 2), keepdims=True)\n"),
    "ops.mean without keepdims": _program(
        "    s = keras.ops.mean(X, axis=[1, 2])\n", product=_RESHAPED + _PRODUCT
    ),
    "two means": _program(
        "    s = keras.ops.mean(keras.ops.mean(X, 1, keepdims=True), 2, keepdims=True)\n"
    ),
    "sum divided by the number of positions": _program(
        "    s = keras.ops.sum(X, (1, 2), keepdims=True) / (X.shape[1] * X.shape[2])\n"
    ),
    "no biases, as in the paper": _program(gate=_DENSE.replace("name=", "use_bias=False, name=")),
    "He's initialiser": _program(
        gate=_DENSE.replace("name=", "kernel_initializer='he_normal', name=")
    ),
    "a nested Sequential": _program(
        gate="""    s = keras.Sequential([
        layers.Dense(channels // ratio, activation="relu", name=name + "reduce"),
        layers.Dense(channels, activation="sigmoid", name=name + "expand"),
    ])(s)
"""
    ),
    "a nested Sequential of vectors": _program(
        gate="",
        squeeze="""    s = keras.Sequential([
        layers.GlobalAveragePooling2D(),
        layers.Dense(channels // ratio, activation="relu", name=name + "reduce"),
        layers.Dense(channels, activation="sigmoid", name=name + "expand"),
    ])(X)
""",
    ),
    "a Lambda for the average": _program(
        "    s = layers.Lambda(lambda t: keras.ops.mean(t, axis=(1, 2), keepdims=True))(X)\n"
    ),
    "sigmoid from its formula": _program(
        gate=_DENSE.replace('activation="sigmoid", ', ""),
        product="    return X * (1 / (1 + keras.ops.exp(-s)))\n",
    ),
}
