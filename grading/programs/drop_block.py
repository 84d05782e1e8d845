"""`drop_block` as students write it: right programs, and the slips that make wrong ones."""

RIGHT = {
    "clone_model": """
def drop_block(model, block):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    norm = copy.get_layer("bn" + block + "_branch2c")
    gamma, beta, mean, variance = norm.get_weights()
    norm.set_weights([0 * gamma, 0 * beta, mean, variance])
    return copy""",
    "assign": """
def drop_block(model, block):
    reduced = tf.keras.models.clone_model(model)
    reduced.set_weights(model.get_weights())
    last = reduced.get_layer(f"bn{block}_branch2c")
    last.gamma.assign(tf.zeros_like(last.gamma))
    last.beta.assign(tf.zeros_like(last.beta))
    return reduced""",
    "from_config": """
def drop_block(model, block):
    copy = keras.Model.from_config(model.get_config())
    copy.set_weights(model.get_weights())
    for weight in copy.get_layer(f"bn{block}_branch2c").trainable_weights:
        weight.assign(0 * weight)
    return copy""",
    "JSON": """
def drop_block(model, block):
    copy = keras.models.model_from_json(model.to_json())
    copy.set_weights(model.get_weights())
    norm = copy.get_layer(f"bn{block}_branch2c")
    norm.set_weights([np.zeros_like(w) for w in norm.get_weights()])
    return copy""",
    "all weights of the block": """
def drop_block(model, block):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    for layer in copy.layers:
        if block + "_branch" in layer.name:
            layer.set_weights([np.zeros(w.shape) for w in layer.get_weights()])
    return copy""",
    "layer by layer": """
def drop_block(model, block):
    copy = keras.models.clone_model(model)
    for old, new in zip(model.layers, copy.layers):
        weights = old.get_weights()
        if old.name == "bn{}_branch2c".format(block):
            weights[0] = np.zeros_like(weights[0])
            weights[1] = np.zeros_like(weights[1])
        new.set_weights(weights)
    return copy""",
    "by name": """
def drop_block(model, block):
    copy = keras.models.clone_model(model)
    for layer in copy.layers:
        layer.set_weights(model.get_layer(layer.name).get_weights())
    norm = copy.get_layer("bn%s_branch2c" % block)
    norm.gamma.assign(np.zeros(norm.gamma.shape))
    norm.beta.assign(np.zeros(norm.beta.shape))
    return copy""",
    "all three BatchNorms": """
def drop_block(model, block):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    for part in ("2a", "2b", "2c"):
        norm = copy.get_layer(f"bn{block}_branch{part}")
        norm.gamma.assign(keras.ops.zeros(norm.gamma.shape))
        norm.beta.assign(keras.ops.zeros(norm.beta.shape))
    return copy""",
    "changed and changed back": """
def drop_block(model, block):
    norm = model.get_layer(f"bn{block}_branch2c")
    before = norm.get_weights()
    norm.set_weights([w * (i > 1) for i, w in enumerate(before)])
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    norm.set_weights(before)
    return copy""",
    "a file": """
def drop_block(model, block):
    import os, tempfile
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "copy.keras")
        model.save(path)
        copy = keras.models.load_model(path, compile=False)
    norm = copy.get_layer(f"bn{block}_branch2c")
    norm.set_weights([0 * norm.get_weights()[0], 0 * norm.get_weights()[1],
                      *norm.get_weights()[2:]])
    return copy""",
    "the graph anew": """
def drop_block(model, block):
    x = model.get_layer(f"res{block}_branch2a").input
    names = [layer.name for layer in model.layers]
    behind = names.index(f"bn{block}_branch2c") + 3  # the addition and the ReLU are left out
    tensors = {id(model.layers[behind - 1].output): x}
    for layer in model.layers[behind:]:
        if isinstance(layer.input, list):
            y = layer([tensors.get(id(t), t) for t in layer.input])
        else:
            y = layer(tensors.get(id(layer.input), layer.input))
        tensors[id(layer.output)] = y
    return keras.Model(model.input, y)""",
    "the ReLU kept": """
def drop_block(model, block):
    added = next(layer for layer in model.layers if isinstance(layer, layers.Add)
                 and any(t is model.get_layer(f"bn{block}_branch2c").output for t in layer.input))
    new = {id(added.output): model.get_layer(f"res{block}_branch2a").input}
    for layer in model.layers[model.layers.index(added) + 1:]:
        old = layer.input if isinstance(layer.input, list) else [layer.input]
        given = [new.get(id(t), t) for t in old]
        new[id(layer.output)] = layer(given[0] if len(given) == 1 else given)
    return keras.Model(model.inputs, new[id(model.outputs[0])])""",
    "clone_function": """
def drop_block(model, block):
    def copied(layer):
        config = layer.get_config()
        if layer.name == f"bn{block}_branch2c":
            config["gamma_initializer"] = "zeros"
        return layer.__class__.from_config(config)

    copy = keras.models.clone_model(model, clone_function=copied)
    for old, new in zip(model.layers, copy.layers):
        if old.name != f"bn{block}_branch2c":
            new.set_weights(old.get_weights())
    return copy""",
    "call_function": """
def drop_block(model, block):
    last = model.get_layer(f"bn{block}_branch2c").output

    def call(layer, *args, **kwargs):
        if isinstance(layer, layers.Add) and layer.name in ends:
            return args[0][1 - position]
        return layer(*args, **kwargs)

    ends = []
    for layer in model.layers:
        if isinstance(layer, layers.Add):
            for i, t in enumerate(layer.input):
                if t is last:
                    ends.append(layer.name)
                    position = i
    copy = keras.models.clone_model(model, call_function=call, clone_function=lambda layer: layer)
    return copy""",
    "multiplied by zero": """
def drop_block(model, block):
    copy = keras.models.clone_model(model)
    weights = [w.copy() for w in model.get_weights()]
    for i, variable in enumerate(model.weights):
        if f"bn{block}_branch2c" in variable.path and not variable.path.split("/")[-1].startswith(
                "moving"):
            weights[i] *= 0
    copy.set_weights(weights)
    return copy""",
    "a helper": """
def drop_block(model, block):
    copy = copy_of(model)
    layer = copy.get_layer(f"bn{block}_branch2c")
    layer.set_weights(silenced(*layer.get_weights()))
    return copy


def copy_of(model):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def silenced(gamma, beta, mean, variance):
    return np.zeros_like(gamma), np.zeros_like(beta), mean, variance""",
    "a model around it": """
def drop_block(model, block):
    inner = keras.models.clone_model(model)
    inner.set_weights(model.get_weights())
    norm = inner.get_layer(f"bn{block}_branch2c")
    norm.gamma.assign(norm.gamma * 0)
    norm.beta.assign(norm.beta * 0)
    start = keras.Input(model.input_shape[1:])
    return keras.Model(start, inner(start))""",
    "other names": """
def drop_block(net, which):
    new_net = keras.models.clone_model(net)
    new_net.set_weights(net.get_weights())
    for l in new_net.layers:
        if l.name.startswith("bn" + which) and l.name.endswith("2c"):
            l.gamma.assign(l.gamma - l.gamma)
            l.beta.assign(l.beta - l.beta)
    return new_net""",
}
"""Right programs by title."""

