"""Notebooks that solve an exercise in many ways: other programs, other bindings, other layouts.

`variation(seed)` draws one. Each is a notebook as a student might save it, with a check at its end,
and some contain a mistake. `tests/grading/test_agreement.py` runs them in IPython and marks them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from resnets.exercises import EXERCISES, Outcome

IMPORTS = """\
import numpy as np
import keras
import tensorflow as tf
import resnets_utils as utils
from resnets import checks
from keras import layers
from keras.layers import Activation, Add, BatchNormalization, Conv2D, Lambda, ReLU
from resnets_utils import glorot_uniform"""

RELUS = [
    'Activation("relu")({x})',
    "Activation(lambda t: tf.maximum(t, 0.0))({x})",
    "keras.Sequential([Lambda(lambda t: tf.nn.relu(t))])({x})",
    "ReLU()({x})",
    "layers.Activation(keras.activations.relu)({x})",
    "keras.activations.relu({x})",
    "keras.ops.relu({x})",
    "keras.ops.maximum({x}, 0.0)",
    "Lambda(lambda t: tf.nn.relu(t))({x})",
    "Lambda(lambda t: tf.maximum(t, 0.0))({x})",
    "tf.keras.layers.ReLU()({x})",
    "layers.LeakyReLU(negative_slope=0.0)({x})",
]
SUMS = [
    "Add()([{a}, {b}])",
    "layers.add([{b}, {a}])",
    "{a} + {b}",
    "keras.ops.add({a}, {b})",
    "Lambda(lambda t: tf.add(t[0], t[1]))([{a}, {b}])",
    "Lambda(lambda t: t[0] + t[1])([{a}, {b}])",
]
NORMS = [
    "BatchNormalization(axis=3, name={name})({x})",
    "BatchNormalization(axis=-1, name={name})({x})",
    "BatchNormalization(name={name}, momentum=0.9, epsilon=1e-5)({x})",
    "layers.BatchNormalization(name={name})({x})",
]
CONVOLUTIONS = [
    "Conv2D({n}, {f}, strides={s}, padding='same', name={name}{init})({x})",
    "Conv2D(filters={n}, kernel_size=({f}, {f}), strides=({s}, {s}), padding='same', "
    "name={name}{init})({x})",
    "layers.Conv2D({n}, [{f}, {f}], {s}, 'same', name={name}{init})({x})",
    "Conv2D({n}, {f}, strides={s}, padding='SAME', use_bias=False, name={name}{init})({x})",
]

# Ways to make the initializer: the text in a layer's call, and the cells that it needs.
INITIALIZERS = [
    ("", []),
    (", kernel_initializer=glorot_uniform(seed=0)", []),
    (", kernel_initializer=init", ["init = glorot_uniform(seed=0)"]),
    (", kernel_initializer=init(seed=0)", ["init = keras.initializers.GlorotUniform"]),
    (", kernel_initializer=make_init()", [
        "SEED = 0\ndef make_init():\n    return glorot_uniform(SEED)"]),
    (", kernel_initializer=inits['conv']", ["inits = {}", "for kind in ['conv', 'dense']:\n"
                                            "    inits[kind] = glorot_uniform(seed=0)"]),
    (", kernel_initializer=Config.init", ["class Config:\n    init = glorot_uniform(seed=0)"]),
    (", kernel_initializer=config.init()", [
        "from dataclasses import dataclass\n@dataclass\nclass Settings:\n    seed: int = 0\n\n"
        "    def init(self):\n        return glorot_uniform(seed=self.seed)",
        "config = Settings()"]),
    (", kernel_initializer=init", [
        "try:\n    from keras.initializers import glorot_normal_v9 as init\n"
        "except ImportError:\n    init = glorot_uniform(seed=0)"]),
    (", **kwargs", ["kwargs = dict(kernel_initializer=glorot_uniform(seed=0))"]),
    (", **kwargs", ["kwargs = {}", "kwargs.update(kernel_initializer=glorot_uniform(seed=0))"]),
    (", kernel_initializer=init", ["if (seed := 0) == 0:\n    init = glorot_uniform(seed=seed)"]),
    (", kernel_initializer=init", ["import contextlib\nwith contextlib.suppress(ValueError):\n"
                                   "    init = glorot_uniform(seed=0)"]),
    (", kernel_initializer=init", ["globals()['init'] = glorot_uniform(seed=0)"]),
    (", kernel_initializer=init", [
        "def set_up():\n    global init\n    init = glorot_uniform(seed=0)", "set_up()"]),
    (", kernel_initializer=init", ["match 'glorot':\n    case 'glorot':\n"
                                   "        init = glorot_uniform(seed=0)"]),
    (", kernel_initializer=init", ["count = 0\nwhile count < 1:\n"
                                   "    init = glorot_uniform(seed=count)\n    count += 1"]),
    (", kernel_initializer=init", ["init, other = glorot_uniform(seed=0), None; spare = 1"]),
    (", kernel_initializer=Kind.CONV.value()", [
        "import enum\nfrom functools import partial\nclass Kind(enum.Enum):\n"
        "    CONV = (partial(glorot_uniform, 0),)\n\n    @property\n    def value(self):\n"
        "        return self._value_[0]"]),
    (", kernel_initializer=init()", [
        "import functools\n@functools.lru_cache\ndef init():\n    return glorot_uniform(seed=0)"]),
    (", kernel_initializer=settings.init", [
        "from typing import NamedTuple\nclass Settings(NamedTuple):\n    init: object = None",
        "settings = Settings(init=glorot_uniform(seed=0))"]),
    (", kernel_initializer=init", ["%load_ext autoreload\ninit = glorot_uniform(seed=0)"]),
    (", kernel_initializer=init", ["import types\nspace = types.SimpleNamespace()",
                                   "space.seed = 0", "init = glorot_uniform(seed=space.seed)"]),
    (", kernel_initializer=init", ["old = 1\ndel old\ninit: object = glorot_uniform(seed=0)"]),
    (", kernel_initializer=init", ["for init in (glorot_uniform(seed=s) for s in (1, 0)):\n"
                                   "    pass\nelse:\n    done = True"]),
    (", kernel_initializer=inits[0]", ["inits = [glorot_uniform(seed=s) for s in range(3)]"]),
    (", kernel_initializer=init()", [
        "from functools import partial\ninit = partial(glorot_uniform, seed=0)"]),
]  # fmt: skip

# Ways to wrap layers: {conv} is a convolution of `t`, {norm} a BatchNorm.
HELPERS = {
    "plain": None,
    "function": "def conv_bn(t, n, f, s, name, bn):\n    t = {conv}\n    return {norm}",
    "lambda": "conv_bn = lambda t, n, f, s, name, bn: (lambda t: {norm})({conv})",
    "closure": "def make():\n    def conv_bn(t, n, f, s, name, bn):\n        t = {conv}\n"
    "        return {norm}\n    return conv_bn\nconv_bn = make()",
    "class": "class ConvBN:\n    def __call__(self, t, n, f, s, name, bn):\n        t = {conv}\n"
    "        return {norm}\nconv_bn = ConvBN()",
    "layer": "class ConvBNLayer(layers.Layer):\n"
    "    def __init__(self, n, f, s, name, bn):\n        super().__init__()\n"
    "        self.conv = Conv2D(n, f, strides=s, padding='same', name=name)\n"
    "        self.norm = BatchNormalization(name=bn)\n\n"
    "    def call(self, x, training=None):\n"
    "        return self.norm(self.conv(x), training=training)\n"
    "def conv_bn(t, n, f, s, name, bn):\n    return ConvBNLayer(n, f, s, name, bn)(t)",
    "sequential": "def conv_bn(t, n, f, s, name, bn):\n"
    "    return keras.Sequential([Conv2D(n, f, strides=s, padding='same', name=name),\n"
    "                             BatchNormalization(name=bn)])(t)",
    "decorated": "import functools\ndef traced(function):\n    @functools.wraps(function)\n"
    "    def call(*given, **named):\n        return function(*given, **named)\n    return call\n"
    "@traced\ndef conv_bn(t, n, f, s, name, bn):\n    t = {conv}\n    return {norm}",
}

# Ways to bind the exercise's `{name}` to the function that {body} defines.
BINDINGS = {
    "def": None,
    "if": "if True:\n{indented}",
    "try": "try:\n{indented}\nexcept ValueError:\n    pass",
    "alias": "{renamed}\n\n{name} = my_{name}",
    "partial": "from functools import partial\n{renamed}\n\n{name} = partial(my_{name})",
    "instance": "{renamed}\n\nclass Callable{name}:\n    def __call__(self, *given, **named):\n"
    "        return my_{name}(*given, **named)\n\n{name} = Callable{name}()",
    "twice": "def {name}(*given, **named):\n    return given[0]\n\n{body}",
    "exec": "exec({quoted})",
    "static method": "class Blocks{name}:\n    @staticmethod\n{indented}\n\n"
    "{name} = Blocks{name}.{name}",
    "method": "{renamed}\n\nclass Blocks{name}:\n    def build(self, *given, **named):\n"
    "        return my_{name}(*given, **named)\n\n{name} = Blocks{name}().build",
    "with": "import contextlib\nwith contextlib.nullcontext():\n{indented}",
    "table": "{renamed}\n\nFUNCTIONS = {{}}\nFUNCTIONS['own'] = my_{name}\n"
    "{name} = FUNCTIONS['own']",
    "recursive": "{renamed}\n\ndef {name}(*given, again=True, **named):\n    if again:\n"
    "        return {name}(*given, again=False, **named)\n"
    "    return my_{name}(*given, **named)",
    "raise below": "{body}\n    # YOUR CODE HERE\n    raise NotImplementedError()",
}
STUB = {
    name: f"def {exercise.signature}:\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    for name, exercise in EXERCISES.items()
}
# Cells that the function does not need.
OTHERS = [
    "%matplotlib inline",
    "!echo hello",
    "x = np.zeros(3); x",
    "%%time\nTOTAL = sum(range(10))",
    "%%script false --no-raise-error\ndef {name}(*given, **named):\n    return given[0]",
    "%%writefile scratch.py\n{name} = None",
    "data = open('/nowhere/data.h5').read()",
    "print(undefined_name)",
    "display('hello')",
    "model.fit(X_train, Y_train, epochs=100)",
    "def broken(:\n    pass",
    "from google.colab import drive\ndrive.mount('/content/drive')",
    "%config InlineBackend.figure_format = 'retina'\n!pip --version",
    "import os\nos.environ['COURSE'] = 'resnets'",
    "raise SystemExit",
    "history = [1, 2, 3]\nfor value in history:\n    value += 1",
]
# Cells below the check, which do not change what the check saw.
AFTER = [
    "init = inits = config = kwargs = SEED = loss_fn = losses = EPSILON = KINDS = None",
    "def conv_bn(*given):\n    raise RuntimeError('another experiment')",
    "for step in range(10**12):\n    train(step)",
    STUB["identity_block"],
    STUB["convolutional_block"],
]
LOSSES = [
    ("keras.losses.categorical_crossentropy(Y, p)", []),
    ("keras.losses.CategoricalCrossentropy()(Y, p)", []),
    ("loss_fn(Y, p)", ["loss_fn = keras.losses.CategoricalCrossentropy()"]),
    ("loss_fn(Y, p)", ["loss_fn = keras.losses.get('categorical_crossentropy')"]),
    (
        "losses['cross entropy'](Y, p)",
        [
            "losses = {}\nfor name in ['cross entropy']:\n"
            "    losses[name] = keras.losses.CategoricalCrossentropy()"
        ],
    ),
    ("-tf.reduce_sum(Y * tf.math.log(p), axis=-1)", []),
    (
        "cross_entropy(Y, p)",
        [
            "EPSILON = 1e-12\ndef cross_entropy(Y, p):\n"
            "    return -tf.reduce_sum(Y * tf.math.log(p + EPSILON), -1)"
        ],
    ),
    (
        "loss_fn(Y, p)",
        ["from functools import partial\nloss_fn = partial(keras.losses.categorical_crossentropy)"],
    ),
    (
        "Measure.loss(Y, p)",
        ["class Measure:\n    loss = staticmethod(keras.losses.categorical_crossentropy)"],
    ),
]
KERNELS = [
    ("[l.kernel for l in model.layers if hasattr(l, 'kernel')]", []),
    ("[w for w in model.trainable_variables if w.path.endswith('kernel')]", []),
    ("[w for w in model.trainable_weights if len(w.shape) > 1]", []),
    (
        "kernels_of(model)",
        [
            "def kernels_of(model):\n    found = []\n    for layer in model.layers:\n"
            "        if isinstance(layer, KINDS):\n            found.append(layer.kernel)\n"
            "    return found",
            "KINDS = (keras.layers.Conv2D, keras.layers.Dense)",
        ],
    ),
    (
        "list(kernels_of(model))",
        [
            "kernels_of = lambda m: (l.kernel for l in m.layers"
            " if getattr(l, 'kernel', None) is not None)"
        ],
    ),
]
RETURNS = [
    "np.array([float(tf.norm(g)) for g in grads])",
    "[tf.norm(g).numpy() for g in grads]",
    "tf.stack([tf.norm(g) for g in grads])",
    "np.array(list(map(np.linalg.norm, [np.ravel(g) for g in grads])))",
    "[tf.sqrt(tf.reduce_sum(g ** 2)).numpy() for g in grads]",
]
SIGNATURES = {
    "gradient_norms": "model, X, Y",
    "identity_block": "X, f, filters, stage, block",
    "convolutional_block": "X, f, filters, stage, block, s=2",
}
# A mistake: an edit of the function's lines.
MISTAKES = [
    "no final relu", "no shortcut", "no first relu", "relu before the sum", "swapped", "first f",
]  # fmt: skip


@dataclass(frozen=True)
class Variation:
    """A student's notebook.

    Attributes:
        exercise: the function that it solves.
        cells: its code cells; the last of them that runs the check sets `result`.
        right: whether the program is right.
        parts: the drawn choices, for the message of a failing test.
    """

    exercise: str
    cells: tuple[str, ...]
    right: bool
    parts: tuple[str, ...]

    @property
    def file(self) -> str:
        return f"{EXERCISES[self.exercise].notebook}.ipynb"


def variation(seed: int) -> Variation:
    """Draw a notebook; about one in four contains a mistake."""
    draw = random.Random(seed)
    exercise = draw.choice(list(SIGNATURES))
    if exercise == "gradient_norms":
        return _norms(draw)
    init, setup_cells = draw.choice(INITIALIZERS)
    helper = draw.choice(list(HELPERS))
    binding = draw.choice(list(BINDINGS))
    mistake = draw.choice(MISTAKES) if draw.random() < 0.25 else None
    body = _function(draw, exercise, init, helper, mistake)
    cells = [IMPORTS, *setup_cells]
    if HELPERS[helper] is not None:
        conv = _conv(draw, "n", "f", "s", "name", init, "t")
        norm = draw.choice(NORMS).format(name="bn", x="t")
        cells.append(HELPERS[helper].format(conv=conv, norm=norm))
    cells.append(_bind(body, exercise, binding))
    cells, layout = _lay_out(draw, exercise, cells, setup_cells)
    parts = (exercise, init, helper, binding, layout, str(mistake))
    return Variation(exercise, tuple(cells), mistake is None, parts)


def of_program(exercise: str, program: str, seed: int, right: bool = True) -> Variation:
    """Draw a notebook around a program, which is a cell that defines the exercise's function."""
    draw = random.Random(seed)
    # Below a function without `return`, the stub's exception would be raised.
    returns = EXERCISES[exercise].outcome is not Outcome.CHANGED_MODEL
    binding = draw.choice([one for one in BINDINGS if returns or one != "raise below"])
    cells, layout = _lay_out(draw, exercise, [IMPORTS, _bind(program, exercise, binding)], [])
    return Variation(exercise, tuple(cells), right, (exercise, binding, layout))


