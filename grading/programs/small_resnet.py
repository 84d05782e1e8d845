"""`small_resnet` as learners write it, right and wrong."""

from __future__ import annotations

RIGHT = {
    "as taught": """
def small_resnet(input_shape=(16, 16, 3), classes=6):
    image = keras.Input(input_shape)
    X = Activation("relu")(BatchNormalization()(Conv2D(8, 3, padding="same")(image)))
    for filters, s in [(8, 1)] * 3 + [(16, 2)] + [(16, 1)] * 2 + [(32, 2)] + [(32, 1)] * 2:
        X_shortcut = X
        X = Conv2D(filters, 3, strides=s, padding="same")(X)
        X = Activation("relu")(BatchNormalization()(X))
        X = Conv2D(filters, 3, padding="same")(X)
        X = BatchNormalization()(X)
        if s == 2:
            X_shortcut = Conv2D(filters, 1, strides=s)(X_shortcut)
            X_shortcut = BatchNormalization()(X_shortcut)
        X = Activation("relu")(Add()([X, X_shortcut]))
    X = layers.GlobalAveragePooling2D()(X)
    X = layers.Dense(classes, activation="softmax")(X)
    return keras.Model(image, X)""",
    "logits": """
def small_resnet(input_shape=(16, 16, 3), classes=6):
    image = keras.Input(input_shape)
    X = Activation("relu")(BatchNormalization()(Conv2D(8, 3, padding="same")(image)))
    for filters, s in [(8, 1)] * 3 + [(16, 2)] + [(16, 1)] * 2 + [(32, 2)] + [(32, 1)] * 2:
        X_shortcut = X
        X = Conv2D(filters, 3, strides=s, padding="same")(X)
        X = Activation("relu")(BatchNormalization()(X))
        X = BatchNormalization()(Conv2D(filters, 3, padding="same")(X))
        if s == 2:
            X_shortcut = BatchNormalization()(Conv2D(filters, 1, strides=s)(X_shortcut))
        X = Activation("relu")(Add()([X_shortcut, X]))
    X = layers.GlobalAveragePooling2D()(X)
    return keras.Model(image, layers.Activation("softmax")(layers.Dense(classes)(X)))""",
    "a softmax layer": """
def small_resnet(input_shape=(16, 16, 3), classes=6):
    start = keras.Input(shape=input_shape)
    X = layers.Conv2D(8, (3, 3), padding="same", name="first")(start)
    X = layers.ReLU()(layers.BatchNormalization(axis=-1)(X))
    for stage, filters in enumerate([8, 16, 32]):
        for block in range(3):
            s = 2 if stage > 0 and block == 0 else 1
            shortcut = X
            X = layers.Conv2D(filters, (3, 3), strides=(s, s), padding="same")(X)
            X = layers.ReLU()(layers.BatchNormalization(axis=-1)(X))
            X = layers.Conv2D(filters, (3, 3), padding="same")(X)
            X = layers.BatchNormalization(axis=-1)(X)
            if s == 2:
                shortcut = layers.Conv2D(filters, (1, 1), strides=(s, s))(shortcut)
                shortcut = layers.BatchNormalization(axis=-1)(shortcut)
            X = layers.ReLU()(layers.add([X, shortcut]))
    X = layers.Dense(classes)(layers.GlobalAvgPool2D()(X))
    return keras.Model(inputs=start, outputs=layers.Softmax()(X))""",
    "a helper inside": """
def small_resnet(input_shape=(16, 16, 3), classes=6):
    def component(X, filters, size, s=1):
        X = Conv2D(filters, size, strides=s, padding="same")(X)
        return BatchNormalization()(X)

    def block(X, filters, s):
        main = Activation("relu")(component(X, filters, 3, s))
        main = component(main, filters, 3)
        shortcut = X if s == 1 else component(X, filters, 1, s)
        return Activation("relu")(Add()([main, shortcut]))

    image = keras.Input(input_shape)
    X = Activation("relu")(component(image, 8, 3))
    for filters in (8, 16, 32):
        for i in range(3):
            X = block(X, filters, 2 if i == 0 and filters > 8 else 1)
    X = layers.GlobalAveragePooling2D()(X)
    return keras.Model(image, layers.Dense(classes, activation="softmax")(X))""",
    "a helper above": """
def residual(x, filters, s):
    y = layers.Conv2D(filters, 3, s, "same")(x)
    y = keras.activations.relu(layers.BatchNormalization()(y))
    y = layers.Conv2D(filters, 3, 1, "same")(y)
    y = layers.BatchNormalization()(y)
    if s != 1:
        x = layers.BatchNormalization()(layers.Conv2D(filters, 1, s)(x))
    return keras.activations.relu(y + x)


def small_resnet(input_shape=(16, 16, 3), classes=6):
    x = image = keras.Input(input_shape)
    x = keras.activations.relu(layers.BatchNormalization()(layers.Conv2D(8, 3, 1, "same")(x)))
    for filters, s in zip([8, 8, 8, 16, 16, 16, 32, 32, 32], [1, 1, 1, 2, 1, 1, 2, 1, 1]):
        x = residual(x, filters, s)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(classes, "softmax")(x))""",
    "keras.ops": """
def small_resnet(input_shape=(16, 16, 3), classes=6):
    ops = keras.ops
    image = keras.Input(input_shape)
    X = ops.relu(BatchNormalization()(Conv2D(8, 3, padding="same")(image)))
    for filters in [8] * 3 + [16] * 3 + [32] * 3:
        s = 1 if filters == X.shape[-1] else 2
        X_shortcut = X
        X = ops.relu(BatchNormalization()(Conv2D(filters, 3, strides=s, padding="same")(X)))
        X = BatchNormalization()(Conv2D(filters, 3, padding="same")(X))
        if s == 2:
            X_shortcut = BatchNormalization()(Conv2D(filters, 1, strides=2)(X_shortcut))
        X = ops.relu(ops.add(X, X_shortcut))
    X = ops.mean(X, axis=(1, 2))
    return keras.Model(image, ops.softmax(layers.Dense(classes)(X)))""",
    "no biases": """
def small_resnet(input_shape=(16, 16, 3), classes=6):
    image = keras.Input(input_shape)
    conv = lambda n, size, s=1: Conv2D(n, size, s, padding="same", use_bias=False)
    X = Activation("relu")(BatchNormalization()(conv(8, 3)(image)))
    for filters, s in [(8, 1)] * 3 + [(16, 2)] + [(16, 1)] * 2 + [(32, 2)] + [(32, 1)] * 2:
        X_shortcut = X
        X = Activation("relu")(BatchNormalization()(conv(filters, 3, s)(X)))
        X = BatchNormalization()(conv(filters, 3)(X))
        if s == 2:
            X_shortcut = BatchNormalization()(conv(filters, 1, 2)(X_shortcut))
        X = Activation("relu")(Add()([X, X_shortcut]))
    X = layers.GlobalAveragePooling2D()(X)
    return keras.Model(image, layers.Dense(classes, activation="softmax")(X))""",
    "the shortcut first": """
def small_resnet(input_shape=(16, 16, 3), classes=6):
    image = keras.Input(input_shape)
    X = Activation("relu")(BatchNormalization()(Conv2D(8, 3, padding="same")(image)))
    for filters, s in [(8, 1)] * 3 + [(16, 2)] + [(16, 1)] * 2 + [(32, 2)] + [(32, 1)] * 2:
        X_shortcut = X
        if s > 1:
            X_shortcut = Conv2D(filters, 1, strides=s, padding="same")(X_shortcut)
            X_shortcut = BatchNormalization()(X_shortcut)
        X = Conv2D(filters, 3, strides=s, padding="same")(X)
        X = Activation("relu")(BatchNormalization()(X))
        X = BatchNormalization()(Conv2D(filters, 3, padding="same")(X))
        X = Activation("relu")(X_shortcut + X)
    X = layers.Flatten()(layers.AveragePooling2D(X.shape[1:3])(X))
    return keras.Model(inputs=image, outputs=layers.Dense(classes, activation="softmax")(X))""",
    "blocks by hand": """
def small_resnet(input_shape=(16, 16, 3), classes=6):
    def same(X, n):
        Y = Activation("relu")(BatchNormalization()(Conv2D(n, 3, padding="same")(X)))
        Y = BatchNormalization()(Conv2D(n, 3, padding="same")(Y))
        return Activation("relu")(Add()([Y, X]))

    def smaller(X, n):
        Y = Activation("relu")(BatchNormalization()(Conv2D(n, 3, strides=2, padding="same")(X)))
        Y = BatchNormalization()(Conv2D(n, 3, padding="same")(Y))
        Z = BatchNormalization()(Conv2D(n, 1, strides=2)(X))
        return Activation("relu")(Add()([Y, Z]))

    image = keras.Input(input_shape)
    X = Activation("relu")(BatchNormalization()(Conv2D(8, 3, padding="same")(image)))
    X = same(same(same(X, 8), 8), 8)
    X = same(same(smaller(X, 16), 16), 16)
    X = same(same(smaller(X, 32), 32), 32)
    X = layers.GlobalAveragePooling2D()(X)
    return keras.Model(image, layers.Dense(classes, activation="softmax")(X))""",
    "the course's initialiser": """
def small_resnet(input_shape=(16, 16, 3), classes=6):
    options = {"padding": "same", "kernel_initializer": glorot_uniform(seed=0)}
    image = keras.Input(input_shape)
    X = Conv2D(8, 3, name="conv1", **options)(image)
    X = Activation("relu")(BatchNormalization(axis=3, name="bn_conv1")(X))
    for stage, filters, first in [(2, 8, 1), (3, 16, 2), (4, 32, 2)]:
        for block in "abc":
            s = first if block == "a" else 1
            names = f"{stage}{block}_branch"
            X_shortcut = X
            X = Conv2D(filters, 3, strides=s, name=f"res{names}2a", **options)(X)
            X = Activation("relu")(BatchNormalization(axis=3, name=f"bn{names}2a")(X))
            X = Conv2D(filters, 3, name=f"res{names}2b", **options)(X)
            X = BatchNormalization(axis=3, name=f"bn{names}2b")(X)
            if s == 2:
                X_shortcut = Conv2D(filters, 1, strides=s, name=f"res{names}1")(X_shortcut)
                X_shortcut = BatchNormalization(axis=3, name=f"bn{names}1")(X_shortcut)
            X = Activation("relu")(Add()([X, X_shortcut]))
    X = layers.GlobalAveragePooling2D(name="avg_pool")(X)
    X = layers.Dense(classes, activation="softmax", name=f"fc{classes}")(X)
    return keras.Model(image, X, name="small_resnet")""",
    "tf.nn": """
def small_resnet(input_shape=(16, 16, 3), classes=6):
    image = keras.Input(input_shape)
    X = Activation(tf.nn.relu)(BatchNormalization()(Conv2D(8, 3, padding="SAME")(image)))
    for filters, s in [(8, 1)] * 3 + [(16, 2)] + [(16, 1)] * 2 + [(32, 2)] + [(32, 1)] * 2:
        old = X
        for stride, activation in ((s, tf.nn.relu), (1, "linear")):
            X = Conv2D(filters, 3, strides=stride, padding="SAME")(X)
            X = Activation(activation)(BatchNormalization()(X))
        if s == 2:
            old = BatchNormalization()(Conv2D(filters, 1, strides=s)(old))
        X = Activation(tf.nn.relu)(Add()([X, old]))
    X = layers.GlobalAveragePooling2D()(X)
    return keras.Model(image, layers.Dense(classes, activation=tf.nn.softmax)(X))""",
    "a Sequential": """
def small_resnet(input_shape=(16, 16, 3), classes=6):
    def main(filters, s):
        return keras.Sequential([
            Conv2D(filters, 3, strides=s, padding="same"),
            BatchNormalization(),
            Activation("relu"),
            Conv2D(filters, 3, padding="same"),
            BatchNormalization(),
        ])

    image = keras.Input(input_shape)
    X = Activation("relu")(BatchNormalization()(Conv2D(8, 3, padding="same")(image)))
    for filters, s in [(8, 1)] * 3 + [(16, 2)] + [(16, 1)] * 2 + [(32, 2)] + [(32, 1)] * 2:
        X_shortcut = X
        if s == 2:
            X_shortcut = BatchNormalization()(Conv2D(filters, 1, strides=s)(X))
        X = Activation("relu")(Add()([main(filters, s)(X), X_shortcut]))
    X = layers.GlobalAveragePooling2D()(X)
    return keras.Model(image, layers.Dense(classes, activation="softmax")(X))""",
    "a list of layers": """
def small_resnet(input_shape=(16, 16, 3), classes=6):
    image = keras.Input(input_shape)
    X = Activation("relu")(BatchNormalization()(Conv2D(8, 3, padding="same")(image)))
    for filters, s in [(8, 1)] * 3 + [(16, 2)] + [(16, 1)] * 2 + [(32, 2)] + [(32, 1)] * 2:
        steps = [Conv2D(filters, 3, strides=s, padding="same"), BatchNormalization(),
                 Activation("relu"), Conv2D(filters, 3, padding="same"), BatchNormalization()]
        shortcut = X
        for step in steps:
            X = step(X)
        for step in [Conv2D(filters, 1, strides=2), BatchNormalization()] if s == 2 else []:
            shortcut = step(shortcut)
        X = Activation("relu")(Add()([X, shortcut]))
    X = layers.GlobalAveragePooling2D(keepdims=True)(X)
    X = layers.Flatten()(X)
    return keras.Model(image, layers.Dense(classes, activation="softmax")(X))""",
    "a recursion": """
def small_resnet(input_shape=(16, 16, 3), classes=6):
    def blocks(X, left):
        if not left:
            return X
        (filters, s), *others = left
        Y = ReLU()(BatchNormalization()(Conv2D(filters, 3, strides=s, padding="same")(X)))
        Y = BatchNormalization()(Conv2D(filters, 3, padding="same")(Y))
        if s == 2:
            X = BatchNormalization()(Conv2D(filters, 1, strides=s)(X))
        return blocks(ReLU()(Add()([Y, X])), others)

    image = keras.Input(input_shape)
    X = ReLU()(BatchNormalization()(Conv2D(8, 3, padding="same")(image)))
    X = blocks(X, [(n, 2 if n > 8 and i == 0 else 1) for n in (8, 16, 32) for i in range(3)])
    X = layers.Dense(classes)(layers.GlobalAveragePooling2D()(X))
    return keras.Model(image, keras.activations.softmax(X))""",
    "a 3x3 window of zeros by hand": """
def small_resnet(input_shape=(16, 16, 3), classes=6):
    def conv(X, filters):
        return Conv2D(filters, 3)(layers.ZeroPadding2D(1)(X))

    image = keras.Input(input_shape)
    X = Activation("relu")(BatchNormalization()(conv(image, 8)))
    for filters, s in [(8, 1)] * 3 + [(16, 2)] + [(16, 1)] * 2 + [(32, 2)] + [(32, 1)] * 2:
        X_shortcut = X
        X = Conv2D(filters, 3, strides=s, padding="same")(X)
        X = Activation("relu")(BatchNormalization()(X))
        X = BatchNormalization()(conv(X, filters))
        if s == 2:
            X_shortcut = BatchNormalization()(Conv2D(filters, 1)(X_shortcut[:, ::2, ::2, :]))
        X = Activation("relu")(Add()([X, X_shortcut]))
    X = layers.GlobalAveragePooling2D()(X)
    return keras.Model(image, layers.Dense(classes, activation="softmax")(X))""",
}
"""Right programs by title."""

