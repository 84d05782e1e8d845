"""`reestimate` in many right spellings, as students' cells."""

RIGHT = {
    "a growing momentum": """
def reestimate(model, X, batches):
    norms = [one for one in model.layers if isinstance(one, layers.BatchNormalization)]
    before = [norm.momentum for norm in norms]
    for k, batch in enumerate(np.array_split(X, batches)):
        for norm in norms:
            norm.momentum = k / (k + 1)
        model(batch, training=True)
    for norm, momentum in zip(norms, before):
        norm.momentum = momentum""",
    "hasattr": """
def reestimate(model, X, batches):
    old = {}
    for layer in model.layers:
        if hasattr(layer, "moving_mean"):
            old[layer] = layer.momentum
    size = len(X) // batches
    for k in range(batches):
        for layer in old:
            layer.momentum = 1 - 1 / (k + 1)
        model(X[k * size : (k + 1) * size], training=True)
    for layer, momentum in old.items():
        layer.momentum = momentum
    return model""",
    "counted from 1": """
def reestimate(model, X, batches):
    norms = [l for l in model.layers if "BatchNorm" in type(l).__name__]
    momentums = {norm.name: norm.momentum for norm in norms}
    for k, batch in enumerate(np.split(X, batches), start=1):
        for norm in norms:
            norm.momentum = (k - 1) / k
        _ = model(batch, training=True)
    for norm in norms:
        norm.momentum = momentums[norm.name]""",
    "collected and averaged": """
def reestimate(model, X, batches):
    norms = [l for l in model.layers if isinstance(l, keras.layers.BatchNormalization)]
    before = [l.momentum for l in norms]
    for l in norms:
        l.momentum = 0.0
    means, variances = [[] for _ in norms], [[] for _ in norms]
    for batch in np.array_split(X, batches):
        model(batch, training=True)
        for i, l in enumerate(norms):
            means[i].append(l.moving_mean.numpy())
            variances[i].append(l.moving_variance.numpy())
    for l, momentum, m, v in zip(norms, before, means, variances):
        l.momentum = momentum
        l.moving_mean.assign(np.mean(m, axis=0))
        l.moving_variance.assign(np.mean(v, axis=0))""",
    "set_weights": """
def reestimate(model, X, batches):
    norms = [l for l in model.layers if isinstance(l, tf.keras.layers.BatchNormalization)]
    saved = [n.momentum for n in norms]
    total = [0 for _ in norms]
    for batch in np.array_split(X, batches):
        for n in norms:
            n.momentum = 0
        model(tf.constant(batch), training=True)
        total = [t + np.array(n.get_weights()[2:]) for t, n in zip(total, norms)]
    for n, m, t in zip(norms, saved, total):
        n.momentum = m
        n.set_weights(n.get_weights()[:2] + list(t / batches))""",
    "try, finally": """
def reestimate(model, X, batches):
    norms = list(filter(lambda l: isinstance(l, layers.BatchNormalization), model.layers))
    before = [n.momentum for n in norms]
    try:
        k = 0
        for batch in np.array_split(X, batches):
            for n in norms:
                n.momentum = np.float32(k / (k + 1))
            model(batch, training=True)
            k += 1
    finally:
        for n, m in zip(norms, before):
            n.momentum = m""",
    "a running average": """
def reestimate(model, X, batches):
    norms = [l for l in model.layers if isinstance(l, layers.BatchNormalization)]
    own = [n.momentum for n in norms]
    average = None
    for k, batch in enumerate(np.array_split(X, batches)):
        for n in norms:
            n.momentum = 0
        model(batch, training=True)
        now = [(n.moving_mean.numpy(), n.moving_variance.numpy()) for n in norms]
        if average is None:
            average = now
        else:
            average = [(a + (c - a) / (k + 1), b + (d - b) / (k + 1))
                       for (a, b), (c, d) in zip(average, now)]
    for n, m, (mean, variance) in zip(norms, own, average):
        n.momentum = m
        n.moving_mean.assign(mean)
        n.moving_variance.assign(variance)""",
    "update rule undone": """
def reestimate(model, X, batches):
    norms = [l for l in model.layers if isinstance(l, layers.BatchNormalization)]
    variables = [v for n in norms for v in (n.moving_mean, n.moving_variance)]
    momentum = [n.momentum for n in norms for _ in range(2)]
    total = [np.zeros(v.shape) for v in variables]
    for batch in np.array_split(X, batches):
        old = [np.asarray(v, float) for v in variables]
        for v in variables:
            v.assign(np.zeros(v.shape))
        model(batch, training=True)
        for t, v, m in zip(total, variables, momentum):
            t += np.asarray(v, float) / (1 - m)
    for t, v in zip(total, variables):
        v.assign(t / batches)""",
    "non_trainable_variables": """
def reestimate(model, X, batches):
    norms = [l for l in model.layers if isinstance(l, layers.BatchNormalization)]
    keep = [(l, l.momentum) for l in norms]
    rows = []
    for l in norms:
        l.momentum = 0.0
    for part in np.split(np.asarray(X), batches, axis=0):
        model(part, training=True)
        rows.append([w.numpy() for w in model.non_trainable_variables])
    for l, m in keep:
        l.momentum = m
    for w, values in zip(model.non_trainable_variables, zip(*rows)):
        w.assign(sum(values) / len(values))""",
    "while": """
def reestimate(model, X, batches):
    norms = [l for l in model.layers if isinstance(l, layers.BatchNormalization)]
    before = [n.momentum for n in norms]
    n, size = 0, len(X) // batches
    while n < batches:
        for norm in norms:
            norm.momentum = n / (n + 1)
        model(X[n * size : n * size + size], training=True)
        n += 1
    while norms:
        norms.pop().momentum = before.pop()""",
    "a data set": """
def reestimate(model, X, batches):
    norms = [l for l in model.layers if isinstance(l, layers.BatchNormalization)]
    before = [n.momentum for n in norms]
    images = tf.data.Dataset.from_tensor_slices(X).batch(len(X) // batches)
    for k, batch in images.enumerate():
        k = int(k)
        for n in norms:
            n.momentum = k / (k + 1)
        model(batch, training=True)
    for n, m in zip(norms, before):
        setattr(n, "momentum", m)""",
    "reshape": """
def reestimate(model, X, batches):
    norms = [l for l in model.layers if isinstance(l, layers.BatchNormalization)]
    before = [n.momentum for n in norms]
    for k, batch in enumerate(X.reshape(batches, -1, *X.shape[1:])):
        for n in norms:
            n.momentum = k / (1 + k)
        model.call(batch, training=True)
    for n, m in zip(norms, before):
        n.momentum = m""",
    "backwards": """
def reestimate(model, X, batches):
    norms = [l for l in model.layers if isinstance(l, layers.BatchNormalization)]
    before = [n.momentum for n in norms]
    for k, batch in enumerate(reversed(np.array_split(X, batches))):
        for n in norms:
            n.momentum = k / (k + 1)
        model(batch, training=True)
    for n, m in zip(norms, before):
        n.momentum = m""",
    "TensorFlow": """
def reestimate(model, X, batches):
    norms = [l for l in model.layers if isinstance(l, layers.BatchNormalization)]
    before = [n.momentum for n in norms]
    collected = []
    for batch in tf.split(X, batches):
        for n in norms:
            n.momentum = 0.0
        model(batch, training=True)
        collected.append([tf.stack([n.moving_mean.value, n.moving_variance.value]) for n in norms])
    for i, (n, m) in enumerate(zip(norms, before)):
        mean, variance = tf.unstack(tf.reduce_mean([row[i] for row in collected], axis=0))
        n.moving_mean.assign(mean)
        n.moving_variance.assign(variance)
        n.momentum = m""",
    "reset first": """
def reestimate(model, X, batches):
    norms = [l for l in model.layers if isinstance(l, layers.BatchNormalization)]
    before = [n.momentum for n in norms]
    for n in norms:
        n.moving_mean.assign(keras.ops.zeros_like(n.moving_mean))
        n.moving_variance.assign(keras.ops.ones_like(n.moving_variance))
    for k, batch in enumerate(np.array_split(X, batches)):
        for n in norms:
            n.momentum = k / (k + 1)
        model(batch, training=True)
    for n, m in zip(norms, before):
        n.momentum = m""",
    "a helper": """
def reestimate(model, X, batches):
    before = {norm: norm.momentum for norm in norms_of(model)}
    for k, batch in enumerate(np.array_split(X, batches)):
        set_momentum(model, k / (k + 1))
        model(batch, training=True)
    for norm in before:
        norm.momentum = before[norm]


def norms_of(model):
    return [one for one in model.layers if isinstance(one, layers.BatchNormalization)]


def set_momentum(model, momentum):
    for norm in norms_of(model):
        norm.momentum = momentum""",
    "other names": """
def reestimate(net, pictures, n):
    bns = [l for l in net.layers if isinstance(l, layers.BatchNormalization)]
    olds = [b.momentum for b in bns]
    for i, part in enumerate(np.array_split(pictures, n)):
        for b in bns:
            b.momentum = i / (i + 1)
        net(part, training=True)
    for b, old in zip(bns, olds):
        b.momentum = old""",
}
"""Right programs by title."""

