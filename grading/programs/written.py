"""Programs as students write them: right ones in several styles, and each catalogued mistake.

The reference is data (`grading.catalogue.reference_blocks`), and so is a mistake: an edit of it.
Written down as Python text, with the arguments' names where the numbers come from, it is what a
student hands in.
"""

from __future__ import annotations

from dataclasses import dataclass

from grading.catalogue.preactivation_block import preactivation_spec
from grading.catalogue.reference_blocks import (
    BlockSpec,
    LayerSpec,
    convolutional_spec,
    edited,
    identity_spec,
)
from grading.catalogue.reference_resnet50 import StageSpec, resnet50_spec
from grading.catalogue.se_block import se_spec
from resnets.exercises import EXERCISES

_SPECS = {
    "identity_block": identity_spec,
    "convolutional_block": convolutional_spec,
    "preactivation_block": preactivation_spec,
    "se_block": se_spec,
}


class _Text(str):
    """A name or number as a student writes it; a calculation with it gives its text."""

    def __floordiv__(self, other: object) -> _Text:
        return _Text(f"{self} // {other}")

    def __mul__(self, other: object) -> _Text:
        return _Text(f"{self} * {other}")


_ARGUMENTS = {
    "f": "f",
    "filters": ["F1", "F2", "F3"],
    "ratio": "ratio",
    "s": "s",
    "stage": "",
    "block": "",
}
_MERGED = {
    "shortcut": "X_shortcut",
    "main_twice": "Add()([X, X])",
    "shortcut_twice": "Add()([X_shortcut, X_shortcut])",
    "multiply": "layers.Multiply()([X, X_shortcut])",
    "average": "layers.Average()([X, X_shortcut])",
    "concatenate": "layers.Concatenate()([X, X_shortcut])",
    "subtract": "layers.Subtract()([X, X_shortcut])",
    "maximum": "layers.Maximum()([X, X_shortcut])",
    "multiply_and_add": "X_shortcut + X_shortcut * X",
}


@dataclass(frozen=True)
class Style:
    """One way of writing: an expression for each kind of layer, called on {x}."""

    conv: str = (
        "Conv2D({filters}, {kernel}, strides={stride}, padding={padding!r}, name={name})({x})"
    )
    bn: str = "BatchNormalization(axis={axis}, name={name})({x})"
    relu: str = "Activation('relu')({x})"
    add: str = "Add()([{x}, X_shortcut])"
    name: str = "{kind!r} + str(stage) + block + '_branch{part}'"


_CLASSIC_CONV = (
    "Conv2D(filters = {filters}, kernel_size = ({kernel}, {kernel}), "
    "strides = ({stride}, {stride}), padding = {padding!r}, name = {name}, "
    "kernel_initializer = glorot_uniform(seed=0))({x})"
)
TAUGHT = Style()
STYLES = (
    TAUGHT,
    Style(conv=_CLASSIC_CONV),
    Style(conv=_CLASSIC_CONV, bn="BatchNormalization(axis = -1, name = {name})({x})"),
    Style(add="{x} + X_shortcut", relu="layers.ReLU()({x})"),
    Style(add="X_shortcut + {x}", relu="keras.activations.relu({x})"),
    Style(add="layers.add([X_shortcut, {x}])", relu="Activation(tf.nn.relu)({x})"),
    Style(add="keras.ops.add({x}, X_shortcut)", relu="keras.ops.relu({x})"),
    Style(relu="keras.ops.maximum({x}, 0.0)"),
    Style(bn="BatchNormalization(axis={axis}, momentum=0.9, epsilon=1e-5, name={name})({x})"),
    Style(conv=TAUGHT.conv.replace("name=", "use_bias=False, name=")),
    Style(conv=TAUGHT.conv.replace("name=", "kernel_regularizer='l2', name=")),
    Style(name="f'{kind}{{stage}}{{block}}_branch{part}'"),
    Style(name="'%s%s%s_branch%s' % ({kind!r}, stage, block, {part!r})"),
)


def block(exercise: str, edits: tuple = (), style: Style = TAUGHT) -> str:
    """The text of a block, with a mistake's edits built in."""
    parameters = list(EXERCISES[exercise].call_signature.parameters)[1:]
    arguments = {name: _ARGUMENTS[name] for name in parameters}
    first = "F1, F2, F3 = filters"
    if "filters" not in arguments:
        first, arguments["channels"] = "channels = X.shape[-1]", _Text("channels")
    lines = [first, *_body(_edited(exercise, edits, arguments), style)]
    return "\n    ".join([f"def {EXERCISES[exercise].signature}:", *lines]) + "\n"


