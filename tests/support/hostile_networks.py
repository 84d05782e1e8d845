"""JSON of networks that would cost a judge too much time or memory, or crash its process."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator

import keras
from json_mutants import SMALL, networks
from keras import layers, ops

ARGUMENTS = SMALL["identity_block"]
SHAPE = tuple(ARGUMENTS["input"])
_BOUNDS = "kernel_size pool_size strides dilation_rate padding cropping filters units".split()
VALUES = [
    -1, 0, 2, 7, 64, 1023, 65_535, 1 << 20, (1 << 31) - 1, 1 << 31, -(1 << 31), 1 << 63, 10**30,
    1e30, -1e-30, float("inf"), float("nan"), "float64", "valid", "softmax", "x" * 1000, True, None,
    [], [0], [1 << 31, 1], [[1, 2], [3, 4]], [[[[[[]]]]]], {}, {"class_name": "__lambda__"},
    {"module": "os", "class_name": "system", "config": {"command": "true"}},
    {"class_name": "__tensor__", "config": {"value": [1.0], "dtype": "float32"}},
]  # fmt: skip


def network(build: Callable, change: Callable[[dict], None] = lambda layer: None) -> str:
    """Return the JSON of a network, with a change of its last layer's JSON."""
    start = keras.Input(SHAPE)
    top = json.loads(keras.Model(start, build(start)).to_json())
    change(top["config"]["layers"][-1])
    return json.dumps(top)


def with_option(build: Callable, **options: object) -> str:
    """Return the JSON of a network, with other options in its last layer."""
    return network(build, lambda layer: layer["config"].update(options))


def model_in_activation(levels: int) -> str:
    """Return JSON of a model as an activation, in which there is another one, and so on."""
    inner: object = "relu"
    for _ in range(levels):
        text = with_option(layers.Activation("linear"), activation=inner)
        inner = json.loads(text)
    return with_option(layers.Activation("linear"), activation=inner)


def over_and_over(x: keras.KerasTensor, step: Callable, times: int) -> keras.KerasTensor:
    """Return `x` after a number of steps."""
    for _ in range(times):
        x = step(x)
    return x


def calls_of_one_model(x: keras.KerasTensor) -> keras.KerasTensor:
    """Call a model that calls another model 30 times, which calls a layer 30 times."""
    block = layers.Activation("relu")
    for _ in range(2):
        start = keras.Input(SHAPE)
        block = keras.Model(start, over_and_over(start, block, 30))
    return block(x)


def _wide(x: keras.KerasTensor) -> keras.KerasTensor:
    return layers.ZeroPadding2D(300)(x)


