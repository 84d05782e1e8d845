"""`gradcam` in many right spellings, as students' cells."""

RIGHT = {
    "as in the lesson": """
def gradcam(model, x, layer):
    last = model.layers[-1]
    parts = keras.Model(model.inputs[0], [model.get_layer(layer).output, last.input])
    with tf.GradientTape() as tape:
        features, inputs = parts(x, training=False)
        scores = (tf.matmul(inputs, last.kernel) + last.bias)[0]
        score = scores[int(tf.argmax(scores))]
    weights = tf.reduce_mean(tape.gradient(score, features), axis=(1, 2))[0]
    heat = np.maximum(np.sum(features[0] * weights, axis=-1), 0)
    return heat / heat.max() if heat.max() > 0 else heat""",
    "reduce_max": """
def gradcam(model, x, layer):
    last = model.layers[-1]
    parts = keras.Model(model.inputs[0], [model.get_layer(layer).output, last.input])
    with tf.GradientTape() as tape:
        features, inputs = parts(x)
        score = tf.reduce_max(inputs @ last.kernel + last.bias)
    slopes = tape.gradient(score, features)
    heat = tf.nn.relu(tf.reduce_sum(tf.reduce_mean(slopes, (1, 2), keepdims=True) * features, -1))
    return tf.math.divide_no_nan(heat, tf.reduce_max(heat))[0]""",
    "a one-hot mask": """
def gradcam(model, x, layer):
    last = model.layers[-1]
    parts = keras.Model(model.input, [model.get_layer(layer).output, last.input, model.output])
    with tf.GradientTape() as tape:
        features, inputs, p = parts(x)
        scores = tf.linalg.matmul(inputs, last.weights[0]) + last.weights[1]
        one = tf.one_hot(tf.argmax(p, axis=1), p.shape[1])
        score = tf.reduce_sum(one * scores)
    g = tape.gradient(score, features).numpy()[0]
    a = features.numpy()[0]
    heat = np.zeros(a.shape[:2])
    for k in range(a.shape[-1]):
        heat += g[:, :, k].mean() * a[:, :, k]
    heat[heat < 0] = 0
    if heat.max() != 0:
        heat /= heat.max()
    return heat""",
    "without the softmax": """
def gradcam(model, x, layer):
    model.layers[-1].activation = keras.activations.linear
    parts = keras.Model(model.input, [model.get_layer(layer).output, model.output])
    with tf.GradientTape() as tape:
        features, scores = parts(x)
        score = scores[0, tf.argmax(scores[0])]
    slopes = tape.gradient(score, features)
    model.layers[-1].activation = keras.activations.softmax
    heat = tf.einsum("hwc,c->hw", features[0], tf.reduce_mean(slopes[0], (0, 1))).numpy()
    heat = heat.clip(0)
    return heat if not heat.any() else heat / np.max(heat)""",
    "the sum of the slopes": """
def gradcam(model, x, layer):
    head = model.layers[-1]
    parts = keras.Model(model.inputs[0], (model.get_layer(layer).output, head.input))
    with tf.GradientTape() as tape:
        features, inputs = parts(x)
        scores = tf.matmul(inputs, head.kernel) + head.bias
        best = scores[:, int(np.argmax(scores))]
    weights = np.asarray(tape.gradient(best, features)).sum(axis=(0, 1, 2))
    heat = np.maximum(0, np.asarray(features)[0] @ weights)
    top = heat.max()
    return heat / (top if top > 0 else 1)""",
    "tensordot": """
def gradcam(model, x, layer):
    dense = model.layers[-1]
    parts = keras.Model(model.inputs[0], [model.get_layer(name=layer).output, dense.input])
    with tf.GradientTape(persistent=True) as tape:
        features, inputs = parts(tf.constant(x))
        score = tf.reduce_max(tf.nn.bias_add(tf.matmul(inputs, dense.kernel), dense.bias), axis=1)
    weights = tf.reduce_mean(tape.gradient(score, features)[0], axis=[0, 1])
    heat = tf.maximum(tf.tensordot(features[0], weights, 1), 0.0).numpy()
    return heat / max(heat.max(), 1e-12)""",
    "layers in a loop": """
def gradcam(model, x, layer):
    value = tf.convert_to_tensor(x)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for one in model.layers[1:-1]:
            value = one(value)
            if one.name == layer:
                features = value
                tape.watch(features)
        scores = tf.matmul(value, model.layers[-1].kernel) + model.layers[-1].bias
        score = tf.math.top_k(scores[0], 1).values[0]
    w = tf.reduce_mean(tape.gradient(score, features), axis=(0, 1, 2))
    heat = tf.nn.relu(tf.linalg.matvec(features[0], w)).numpy()
    return heat if heat.max() == 0 else heat / heat.max()""",
    "sorted classes": """
def gradcam(model, x, layer):
    last = model.layers[-1]
    parts = keras.Model(model.inputs[0], [model.get_layer(layer).output, last.input])
    answer = np.argsort(np.asarray(model(x))[0])[-1]
    with tf.GradientTape() as tape:
        features, inputs = parts(x)
        score = tf.reduce_sum(inputs * last.kernel[:, answer]) + last.bias[answer]
    slopes = tape.gradient(score, features)
    weights = tf.squeeze(tf.nn.avg_pool2d(slopes, slopes.shape[1:3], 1, "VALID"))
    heat = keras.ops.relu(tf.reduce_sum(weights * features, axis=-1))[0].numpy()
    biggest = float(np.max(heat))
    if biggest > 0:
        return heat / biggest
    return heat""",
    "the bias left to argmax": """
def gradcam(model, x, layer):
    last = model.layers[-1]
    parts = keras.Model(model.inputs[0], [model.get_layer(layer).output, last.input])
    answer = int(model.predict(x, verbose=0)[0].argmax())
    with tf.GradientTape() as tape:
        features, inputs = parts(x)
        score = tf.matmul(inputs, last.kernel)[0, answer]
    slopes = tape.gradient(score, features)
    weights = keras.layers.GlobalAveragePooling2D()(slopes)
    heat = np.sum(np.asarray(weights)[:, None, None] * np.asarray(features), axis=3)[0]
    heat = np.where(heat > 0, heat, 0)
    return heat / heat.max() if np.any(heat) else heat""",
    "logarithms": """
def gradcam(model, x, layer):
    last = model.layers[-1]
    parts = keras.Model(model.inputs[0], [model.get_layer(layer).output, last.input])
    with tf.GradientTape() as tape:
        features, inputs = parts(x)
        scores = tf.matmul(inputs, last.kernel) + last.bias
        p = tf.nn.softmax(scores)
        score = tf.math.log(tf.reduce_max(p)) + tf.reduce_logsumexp(scores)
    w = tf.reduce_mean(tape.gradient(score, features), axis=(1, 2))
    heat = tf.nn.relu(tf.einsum("nhwc,nc->nhw", features, w))[0]
    peak = tf.reduce_max(heat)
    return heat / peak if peak > 0 else heat""",
    "two networks": """
def gradcam(model, x, layer):
    place = model.get_layer(layer)
    features = keras.Model(model.inputs[0], place.output)(x, training=False)
    rest = keras.Model(place.output, model.layers[-1].input)
    last = model.layers[-1]
    with tf.GradientTape() as tape:
        tape.watch(features)
        scores = (tf.matmul(rest(features), last.kernel) + last.bias)[0]
        score = tf.gather(scores, tf.argmax(scores))
    weights = np.mean(tape.gradient(score, features), axis=(1, 2))[0]
    heat = np.maximum((np.asarray(features)[0] * weights).sum(-1), 0)
    return heat / heat.max() if heat.max() else heat""",
    "nan_to_num": """
def gradcam(model, x, layer):
    last = model.layers[-1]
    parts = keras.Model(model.inputs[0], [model.get_layer(layer).output, last.input])
    with tf.GradientTape() as tape:
        features, inputs = parts(x)
        scores = tf.matmul(inputs, last.kernel) + last.bias
        score = scores[0][np.argmax(scores, axis=1)[0]]
    weights = tf.reduce_mean(tape.gradient(score, features), axis=(0, 1, 2))
    heat = tf.nn.relu(tf.reduce_sum(weights * features[0], axis=-1)).numpy()
    with np.errstate(all="ignore"):
        return np.nan_to_num(heat / heat.max(), nan=0.0)""",
    "lists": """
def gradcam(model, x, layer):
    last = model.layers[-1]
    parts = keras.Model(model.inputs[0], [model.get_layer(layer).output, last.input])
    with tf.GradientTape() as tape:
        features, inputs = parts(x)
        score = max(tf.unstack((tf.matmul(inputs, last.kernel) + last.bias)[0]))
    slopes, features = (np.asarray(t)[0] for t in (tape.gradient(score, features), features))
    weights = [slopes[..., k].mean() for k in range(slopes.shape[-1])]
    heat = [[max(0.0, float(np.dot(weights, cell))) for cell in row] for row in features]
    top = max(map(max, heat))
    return [[value / top for value in row] for row in heat] if top else heat""",
    "keras.ops": """
def gradcam(model, x, layer):
    ops, last = keras.ops, model.layers[-1]
    parts = keras.Model(model.inputs[0], [model.get_layer(layer).output, last.input])
    with tf.GradientTape() as tape:
        features, inputs = parts(x)
        score = ops.max(ops.matmul(inputs, last.kernel) + last.bias)
    weights = ops.mean(tape.gradient(score, features), axis=(1, 2), keepdims=True)
    heat = ops.relu(ops.sum(weights * features, axis=-1))[0]
    return heat / ops.max(heat) if ops.max(heat) > 0 else ops.zeros_like(heat)""",
    "a helper": """
def gradcam(model, x, layer):
    features, slopes = slopes_of_answer(model, x, layer)
    heat = (features * slopes.mean(axis=(0, 1))).sum(axis=2).clip(min=0)
    return heat / heat.max() if heat.max() > 0 else heat


def slopes_of_answer(model, x, layer):
    last = model.layers[-1]
    parts = keras.Model(model.inputs[0], [model.get_layer(layer).output, last.input])
    with tf.GradientTape() as tape:
        maps, inputs = parts(x)
        scores = tf.matmul(inputs, last.kernel) + last.bias
        score = scores[0, np.asarray(scores).argmax()]
    return maps.numpy()[0], tape.gradient(score, maps).numpy()[0]""",
    "other names": """
def gradcam(net, image, place):
    end = net.layers[-1]
    both = keras.Model(net.inputs[0], [net.get_layer(place).output, end.input])
    with tf.GradientTape() as tape:
        maps, before = both(image)
        z = tf.reduce_max(tf.matmul(before, end.kernel) + end.bias)
    a = tf.reduce_mean(tape.gradient(z, maps), axis=(0, 1, 2))
    out = tf.nn.relu(tf.reduce_sum(a * maps[0], axis=2)).numpy()
    return out / out.max() if out.max() > 0 else out""",
}
"""Right programs by title."""

