"""`transformer_block` in many right spellings, as students' cells."""

_FIRST = """
def transformer_block(x, heads, width):
    n = layers.LayerNormalization()(x)
    a = layers.MultiHeadAttention(num_heads=heads, key_dim=width // heads)(n, n)
    s = layers.Add()([x, a])
    n = layers.LayerNormalization()(s)
    h = layers.Dense(4 * width, activation="relu")(n)
    h = layers.Dense(width)(h)
    return layers.Add()([s, h])"""


def _otherwise(*changes: tuple[str, str]) -> str:
    """Return the first program with some texts replaced."""
    text = _FIRST
    for old, new in changes:
        if old not in text:
            raise ValueError(f"{old!r} is not in the first program")
        text = text.replace(old, new)
    return text


_RELU = 'layers.Dense(4 * width, activation="relu")(n)'
_ADD_FIRST, _ADD_SECOND = "layers.Add()([x, a])", "layers.Add()([s, h])"
RIGHT = {
    "as in the lesson": _FIRST,
    "plus": """
def transformer_block(x, heads, width):
    n = layers.LayerNormalization()(x)
    x = x + layers.MultiHeadAttention(heads, width // heads)(n, n)
    n = layers.LayerNormalization()(x)
    return x + layers.Dense(width)(layers.Dense(4 * width, activation="relu")(n))""",
    "plus equals": """
def transformer_block(x, heads, width):
    n = layers.LayerNormalization()(x)
    x += layers.MultiHeadAttention(heads, width // heads)(n, n, n)
    n = layers.LayerNormalization()(x)
    x += layers.Dense(width)(layers.Dense(width * 4, "relu")(n))
    return x""",
    "layers.add": _otherwise(
        (_ADD_FIRST, "layers.add([a, x])"), (_ADD_SECOND, "layers.add([h, s])")
    ),
    "keras.ops.add": _otherwise(
        (_ADD_FIRST, "keras.ops.add(x, a)"), (_ADD_SECOND, "keras.ops.add(h, s)")
    ),
    "Activation": _otherwise((_RELU, 'layers.Activation("relu")(layers.Dense(4 * width)(n))')),
    "a ReLU layer": _otherwise((_RELU, "layers.ReLU()(layers.Dense(units=4 * width)(n))")),
    "keras.activations": _otherwise(('activation="relu"', "activation=keras.activations.relu")),
    "TensorFlow's relu": _otherwise(('activation="relu"', "activation=tf.nn.relu")),
    "keras.ops.relu": _otherwise((_RELU, "keras.ops.relu(layers.Dense(4 * width)(n))")),
    "maximum": _otherwise((_RELU, "keras.ops.maximum(layers.Dense(4 * width)(n), 0)")),
    "keywords": _otherwise(("(n, n)", "(query=n, value=n, key=n, use_causal_mask=False)")),
    "dropout": _otherwise(
        ("key_dim=width // heads)", "key_dim=width // heads, dropout=0.1)"),
        ("layers.Dense(width)(h)", "layers.Dropout(0.2)(layers.Dense(width)(h))"),
    ),
    "options that are the default": _otherwise(
        ("LayerNormalization()", "LayerNormalization(axis=-1, epsilon=1e-6)"),
        ("key_dim=width // heads)", "key_dim=width // heads, value_dim=width // heads)"),
        ("layers.Dense(width)", "layers.Dense(width, activation=None, use_bias=True)"),
    ),
    "other first weights": _otherwise(
        ('activation="relu"', 'activation="relu", kernel_initializer="he_normal"'),
        ("key_dim=width // heads)", 'key_dim=width // heads, kernel_initializer="he_normal")'),
    ),
    "the width of x": _otherwise(
        ("width // heads", "x.shape[-1] // heads"), ("(width)", "(x.shape[-1])")
    ),
    "a Sequential": """
def transformer_block(x, heads, width):
    attention = layers.MultiHeadAttention(heads, int(width / heads))
    normal = layers.LayerNormalization()(x)
    middle = layers.Add()([x, attention(normal, normal)])
    mlp = keras.Sequential(
        [layers.LayerNormalization(), layers.Dense(4 * width, "relu"), layers.Dense(width)]
    )
    return layers.Add()([mlp(middle), middle])""",
    "a loop": """
def transformer_block(x, heads, width):
    def attend(n):
        return layers.MultiHeadAttention(heads, width // heads)(n, n)

    def compute(n):
        return layers.Dense(width)(layers.Dense(4 * width, activation="relu")(n))

    for branch in (attend, compute):
        x = x + branch(layers.LayerNormalization()(x))
    return x""",
    "a helper": """
def transformer_block(x, heads, width):
    attention = layers.MultiHeadAttention(heads, key_dim=width // heads)
    x = residual(x, lambda n: attention(n, n))
    wide, narrow = layers.Dense(4 * width, activation="relu"), layers.Dense(width)
    return residual(x, lambda n: narrow(wide(n)))


def residual(x, branch):
    return layers.Add()([x, branch(layers.LayerNormalization()(x))])""",
    "a layer of one's own": """
class Block(layers.Layer):
    def __init__(self, heads, width):
        super().__init__()
        self.first, self.second = layers.LayerNormalization(), layers.LayerNormalization()
        self.attention = layers.MultiHeadAttention(heads, width // heads)
        self.wide, self.narrow = layers.Dense(4 * width, "relu"), layers.Dense(width)

    def call(self, x):
        n = self.first(x)
        x = x + self.attention(n, n)
        return x + self.narrow(self.wide(self.second(x)))


def transformer_block(x, heads, width):
    return Block(heads, width)(x)""",
    "other names": """
def transformer_block(tokens, h, d):
    normed = layers.LayerNormalization(name="norm_a")(tokens)
    mixed = layers.MultiHeadAttention(h, d // h, name="mix")(normed, normed)
    stream = layers.Add(name="sum_a")([mixed, tokens])
    normed = layers.LayerNormalization(name="norm_b")(stream)
    wide = layers.Dense(4 * d, activation="relu", name="wide")(normed)
    narrow = layers.Dense(d, name="narrow")(wide)
    return layers.Add(name="sum_b")([narrow, stream])""",
}
"""Right programs by title."""