def _norms(draw: random.Random) -> Variation:
    loss, loss_cells = draw.choice(LOSSES)
    kernels, kernel_cells = draw.choice(KERNELS)
    returns = draw.choice(RETURNS)
    binding = draw.choice(list(BINDINGS))
    mistake = draw.choice(["training", "squared"]) if draw.random() < 0.25 else None
    training = mistake != "training"
    lines = [f"kernels = {kernels}", "with tf.GradientTape() as tape:"]
    lines += [f"    p = model(X, training={training})", f"    loss = tf.reduce_mean({loss})"]
    lines += ["grads = tape.gradient(loss, kernels)"]
    if mistake == "squared":
        returns = "[float(tf.norm(g)) ** 2 for g in grads]"
    text = "\n".join("    " + line for line in [*lines, f"return {returns}"])
    body = f"def gradient_norms(model, X, Y):\n{text}"
    setup_cells = [*loss_cells, *kernel_cells]
    cells = [IMPORTS, *setup_cells, _bind(body, "gradient_norms", binding)]
    cells, layout = _lay_out(draw, "gradient_norms", cells, setup_cells)
    parts = ("gradient_norms", loss, kernels, returns, binding, layout, str(mistake))
    return Variation("gradient_norms", tuple(cells), mistake is None, parts)