_SCORE = "score = scores[int(tf.argmax(scores))]"
_WEIGHTS = "weights = tf.reduce_mean(tape.gradient(score, features), axis=(1, 2))[0]"
_HEAT = "heat = np.maximum(np.sum(features[0] * weights, axis=-1), 0)"
WRONG = {
    "softmax_for_score": (_SCORE, "score = tf.reduce_max(tf.nn.softmax(scores))"),
    "loss_for_score": (_SCORE, "score = -tf.math.log(tf.reduce_max(tf.nn.softmax(scores)))"),
    "class_over_batch": (_SCORE, "score = scores[tf.argmax(scores[None])[0]]"),
    "all_classes": (_SCORE, "score = scores"),
    "least_probable": (_SCORE, "score = scores[int(tf.argmin(scores))]"),
    "bias_forgotten": (" + last.bias", ""),
    "no_relu": (_HEAT, "heat = np.sum(features[0] * weights, axis=-1)"),
    "absolute": (_HEAT, "heat = np.abs(np.sum(features[0] * weights, axis=-1))"),
    "relu_too_early": (_HEAT, "heat = np.sum(np.maximum(features[0] * weights, 0), axis=-1)"),
    "not_scaled": ("heat / heat.max() if heat.max() > 0 else heat", "heat"),
    "scaled_otherwise": ("heat / heat.max() if", "heat / heat.sum() if"),
    "division_by_zero": (" if heat.max() > 0 else heat", ""),
    "not_averaged": (_WEIGHTS, "weights = tape.gradient(score, features)[0]"),
    "largest_slope": ("reduce_mean", "reduce_max"),
    "wrong_axes": (_WEIGHTS, "weights = np.mean(tape.gradient(score, features), axis=(0, 1))"),
    "only_features": (_HEAT, "heat = np.sum(features[0], axis=-1)"),
    "another_layer": ("model.get_layer(layer)", "model.layers[-3]"),
    "transposed": ("return heat / heat.max()", "heat = heat.T\n    return heat / heat.max()"),
    "one_number": ("axis=-1), 0)", "axis=None), 0)"),
    "wrong_return": ("return heat / heat.max() if heat.max() > 0 else heat", "return [heat]"),
    "unknown": ("heat / heat.max() if", "heat / 3 if"),
}
"""By a mistake's id, the change to the first right program that makes it."""