WRONG = {
    "no_attention_shortcut": (_ADD_FIRST, "a"),
    "no_mlp_shortcut": (_ADD_SECOND, "h"),
    "shortcut_after_norm": (_ADD_FIRST, "layers.Add()([n, a])"),
    "mlp_from_block_input": ("LayerNormalization()(s)", "LayerNormalization()(x)"),
    "first_sum_lost": (_ADD_SECOND, "layers.Add()([x, h])"),
    "shortcut_twice": (_ADD_FIRST, "x + x + a"),
    "concatenated": (_ADD_SECOND, "layers.Concatenate()([s, h])"),
    "not_added": (_ADD_FIRST, "x * a"),
    "relu_after_sum": (_ADD_SECOND, "layers.ReLU()(layers.Add()([s, h]))"),
    "norm_after_sum": (
        _FIRST[_FIRST.index("    n = ") :],
        "    a = layers.MultiHeadAttention(heads, width // heads)(x, x)\n"
        "    x = layers.LayerNormalization()(x + a)\n"
        '    h = layers.Dense(4 * width, activation="relu")(x)\n'
        "    return layers.LayerNormalization()(x + layers.Dense(width)(h))",
    ),
    "norm_on_branch": (
        _FIRST[_FIRST.index("    n = ") :],
        "    a = layers.MultiHeadAttention(heads, width // heads)(x, x)\n"
        "    x = x + layers.LayerNormalization()(a)\n"
        '    h = layers.Dense(4 * width, activation="relu")(x)\n'
        "    return x + layers.LayerNormalization()(layers.Dense(width)(h))",
    ),
    "no_first_norm": ("n = layers.LayerNormalization()(x)", "n = x"),
    "no_second_norm": ("n = layers.LayerNormalization()(s)", "n = s"),
    "no_norms": ("layers.LayerNormalization()", ""),
    "shared_norm": (
        _FIRST[_FIRST.index("    n = ") :],
        "    norm = layers.LayerNormalization()\n"
        "    n = norm(x)\n"
        "    x = x + layers.MultiHeadAttention(heads, width // heads)(n, n)\n"
        '    h = layers.Dense(4 * width, activation="relu")(norm(x))\n'
        "    return x + layers.Dense(width)(h)",
    ),
    "other_norm": ("LayerNormalization", "BatchNormalization"),
    "norm_at_the_end": (_ADD_SECOND, "layers.LayerNormalization()(s + h)"),
    "attention_half_normalised": ("(n, n)", "(n, x)"),
    "causal_mask": ("(n, n)", "(n, n, use_causal_mask=True)"),
    "no_mlp": (_ADD_SECOND, "s"),
    "key_dim_width": ("key_dim=width // heads", "key_dim=width"),
    "head_size_and_number_swapped": (
        "num_heads=heads, key_dim=width // heads",
        "num_heads=width // heads, key_dim=heads",
    ),
    "other_head_size": ("key_dim=width // heads", "key_dim=16"),
    "heads_ignored": ("num_heads=heads", "num_heads=4"),
    "no_activation": (', activation="relu"', ""),
    "other_activation": ('"relu"', '"gelu"'),
    "activation_on_output": ("layers.Dense(width)", 'layers.Dense(width, activation="relu")'),
    "hidden_width": ("4 * width", "width"),
    "one_dense_layer": (f"    h = {_RELU}\n", "    h = n\n"),
    "no_bias": ("Dense(4 * width", "Dense(4 * width, use_bias=False"),
    "not_from_input": (
        "def transformer_block(x, heads, width):",
        "def transformer_block(x, heads, width):\n    x = keras.Input((6, width))",
    ),
    "wrong_return": (_ADD_SECOND, "keras.Model(x, s + h)"),
    "unknown": ("4 * width", "5 * width"),
}
"""By a mistake's id, the change to the first right program that makes it."""