_TAUGHT = RIGHT["as taught"]
_BLOCK = _TAUGHT[_TAUGHT.index("        X = BatchNormalization()(X)\n        if") :]
_TWO_LEFT = _BLOCK.replace("        X = BatchNormalization()(X)\n", "", 1).replace(
    "[X, X_shortcut]", "[X, X]"
)
_DENSE = 'layers.Dense(classes, activation="softmax")(X)'
_RELU_DENSE = 'Activation("softmax")(layers.Dense(classes, activation="relu")(X))'

WRONG = {
    "three_faults_left": (_BLOCK, _TWO_LEFT.replace(_DENSE, _RELU_DENSE)),
    "two_faults_left": (_BLOCK, _TWO_LEFT),
    "one_fault_left": (_DENSE, _RELU_DENSE),
    "softmax_twice": ("keras.Model(image, X)", 'keras.Model(image, Activation("softmax")(X))'),
    "no_softmax": (', activation="softmax"', ""),
    "norm_after_add": (
        _BLOCK,
        _BLOCK.replace("        X = BatchNormalization()(X)\n", "", 1).replace(
            "Add()([X, X_shortcut])", "BatchNormalization()(Add()([X, X_shortcut]))"
        ),
    ),
    "relu_before_add": (
        "X = BatchNormalization()(X)\n        if",
        'X = Activation("relu")(BatchNormalization()(X))\n        if',
    ),
    "relu_on_shortcut": (
        "X_shortcut = BatchNormalization()(X_shortcut)",
        'X_shortcut = Activation("relu")(BatchNormalization()(X_shortcut))',
    ),
    "classes_fixed": ("Dense(classes", "Dense(6"),
    "input_shape_ignored": ("keras.Input(input_shape)", "keras.Input((16, 16, 3))"),
    "returns_nothing": ("    return keras.Model(image, X)", "    keras.Model(image, X)"),
    "wrong_return": ("return keras.Model(image, X)", "return X"),
    "unknown": ("[(8, 1)] * 3", "[(8, 1)] * 2"),
}
"""By a mistake's id, the change to the first right program that makes it."""
