"""Tell the roles of a network's layers with weights from its normal form alone.

What a role is says `resnets.checks.graph`, by which the judge draws the weights: a network whose
layers have other roles gets other weights.
"""

from __future__ import annotations

from grading.judge.one_spelling import PLAIN_RELU, SMALL_EPSILON, digest
from grading.sandbox.block_placeholder import BlockPlaceholder

WITH_WEIGHTS = frozenset(
    "Conv2D BatchNormalization Dense DepthwiseConv2D SeparableConv2D GroupNormalization "
    "LayerNormalization PReLU".split()
)
_GIVES_A_WEIGHT_ITS_SHAPE = ("filters", "kernel_size", "kind")
_LINEAR_OR_RELU = ("linear", "relu", None)
_TRANSPARENT = frozenset(
    "InputLayer Relu Add MaxPooling2D AveragePooling2D GlobalAveragePooling2D Flatten".split()
)


def role(layer: dict, before: frozenset[str]) -> str:
    """Other than another layer's only where its role in `resnets.checks.graph` is another one."""
    given = {**layer["config"], **layer["config"].get("arguments", {})}
    kind = layer["class_name"]
    if kind == "Dense":  # which on an image has the role of a 1x1 convolution
        kind, given = "Conv2D", {"filters": given["units"], "kernel_size": [1, 1]}
    sizes = [given.get(key) for key in _GIVES_A_WEIGHT_ITS_SHAPE]
    window = given.get("f")
    sizes.append([window, window] if isinstance(window, int) else window)
    return digest([kind, sizes, *sorted(before)])


def every_weight_counts(layers: list[dict], sources: dict[str, list[str]]) -> bool:
    """Whether no weight is without effect on what a network of these layers puts out.

    It would be without one before a zero or before a difference of two equal tensors. So of each
    kind of layer, only what makes neither is let pass.

    Args:
        sources: the names of the layers that each layer is called on.
    """
    by_name = {layer["name"]: layer for layer in layers}
    after: dict[str, list[dict]] = {}
    for name, before in sources.items():
        for source in before:
            after.setdefault(source, []).append(by_name[name])
    return all(
        _lets_through(layer, [by_name[one] for one in sources[name]], after.get(name, []))
        for name, layer in by_name.items()
    )


def _lets_through(layer: dict, before: list[dict], after: list[dict]) -> bool:
    kind, options = layer["class_name"], layer["config"]
    if "dtype" in options:
        return False
    if kind == "Conv2D":
        plain = options.get("dilation_rate") == [1, 1] and options.get("groups") == 1
        return plain and options.get("activation") in _LINEAR_OR_RELU
    if kind == "Dense":
        of_two = options.get("activation") == "softmax" and options.get("units", 0) > 1
        return of_two or options.get("activation") in _LINEAR_OR_RELU
    if kind == "BatchNormalization":
        return 0 < options.get("epsilon", 1) <= SMALL_EPSILON
    if kind == "ReLU":
        return {key: options[key] for key in options if key != "name"} == PLAIN_RELU
    if kind == "Softmax" or options.get("activation") == "softmax":  # of one number it is 1
        return all(one["config"].get("units", 0) > 1 for one in before)
    if kind == "Activation":
        return options.get("activation") in _LINEAR_OR_RELU
    if kind == "ZeroPadding2D":  # where a window of the next layer could lie in the padding
        widest = max(max(side) for side in options["padding"])
        return all(_is_wider(one, widest) for one in after)
    return kind in _TRANSPARENT or kind == BlockPlaceholder.__name__


def _is_wider(layer: dict, padding: int) -> bool:
    return layer["class_name"] == "Conv2D" and min(layer["config"]["kernel_size"]) > padding
