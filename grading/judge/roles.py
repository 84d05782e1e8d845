"""Determine the roles of a network's weight layers from its normal form alone.

`resnets.checks.graph` defines roles. The judge assigns weights by role, so a network whose layers
have different roles gets different weights.
"""

from __future__ import annotations

from grading.judge.one_spelling import PLAIN_RELU, SMALL_EPSILON, digest
from grading.sandbox.block_placeholder import BlockPlaceholder

WITH_WEIGHTS = frozenset(
    "Conv2D BatchNormalization Dense DepthwiseConv2D SeparableConv2D GroupNormalization "
    "LayerNormalization PReLU".split()
)
_DETERMINES_WEIGHT_SHAPE = ("filters", "kernel_size", "kind")
_LINEAR_OR_RELU = ("linear", "relu", None)
_TRANSPARENT = frozenset(
    "InputLayer Relu Add MaxPooling2D AveragePooling2D GlobalAveragePooling2D Flatten".split()
)


def role(layer: dict, before: frozenset[str]) -> str:
    """Return a text for a layer's role.

    It differs between two layers only if their roles in `resnets.checks.graph` differ as well. The
    converse need not hold: this is how the judge proves that two networks are different.

    Args:
        layer: its normal form.
        before: the roles of the nearest weight layers before it.
    """
    options = {**layer["config"], **layer["config"].get("arguments", {})}
    kind = layer["class_name"]
    if kind == "Dense":  # on an image it has the role of a 1x1 convolution
        kind, options = "Conv2D", {"filters": options["units"], "kernel_size": [1, 1]}
    sizes = [options.get(key) for key in _DETERMINES_WEIGHT_SHAPE]
    window = options.get("f")
    sizes.append([window, window] if isinstance(window, int) else window)
    return digest([kind, sizes, *sorted(before)])


def every_weight_counts(layers: list[dict], sources: dict[str, list[str]]) -> bool:
    """Return whether every weight certainly has an effect on the network's output.

    A weight has none if its layer's output is multiplied by zero or subtracted from an equal
    tensor. So each kind of layer is accepted only with options that can do neither.

    Args:
        layers: the layers' normal forms.
        sources: the names of the layers that each layer is called on.
    """
    by_name = {layer["name"]: layer for layer in layers}
    after: dict[str, list[dict]] = {}
    for name, before in sources.items():
        for source in before:
            after.setdefault(source, []).append(by_name[name])
    return all(
        _keeps_effects(layer, [by_name[source] for source in sources[name]], after.get(name, []))
        for name, layer in by_name.items()
    )


def _keeps_effects(layer: dict, before: list[dict], after: list[dict]) -> bool:
    """Return whether a layer's output depends on every one of its inputs and weights."""
    kind, options = layer["class_name"], layer["config"]
    if "dtype" in options:
        return False
    if kind == "Conv2D":
        plain = options.get("dilation_rate") == [1, 1] and options.get("groups") == 1
        return plain and options.get("activation") in _LINEAR_OR_RELU
    if kind == "Dense":
        # The softmax of a single number is always 1.
        softmax = options.get("activation") == "softmax" and options.get("units", 0) > 1
        return softmax or options.get("activation") in _LINEAR_OR_RELU
    if kind == "BatchNormalization":
        return 0 < options.get("epsilon", 1) <= SMALL_EPSILON
    if kind == "ReLU":
        return {key: options[key] for key in options if key != "name"} == PLAIN_RELU
    if kind == "Softmax" or options.get("activation") == "softmax":
        return all(source["config"].get("units", 0) > 1 for source in before)
    if kind == "Activation":
        return options.get("activation") in _LINEAR_OR_RELU
    if kind == "ZeroPadding2D":  # a window of the next layer that lies in the padding sees only 0
        widest = max(max(side) for side in options["padding"])
        return all(_is_wider(user, widest) for user in after)
    return kind in _TRANSPARENT or kind == BlockPlaceholder.__name__


def _is_wider(layer: dict, padding: int) -> bool:
    return layer["class_name"] == "Conv2D" and min(layer["config"]["kernel_size"]) > padding