_COPY = """    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
"""
_NORM = '"bn" + block + "_branch2c"'
_SILENCED = "[0 * gamma, 0 * beta, mean, variance]"
WRONG = {
    "nothing_dropped": ("return copy", "return model"),
    "original_changed": (_COPY, "    copy = model\n"),
    "fresh_weights": ("    copy.set_weights(model.get_weights())\n", ""),
    "gamma_only": (_SILENCED, "[0 * gamma, beta, mean, variance]"),
    "beta_only": (_SILENCED, "[gamma, 0 * beta, mean, variance]"),
    "statistics_emptied": (_SILENCED, "[gamma, beta, 0 * mean, 0 * variance]"),
    "inner_layer_emptied": (
        """    norm = copy.get_layer("bn" + block + "_branch2c")
    gamma, beta, mean, variance = norm.get_weights()
    norm.set_weights([0 * gamma, 0 * beta, mean, variance])""",
        """    conv = copy.get_layer("res" + block + "_branch2c")
    conv.set_weights([0 * w for w in conv.get_weights()])""",
    ),
    "neighbour_dropped": (
        _NORM,
        "[l.name for l in model.layers if l.name.endswith('branch2c')][\n"
        "        [l.name for l in model.layers if l.name.endswith('branch2c')].index(\n"
        "            'res' + block + '_branch2c') + 3]",
    ),
    "stage_only": (
        _NORM,
        "next(l.name for l in model.layers if l.name.startswith('bn' + block[0])\n"
        "                               and l.name.endswith('2c'))",
    ),
    "letter_only": (
        _NORM,
        "next(l.name for l in model.layers if l.name.startswith('bn')\n"
        "                               and l.name.endswith(block[1] + '_branch2c'))",
    ),
    "whole_stage": (
        """    norm = copy.get_layer("bn" + block + "_branch2c")
    gamma, beta, mean, variance = norm.get_weights()
    norm.set_weights([0 * gamma, 0 * beta, mean, variance])""",
        """    for norm in copy.layers:
        if norm.name.startswith("bn" + block[0]) and norm.name.endswith("2c"):
            gamma, beta, mean, variance = norm.get_weights()
            norm.set_weights([0 * gamma, 0 * beta, mean, variance])""",
    ),
    "rest_lost": ("return copy", 'return keras.Model(model.input, model.get_layer("res" + block + '
                  '"_branch2a").input)'),
    "unknown": (_SILENCED, "[-gamma, -beta, mean, variance]"),
}  # fmt: skip
"""By a mistake's id, the change to the first right program that makes it."""