def _lay_out(
    draw: random.Random, exercise: str, cells: list[str], setup_cells: list[str]
) -> tuple[list[str], str]:
    """Return the cells in one of several layouts with a check and others, and the layout's name."""
    check = f"result = checks.check_{exercise.lower()}({exercise})\nresult"
    layout = draw.choice(["in order", "one cell", "defined below", "stub first", "stub last"])
    if layout == "one cell":
        cells = ["\n".join([cells[0], *setup_cells]), "\n\n".join(cells[1 + len(setup_cells) :])]
    elif layout == "defined below":  # the function comes before the names that it uses
        cells = [cells[0], cells[-1], *cells[1:-1]]
    elif layout == "stub first":
        cells.insert(1, STUB[exercise])
    cells.append(check)
    if layout == "stub last":
        cells.append(STUB[exercise])
    for _ in range(draw.randrange(3)):
        other = draw.choice(OTHERS).replace("{name}", exercise)
        cells.insert(draw.randrange(1, cells.index(check) + 1), other)
    for _ in range(draw.randrange(3)):
        cells.append(draw.choice(AFTER))
    return cells, layout


def _conv(draw: random.Random, *parts: str) -> str:
    names = ("n", "f", "s", "name", "init", "x")
    return draw.choice(CONVOLUTIONS).format(**dict(zip(names, parts, strict=True)))