def network(edits: tuple = (), style: Style = TAUGHT) -> str:
    """The text of a ResNet50 that calls the two blocks, with a mistake's edits built in."""
    spec = edited(resnet50_spec(("input_shape",), "classes"), list(edits), {"classes": "classes"})
    lines = [f"def {EXERCISES['ResNet50'].signature}:"]
    given = "input_shape" if spec.input_shape == ("input_shape",) else spec.input_shape
    lines += [f"X_input = layers.Input({given})", "X = X_input"]
    lines += [f"X = {_layer(step, 'X', style)}" for step in spec.stem]
    lines += [line for stage in spec.stages for line in _calls(stage)]
    lines += [f"X = {_layer(step, 'X', style)}" for step in spec.head]
    lines += ["return keras.Model(X_input, X)"] if spec.returns == "model" else []
    return "\n    ".join(lines) + "\n"


def _edited(exercise: str, edits: tuple, arguments: dict) -> BlockSpec:
    return edited(_SPECS[exercise](**arguments), list(edits), arguments)


def _calls(stage: StageSpec) -> list[str]:
    lines = []
    for index in range(stage.count):
        kind = stage.first if index == 0 else stage.others
        stride = stage.stride if index == 0 else 1
        more = f", s={stride}" if kind == "convolutional" else ""
        letter = "abcdefghij"[index]
        lines.append(
            f"X = {kind}_block(X, {stage.f}, {stage.filters}, {stage.number}, {letter!r}{more})"
        )
    return lines


def _body(spec: BlockSpec, style: Style) -> list[str]:
    lines, made = [], set()
    if spec.fork == "input":
        lines.append("X_shortcut = X")
    for step in spec.main:
        lines += _line(step, "X", "X", style, made)
        if step.name == spec.fork:
            lines.append("X_shortcut = X")
    for step in spec.shortcut:
        start = "X" if step.options.get("from") == "main" else "X_shortcut"
        lines += _line(step, "X_shortcut", start, style, made)
    if spec.returns == "main":
        lines.append("X_main = X")
    if spec.merge != "main":
        lines.append(f"X = {_MERGED.get(spec.merge, style.add).format(x='X')}")
    for step in spec.after:
        lines += _line(step, "X", "X", style, made)
    returned = {"output": "X", "shortcut": "X_shortcut", "main": "X_main"}
    return lines + ([f"return {returned[spec.returns]}"] if spec.returns in returned else [])


def _line(step: LayerSpec, target: str, start: str, style: Style, made: set[str]) -> list[str]:
    shared = step.options.get("share")
    if shared is None:
        return [f"{target} = {_layer(step, start, style)}"]
    first = [] if shared in made else [f"{shared} = {_layer(step, 'X', TAUGHT)[:-3]}"]
    made.add(shared)
    return [*first, f"{target} = {shared}({start})"]


def _layer(step: LayerSpec, x: str, style: Style) -> str:
    usual = {"padding": "valid", "stride": None, "function": "relu", "offset": 0.0}
    usual |= {"keepdims": False, "name": step.name}
    options = {**usual, **step.options, "x": x}
    options["stride"] = options["stride"] or ("1" if step.kind == "conv" else None)
    if step.kind in ("conv", "bn", "layer_norm"):
        kind = "res" if step.kind == "conv" else "bn"
        part = step.name.removeprefix("conv").removeprefix("bn")
        given = step.options.get("name")
        options["name"] = repr(given) if given else style.name.format(kind=kind, part=part)
    text = _template(step, style).format(**options)
    end = f")({x})"
    for name in _EXTRA.get(step.kind, ()):
        if name in options:
            text = text.removesuffix(end) + f", {name}={options[name]!r}{end}"
    return text[:-1] + ", training=True)" if options.get("training") else text


_EXTRA = {"conv": ("activation",), "bn": ("scale", "center", "trainable")}


