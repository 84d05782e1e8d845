"""The layers and operations of Keras that can be compared; check and grader have the same list.

Who calls it: an attempt, which names other layers, and the grader's judge, which builds no others.
"""

from __future__ import annotations

import keras

from resnets.checks.graph import producer, tensors_before

LAYERS = frozenset(
    "InputLayer Activation Add Average AveragePooling2D BatchNormalization Concatenate Conv2D "
    "Dense DepthwiseConv2D Dropout ELU Flatten GlobalAveragePooling2D GlobalMaxPooling2D "
    "GroupNormalization Identity LayerNormalization LeakyReLU MaxPooling2D Maximum Minimum "
    "Multiply PReLU Permute ReLU RepeatVector Rescaling Reshape SeparableConv2D Softmax "
    "SpatialDropout2D Subtract UpSampling2D ZeroPadding2D Cropping2D".split()
)
"""Classes of `keras.layers`."""

# Operations of `keras.ops` whose cost is linear in the size of their input and output. That leaves
# out Matmul, Sort and Conv, for example; of Einsum see `is_linear`.
OPERATIONS = {
    "keras.src.ops.numpy": frozenset(
        "Abs Absolute Add Amax Amin Average BroadcastTo Clip Concatenate Copy Divide Einsum Equal "
        "Exp ExpandDims Flip FullLike GetItem Greater GreaterEqual Hstack Less LessEqual Log Log1p "
        "Max Maximum Mean Min Minimum Moveaxis Multiply Negative OnesLike Pad Power Prod Ravel "
        "Reciprocal Repeat Reshape Roll Sign Split Sqrt Square Squeeze Stack Std Subtract Sum "
        "Swapaxes Tanh Tile Transpose TrueDivide Var Vstack Where ZerosLike".split()
    ),
    "keras.src.ops.nn": frozenset(
        "AveragePool Celu Elu Gelu HardSigmoid HardSilu HardTanh LeakyRelu LogSigmoid LogSoftmax "
        "MaxPool Moments Normalize Relu Relu6 Selu Sigmoid Silu Softmax Softplus Softsign "
        "Threshold".split()
    ),
    "keras.src.activations.activations": frozenset({"ReLU", "Mish"}),
    "keras.src.ops.core": frozenset({"Cast"}),
}
"""Names of classes by module."""


def unknown_kinds(ends: list[keras.KerasTensor]) -> list[str]:
    """Return the class names of Keras's own layers and operations that are not in the list."""
    operations = [producer(tensor).operation for tensor in tensors_before(ends)]
    return sorted({name for operation in operations for name in _unknown_in(operation)})


def _unknown_in(operation: keras.Operation) -> set[str]:
    module, name = type(operation).__module__, type(operation).__name__
    if isinstance(operation, keras.Model):
        return {name for inner in operation.layers for name in _unknown_in(inner)}
    if module.startswith("keras.src.layers."):
        return set() if name in LAYERS else {name}
    if not module.startswith("keras."):
        return set()  # somebody's own class: whether its code can be followed is another question
    if name == "Einsum" and not is_linear(operation.subscripts):
        return {name}
    return set() if name in OPERATIONS.get(module, ()) else {name}


def is_linear(subscripts: str) -> bool:
    """Return whether an einsum's cost is that of its largest tensor: one has all the letters."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    tensors = [*inputs.split(","), output]
    letters = set("".join(tensors))
    return bool(arrow) and "." not in letters and any(letters == set(one) for one in tensors)