def attacks() -> dict[str, str]:
    """Return the JSON of all attacks by their names; a judge must find none of them right."""
    conv, depthwise = layers.Conv2D(4, 1), layers.DepthwiseConv2D(3, padding="same")
    separable, huge = layers.SeparableConv2D(4, 3, padding="same"), 1 << 31
    pool, pad = layers.MaxPooling2D(2), layers.ZeroPadding2D(1)
    texts = {f"a model in an activation, {n} deep": model_in_activation(n) for n in (1, 3, 6)}
    texts["a model as a convolution's activation"] = with_option(
        conv, activation=json.loads(network(conv))
    )
    for name, layer in {"depthwise": depthwise, "separable": separable, "plain": conv}.items():
        texts[f"a dilation, {name}"] = with_option(layer, dilation_rate=[4000, 4000])
        texts[f"a huge stride, {name}"] = with_option(layer, strides=[huge, huge])
        texts[f"a huge kernel, {name}"] = with_option(layer, kernel_size=[huge, huge])
    texts |= {
        "a dilation within bounds": with_option(
            lambda x: depthwise(_wide(x)), dilation_rate=[64, 64], kernel_size=[900, 900]
        ),
        "many channels between": with_option(
            lambda x: separable(_wide(x)), depth_multiplier=256, filters=1
        ),
        "groups": with_option(
            conv, groups=4, dilation_rate=[64, 64], kernel_size=[15, 15], padding="same"
        ),
        "a huge pooling stride": with_option(pool, strides=[huge, 1]),
        "a huge pooling window": with_option(pool, pool_size=[huge, huge]),
        "a huge padding": with_option(pad, padding=[[0, huge], [0, 0]]),
        "a padding without end": with_option(pad, padding=[[10**12, 0], [10**12, 0]]),
        "paddings upon paddings": network(lambda x: over_and_over(x, layers.ZeroPadding2D(999), 9)),
        # Beside an infinite number, any other one would be near enough.
        "numbers that overflow": network(
            lambda x: over_and_over(x, lambda y: layers.Rescaling(1e30, dtype="float64")(y), 8)
        ),
        "negative padding": with_option(pad, padding=[[-9, -9], [-9, -9]]),
        "a huge cropping": with_option(layers.Cropping2D(1), cropping=[[huge, 0], [0, 0]]),
        "more images": network(lambda x: over_and_over(x, lambda y: ops.tile(y, (8, 1, 1, 1)), 20)),
        "images upon images": network(
            lambda x: over_and_over(x, lambda y: ops.concatenate([y, y], axis=0), 40)
        ),
        "repeats": network(lambda x: over_and_over(x, lambda y: ops.repeat(y, 500, axis=1), 5)),
        "tiles": network(lambda x: over_and_over(x, lambda y: ops.tile(y, (1, 90, 90, 9)), 9)),
        "a huge tile": with_option(lambda x: ops.tile(x, (1, 1, 1, 2)), repeats=[huge] * 4),
        "a huge operation's padding": with_option(
            lambda x: ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), pad_width=[[0, huge]] * 4
        ),
        "broadcast": with_option(
            lambda x: ops.broadcast_to(x, (2, *SHAPE)), shape=[1 << 20, 1 << 20, *SHAPE]
        ),
        "a reshape": with_option(layers.Reshape((-1,)), target_shape=[1 << 40, -1]),
        "many dimensions": network(
            lambda x: over_and_over(x, lambda y: ops.expand_dims(y, 1), 300)
        ),
        "what it holds": network(lambda x: ops.where(x > 0)[0]),
        "many parts": network(lambda x: ops.split(layers.Conv2D(4000, 1)(x), 4000, axis=-1)[0]),
        "one hot": network(lambda x: ops.one_hot(ops.cast(x, "int32"), 1 << 20)),
        "one model called over and over": network(calls_of_one_model),
        "an epsilon that is no number": with_option(
            layers.BatchNormalization(), epsilon=float("nan")
        ),
        "a quantisation": with_option(layers.Dense(4), quantization_config={"module": "os"}),
        "a policy of many": with_option(conv, dtype={
            "module": "keras", "class_name": "DTypePolicyMap", "config": {}}),
        "a Lambda": network(layers.Lambda(lambda x: x)),
        "a lambda as an activation": with_option(conv, activation={
            "class_name": "__lambda__", "config": {"value": "x"}}),
        "an argument of another kind": network(conv, lambda layer: layer["inbound_nodes"][0].update(
            kwargs={"class_name": "__tensor__", "config": {"value": [1.0], "dtype": "float32"}})),
        "another registered name": network(conv, lambda layer: layer.update(
            registered_name="grading>BlockPlaceholder")),
        "the name of another class": with_option(conv, activation="grading>BlockPlaceholder"),
        "deep": '{"config":' * 50_000,
        "deep lists": with_option(conv, kernel_size=json.loads("[" * 900 + "]" * 900)),
        "no end of layers": network(lambda x: over_and_over(x, layers.Activation("relu"), 650)),
        "layers in reverse": reversed_layers(),
    }  # fmt: skip
    return texts


def reversed_layers() -> str:
    """Return JSON with layers from the last to the first, which Keras would retry many times."""

    def step(x: keras.KerasTensor) -> keras.KerasTensor:
        return layers.Activation("relu")(x)

    top = json.loads(network(lambda x: over_and_over(x, step, 500)))
    top["config"]["layers"].reverse()
    return json.dumps(top)


def fuzzed(count: int, seed: int) -> Iterator[str]:
    """Generate the JSON of small networks in which one to three values are hostile."""
    draw = random.Random(seed)
    tops = [json.loads(text) for text in networks().values()]
    for _ in range(count):
        top = copy.deepcopy(draw.choice(tops))
        for _ in range(draw.randint(1, 3)):
            holder, key = draw.choice(list(_positions(top)))
            holder[key] = copy.deepcopy(draw.choice(VALUES))
        yield json.dumps(top)


def _positions(value: object) -> Iterator[tuple]:
    """Generate (dict or list, key) of each part of the JSON; sizes come eight times as often."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in list(parts):
        yield from [(value, key)] * (8 if key in _BOUNDS else 1)
        if isinstance(part, dict | list):
            yield from _positions(part)