_BACK = """
    for norm, momentum in zip(norms, before):
        norm.momentum = momentum"""
WRONG = {
    "nothing_changed": ("training=True", "training=False"),
    "momentum_not_used": ("norm.momentum = k / (k + 1)", "norm.momentum = norm.momentum"),
    "last_batch_only": ("k / (k + 1)", "0"),
    "initial_value_counted": ("k / (k + 1)", "(k + 1) / (k + 2)"),
    "momentum_exchanged": ("k / (k + 1)", "1 / (k + 1)"),
    "momentum_constant": ("k / (k + 1)", "1 / batches"),
    "momentum_left": (_BACK, ""),
    "momentum_of_keras": ("norm.momentum = momentum", "norm.momentum = 0.99"),
    "one_batch": ("np.array_split(X, batches)", "[X]"),
    "batches_as_size": (
        "np.array_split(X, batches)",
        "[X[i : i + batches] for i in range(0, len(X), batches)]",
    ),
    "other_split": ("np.array_split(X, batches)", "[X[i::batches] for i in range(batches)]"),
    "variance_of_means": (
        _BACK,
        _BACK + """
    for norm in norms:
        norm.momentum = 0
    means = []
    for batch in np.array_split(X, batches):
        model(batch, training=True)
        means.append([norm.moving_mean.numpy() for norm in norms])
    for norm, momentum, rows in zip(norms, before, zip(*means)):
        norm.momentum = momentum
        norm.moving_mean.assign(np.mean(rows, axis=0))
        norm.moving_variance.assign(np.var(rows, axis=0))""",
    ),
    "one_layer": ("    before =", "    norms = norms[:1]\n    before ="),
    "weights_changed": (
        "model(batch, training=True)",
        "model(batch, training=True)\n        norms[0].gamma.assign_add(norms[0].gamma)",
    ),
    "unknown": ("k / (k + 1)", "k / (k + 1) / 2"),
}  # fmt: skip
"""By a mistake's id, the change to the first right program that makes it."""