def _template(step: LayerSpec, style: Style) -> str:
    if step.kind in ("conv", "bn"):
        return getattr(style, step.kind)
    if step.kind == "relu":
        return style.relu if step.options.get("function", "relu") == "relu" else (
            "Activation({function!r})({x})"
        )  # fmt: skip
    pool = "({window}, strides={stride}, padding={padding!r})({x})"
    return {
        "layer_norm": "layers.LayerNormalization(name={name})({x})",
        "leaky_relu": "layers.LeakyReLU()({x})",
        "rescaling": "layers.Rescaling({scale}, {offset})({x})",
        "dropout": "layers.Dropout({rate})({x})",
        "zero_padding": "layers.ZeroPadding2D({size})({x})",
        "max_pool": "layers.MaxPooling2D" + pool,
        "average_pool": "layers.AveragePooling2D" + pool,
        "global_average_pool": "layers.GlobalAveragePooling2D(keepdims={keepdims})({x})",
        "global_max_pool": "layers.GlobalMaxPooling2D(keepdims=True)({x})",
        "mean": "keras.ops.mean({x}, axis={axis}, keepdims=True)",
        "sum": "keras.ops.sum({x}, axis={axis}, keepdims=True)",
        "gate": "layers.Dense({units}, {activation!r}, name=f'se{{stage}}{{block}}_{name}')({x})",
        "activation": "Activation({function!r})({x})",
        "flatten": "layers.Flatten()({x})",
        "dense_relu": "layers.Dense({units}, activation='relu')({x})",
        "dense": "layers.Dense({units}, activation={activation!r}, name='fc' + str({units}))({x})",
    }[step.kind]


_NORMS = """def gradient_norms(model, X, Y):
    kernels = {kernels}
    with tf.GradientTape() as tape:
        P = model({x}, training={training})
        loss = {loss}
    gradients = [tf.convert_to_tensor(g) for g in tape.gradient(loss, kernels)]
    norms = np.array([float({measure}) for g in gradients])
    return {returned}
"""
_KERNELS = "[layer.kernel for layer in model.layers if hasattr(layer, 'kernel')]"
_MEAN = "tf.reduce_mean(keras.losses.categorical_crossentropy(Y, P))"
_RIGHT_NORMS = {
    "kernels": _KERNELS, "x": "X", "training": "True", "loss": _MEAN, "measure": "tf.norm(g)",
    "returned": "norms",
}  # fmt: skip
NORM_STYLES: tuple[dict[str, str], ...] = (
    {},
    {"measure": "np.linalg.norm(g)", "returned": "list(norms)"},
    {"measure": "tf.sqrt(tf.reduce_sum(g ** 2))", "returned": "norms.astype('float32')"},
    {"loss": "keras.losses.CategoricalCrossentropy()(Y, P)"},
    {"loss": "-tf.reduce_mean(tf.reduce_sum(Y * tf.math.log(P), axis=1))"},
)
NORM_MISTAKES: dict[str, dict[str, str]] = {
    "training_false": {"training": "False"},
    "squared_norm": {"measure": "tf.reduce_sum(g ** 2)"},
    "mean_absolute": {"measure": "tf.reduce_mean(tf.abs(g))"},
    "sum_absolute": {"measure": "tf.reduce_sum(tf.abs(g))"},
    "root_mean_square": {"measure": "tf.sqrt(tf.reduce_mean(g ** 2))"},
    "largest": {"measure": "tf.reduce_max(tf.abs(g))"},
    "signed_mean": {"measure": "tf.reduce_mean(g)"},
    "spectral_norm": {"measure": "np.linalg.norm(g.numpy().reshape(-1, g.shape[-1]), 2)"},
    "log_norm": {"measure": "np.log10(tf.norm(g))"},
    "summed_loss": {"loss": "tf.reduce_sum(keras.losses.categorical_crossentropy(Y, P))"},
    "other_loss": {"loss": "tf.reduce_mean(tf.square(Y - P))"},
    "softmax_twice": {
        "loss": "keras.losses.CategoricalCrossentropy(from_logits=True)(Y, tf.identity(P))"
    },
    "biases_included": {"kernels": "model.trainable_weights"},
    "reversed_order": {"returned": "norms[::-1]"},
    "sorted_norms": {"returned": "np.sort(norms)"},
    "layers_left_out": {"kernels": _KERNELS + "[1:]"},
    "weights_measured": {"measure": "0", "returned": "[float(tf.norm(k.value)) for k in kernels]"},
    "relative": {"returned": "norms / norms.max()"},
    "one_image": {"x": "X[:1]", "loss": _MEAN.replace("(Y,", "(Y[:1],")},
    "first_only": {"returned": "norms[0]"},
    "one_number": {"returned": "norms.mean()"},
}


def norms(**changes: str) -> str:
    """The text of `gradient_norms`, some of its expressions written otherwise."""
    return _NORMS.format(**{**_RIGHT_NORMS, **changes})