def _function(
    draw: random.Random, exercise: str, init: str, helper: str, mistake: str | None
) -> str:
    relu = draw.choice(RELUS)
    stride = "s" if exercise == "convolutional_block" else "1"

    def step(x: str, n: str, f: str, s: str, part: str) -> list[str]:
        name, bn = f"conv_name + '{part}'", f"bn_name + '{part}'"
        if helper != "plain":
            return [f"{x} = conv_bn({x}, {n}, {f}, {s}, {name}, {bn})"]
        return [
            f"{x} = {_conv(draw, n, f, s, name, init, x)}",
            f"{x} = {draw.choice(NORMS).format(name=bn, x=x)}",
        ]

    first = "f" if mistake == "first f" else "1"
    f1, f2 = ("F2", "F1") if mistake == "swapped" else ("F1", "F2")
    rectified = "X = " + relu.format(x="X")
    lines = ["conv_name, bn_name = f'res{stage}{block}_branch', f'bn{stage}{block}_branch'"]
    lines += ["F1, F2, F3 = filters", "shortcut = X", *step("X", f1, first, stride, "2a")]
    lines += [] if mistake == "no first relu" else [rectified]
    lines += [*step("X", f2, "f", "1", "2b"), rectified, *step("X", "F3", "1", "1", "2c")]
    lines += [rectified] if mistake == "relu before the sum" else []
    if exercise == "convolutional_block":
        lines += step("shortcut", "F3", "1", stride, "1")
    if mistake != "no shortcut":
        lines.append("X = " + draw.choice(SUMS).format(a="X", b="shortcut"))
    lines += [] if mistake == "no final relu" else [rectified]
    lines.append("return X")
    text = "\n".join("    " + line for line in lines)
    return f"def {exercise}({SIGNATURES[exercise]}):\n{text}"


def _bind(body: str, name: str, binding: str) -> str:
    template = BINDINGS[binding]
    if template is None:
        return body
    return template.format(
        name=name,
        body=body,
        renamed=body.replace(f"def {name}", f"def my_{name}", 1),
        indented="\n".join("    " + line for line in body.split("\n")),
        quoted=repr(body),
    )
