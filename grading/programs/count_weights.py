"""`count_weights` in many right spellings, as students' cells."""

RIGHT = {
    "a formula": """
def count_weights(f, filters, channels):
    F1, F2, F3 = filters
    bottleneck = channels * F1 + f * f * F1 * F2 + F2 * F3
    return bottleneck, 2 * f * f * channels * channels""",
    "an array": """
def count_weights(f, filters, channels):
    a, b, c = filters
    return np.array([channels * a + f**2 * a * b + b * c, 2 * (f * channels) ** 2])""",
    "a loop": """
def count_weights(f, filters, channels):
    total, incoming = 0, channels
    for size, outgoing in zip([1, f, 1], filters):
        total += size * size * incoming * outgoing
        incoming = outgoing
    two = 0
    for _ in range(2):
        two += f * f * channels * channels
    return [total, two]""",
    "a generator": """
def count_weights(f, filters, channels):
    ways = [channels, *filters]
    few = sum(k * k * a * b for k, a, b in zip((1, f, 1), ways, ways[1:]))
    return few, sum(f * f * channels * channels for _ in "ab")""",
    "numpy, vectorised": """
def count_weights(f, filters, channels):
    size, ways = np.array([1, f, 1]), np.array([channels, *filters])
    return np.stack([np.sum(size**2 * ways[:-1] * ways[1:]), 2 * f**2 * channels**2])""",
    "numpy, products of shapes": """
def count_weights(f, filters, channels):
    F1, F2, F3 = filters
    shapes = [(1, 1, channels, F1), (f, f, F1, F2), (1, 1, F2, F3)]
    return (np.prod(shapes, axis=1).sum(), 2 * np.prod((f, f, channels, channels)))""",
    "numpy, a dot product": """
def count_weights(f, filters, channels):
    return np.dot([1, f * f, 1], np.multiply([channels, *filters[:2]], filters)), np.dot(
        [f * f, f * f], [channels**2] * 2)""",
    "numpy, floats in a column": """
def count_weights(f, filters, channels):
    F1, F2, F3 = np.asarray(filters, float)
    return np.array([[F1 * (channels + F2 * f**2) + F2 * F3], [2.0 * f**2 * channels**2]])""",
    "empty kernels": """
def count_weights(f, filters, channels):
    F1, F2, F3 = filters
    kernels = np.empty((1, 1, channels, F1)), np.empty((f, f, F1, F2)), np.empty((1, 1, F2, F3))
    return sum(kernel.size for kernel in kernels), 2 * np.empty((f, f, channels, channels)).size""",
    "TensorFlow": """
def count_weights(f, filters, channels):
    F1, F2, F3 = filters
    few = tf.reduce_sum(tf.stack([channels * F1, f * f * F1 * F2, F2 * F3]))
    return tf.stack([few, 2 * tf.square(f * channels)])""",
    "TensorFlow, one scalar each": """
def count_weights(f, filters, channels):
    ways = tf.constant([channels] + list(filters), tf.float32)
    sizes = tf.constant([1.0, f * f, 1.0])
    few = tf.tensordot(sizes, ways[:-1] * ways[1:], 1)
    return few, tf.constant(2.0 * f * f * channels * channels)""",
    "layers without biases": """
def count_weights(f, filters, channels):
    def weights(ways, sizes):
        X = keras.Input((8, 8, ways[0]))
        chain = keras.Sequential([X] + [
            Conv2D(n, k, padding="same", use_bias=False) for n, k in zip(ways[1:], sizes)])
        return chain.count_params()
    return weights([channels, *filters], [1, f, 1]), weights([channels] * 3, [f, f])""",
    "kernels of layers": """
def count_weights(f, filters, channels):
    X, kernels = keras.Input((None, None, channels)), []
    for width, size in zip(filters, (1, f, 1)):
        layer = layers.Conv2D(width, size)
        X = layer(X)
        kernels.append(layer.kernel)
    return sum(int(np.prod(k.shape)) for k in kernels), 2 * f * f * channels * channels""",
    "biases subtracted": """
def count_weights(f, filters, channels):
    def conv(k, a, b):
        layer = Conv2D(b, k)
        layer.build((None, 8, 8, a))
        return layer.count_params() - b
    F1, F2, F3 = filters
    few = conv(1, channels, F1) + conv(f, F1, F2) + conv(1, F2, F3)
    return few, 2 * conv(f, channels, channels)
""",
    "functools.reduce": """
def count_weights(f, filters, channels):
    from functools import reduce
    def add(so_far, conv):
        total, incoming = so_far
        return total + conv[0] * incoming * conv[1], conv[1]
    return (reduce(add, zip((1, f * f, 1), filters), (0, channels))[0],
            reduce(add, [(f * f, channels)] * 2, (0, channels))[0])""",
    "recursion": """
def count_weights(f, filters, channels):
    def count(sizes, ways):
        return sizes[0] ** 2 * ways[0] * ways[1] + count(sizes[1:], ways[1:]) if sizes else 0
    return count([1, f, 1], [channels] + list(filters)), count([f, f], [channels] * 3)""",
    "a list that is emptied": """
def count_weights(f, filters, channels):
    few, ways = 0, channels
    for size in (1, f, 1):
        few += size**2 * ways * filters[0]
        ways = filters.pop(0)
    return few, 2 * f**2 * channels**2""",
    "a class": """
def count_weights(f, filters, channels):
    class Conv:
        def __init__(self, size, incoming, outgoing):
            self.weights = size * size * incoming * outgoing
    first, middle = Conv(1, channels, filters[0]), Conv(f, filters[0], filters[1])
    wide = [Conv(f, channels, channels) for _ in range(2)]
    small = (first, middle, Conv(1, filters[1], filters[2]))
    return [sum(conv.weights for conv in block) for block in (small, wide)]""",
    "other names": """
def count_weights(k, widths, c_in):
    c1, c2, c3 = widths
    return c_in * c1 + k * k * c1 * c2 + c2 * c3, c_in**2 * k**2 * 2""",
}
"""Right programs by title."""

WRONG = {
    "bias_counted": ("F2 * F3", "F2 * F3 + F1 + F2 + F3"),
    "f_not_squared": ("f * f * F1", "f * F1"),
    "f_everywhere": ("F2 * F3", "f * f * F2 * F3"),
    "own_filters_as_input": ("channels * F1", "F1 * F1"),
    "block_input_everywhere": ("f * f * F1 * F2", "f * f * channels * F2"),
    "input_channels_forgotten": ("2 * f * f * channels * channels", "2 * f * f * channels"),
    "f3_for_channels": ("channels * channels", "F3 * F3"),
    "not_two": ("2 * f * f * channels", "f * f * channels"),
    "convolution_left_out": (" + F2 * F3", ""),
    "filters_reversed": ("F1, F2, F3 = filters", "F3, F2, F1 = filters"),
    "order_exchanged": (
        "return bottleneck, 2 * f * f * channels * channels",
        "return 2 * f * f * channels * channels, bottleneck",
    ),
    "one_number": ("return bottleneck, 2 * f * f * channels * channels", "return bottleneck"),
    "wrong_return": ("return bottleneck, 2", "return bottleneck, [2, 3], 2"),
    "unknown": ("f * f * F1 * F2", "f * f * (F1 + F2)"),
}
"""By a mistake's id, the change to the first right program that makes it."""
