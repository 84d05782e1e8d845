"""`receptive_field` in many right spellings, as students' cells."""

RIGHT = {
    "back from the value": """
def receptive_field(layers, position, size=64):
    edges = []
    for at in position:
        first = last = at
        for kernel, stride, padding in reversed(layers):
            first = first * stride - padding
            last = last * stride - padding + kernel - 1
        edges += [max(first, 0), min(last + 1, size)]
    return edges""",
    "tuples as keys": """
import functools
@functools.lru_cache(maxsize=None)
def rows_read(first, last, layers):
    if not layers:
        return first, last
    *before, (kernel, stride, padding) = layers
    return rows_read(
        first * stride - padding, last * stride - padding + kernel - 1, tuple(before)
    )
def receptive_field(layers, position, size=64):
    windows = {at: rows_read(at, at, tuple(layers)) for at in position}
    top, bottom = windows[position[0]]
    left, right = windows[position[1]]
    return {position + ("window",): (max(top, 0), min(bottom + 1, size), max(left, 0),
                                     min(right + 1, size))}[position + ("window",)]""",
    "forward from the image": """
def receptive_field(layers, position, size=64):
    jump, field, start = 1, 1, 0
    for k, s, p in layers:
        field += (k - 1) * jump
        start -= p * jump
        jump *= s
    top, left = (start + jump * at for at in position)
    return (max(top, 0), min(top + field, size), max(left, 0), min(left + field, size))""",
    "numpy, both directions at once": """
def receptive_field(layers, position, size=64):
    first = np.array(position)
    last = np.array(position)
    for kernel, stride, padding in layers[::-1]:
        first = stride * first - padding
        last = stride * last - padding + kernel - 1
    return np.clip(np.stack([first, last + 1], axis=1), 0, size).ravel()""",
    "numpy, without a loop": """
def receptive_field(layers, position, size=64):
    kernel, stride, padding = np.array(layers).T
    jumps = np.concatenate([[1], np.cumprod(stride)])
    first = np.array(position) * jumps[-1] - (padding * jumps[:-1]).sum()
    end = first + 1 + ((kernel - 1) * jumps[:-1]).sum()
    (top, left), (bottom, right) = np.maximum(first, 0), np.minimum(end, size)
    return np.array([top, bottom, left, right])""",
    "a helper for one direction": """
def receptive_field(layers, position, size=64):
    def seen(at):
        begin, end = at, at + 1
        for kernel, stride, padding in reversed(layers):
            begin, end = begin * stride - padding, (end - 1) * stride - padding + kernel
        return [max(0, begin), min(size, end)]
    return seen(position[0]) + seen(position[1])""",
    "recursion": """
def receptive_field(layers, position, size=64):
    def back(remaining, first, last):
        if not remaining:
            return max(first, 0), min(last, size - 1) + 1
        *earlier, (k, s, p) = remaining
        return back(earlier, first * s - p, last * s - p + k - 1)
    row, column = position
    return (*back(layers, row, row), *back(layers, column, column))""",
    "clipped by every layer": """
def receptive_field(layers, position, size=64):
    sizes = [size]
    for k, s, p in layers:
        sizes.append((sizes[-1] + 2 * p - k) // s + 1)
    result = []
    for first in position:
        last = first
        for (k, s, p), n in zip(layers[::-1], sizes[-2::-1]):
            first, last = max(first * s - p, 0), min(last * s - p + k - 1, n - 1)
        result.extend([first, last + 1])
    return result""",
    "sets of rows": """
def receptive_field(layers, position, size=64):
    found = []
    for at in position:
        rows = {at}
        for k, s, p in reversed(layers):
            rows = {r * s - p + i for r in rows for i in range(k)}
        rows &= set(range(size))
        found += [min(rows), max(rows) + 1]
    return found""",
    "a product of matrices": """
def receptive_field(layers, position, size=64):
    n, sees = size, np.eye(size)
    for k, s, p in layers:
        m = (n + 2 * p - k) // s + 1
        step = np.zeros((m, n))
        for r in range(m):
            step[r, max(r * s - p, 0):r * s - p + k] = 1
        n, sees = m, step @ sees
    found = []
    for at in position:
        rows = np.flatnonzero(sees[at])
        found += [rows[0], rows[-1] + 1]
    return found""",
    "a gradient": """
def receptive_field(layers, position, size=64):
    image = tf.ones((1, size, size, 1))
    with tf.GradientTape() as tape:
        tape.watch(image)
        x = image
        for k, s, p in layers:
            x = tf.pad(x, [[0, 0], [p, p], [p, p], [0, 0]])
            x = tf.nn.conv2d(x, tf.fill((k, k, 1, 1), 1 / k**2), s, "VALID")
        value = x[0, position[0], position[1], 0]
    rows, columns = np.nonzero(tape.gradient(value, image).numpy()[0, :, :, 0])
    return [rows.min(), rows.max() + 1, columns.min(), columns.max() + 1]""",
    "the gradient of a model": """
def receptive_field(layers, position, size=64):
    start = x = keras.Input((size, size, 1))
    for k, s, p in layers:
        x = keras.layers.ZeroPadding2D(p)(x)
        x = Conv2D(1, k, strides=s, kernel_initializer="ones", use_bias=False)(x)
    model, image = keras.Model(start, x), tf.Variable(tf.zeros((1, size, size, 1)))
    with tf.GradientTape() as tape:
        value = model(image)[0, position[0], position[1], 0]
    seen = tape.gradient(value, image).numpy()[0, :, :, 0] > 0
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1""",
    "TensorFlow": """
def receptive_field(layers, position, size=64):
    ends = tf.constant([[at, at] for at in position])
    for kernel, stride, padding in reversed(layers):
        ends = ends * stride - padding + tf.constant([0, kernel - 1])
    return tf.reshape(tf.clip_by_value(ends + tf.constant([0, 1]), 0, size), [-1])""",
    "functools.reduce": """
def receptive_field(layers, position, size=64):
    from functools import reduce
    def back(window, layer):
        kernel, stride, padding = layer
        return window[0] * stride - padding, window[1] * stride - padding + kernel - 1
    windows = [reduce(back, layers[::-1], (at, at)) for at in position]
    return [edge for a, b in windows for edge in (max(a, 0), min(b + 1, size))]""",
    "a list that is emptied": """
def receptive_field(layers, position, size=64):
    (top, left), (bottom, right) = position, position
    while layers:
        kernel, stride, padding = layers.pop()
        top, left = top * stride - padding, left * stride - padding
        bottom = bottom * stride - padding + kernel - 1
        right = right * stride - padding + kernel - 1
    return max(top, 0), min(bottom + 1, size), max(left, 0), min(right + 1, size)""",
    "centre and half width": """
def receptive_field(layers, position, size=64):
    jump, half, centre = 1, 0.0, 0.0
    for k, s, p in layers:
        half += (k - 1) / 2 * jump
        centre += ((k - 1) / 2 - p) * jump
        jump *= s
    y, x = position[0] * jump + centre, position[1] * jump + centre
    edges = [y - half, y + half + 1, x - half, x + half + 1]
    return np.array([min(max(edge, 0), size) for edge in edges])""",
    "ranges": """
def receptive_field(layers, position, size=64):
    def window(at):
        rows = range(at, at + 1)
        for kernel, stride, padding in reversed(layers):
            start = rows.start * stride - padding
            rows = range(start, rows[-1] * stride - padding + kernel)
        inside = [r for r in rows if 0 <= r < size]
        return inside[0], inside[-1] + 1
    return sum((window(at) for at in position), ())""",
    "padded coordinates": """
def receptive_field(layers, position, size=64):
    jump, field, pad = 1, 1, 0
    for layer in layers:
        field, pad = field + (layer[0] - 1) * jump, pad + layer[2] * jump
        jump = jump * layer[1]
    seen = np.zeros((size + 2 * pad + 4 * field,) * 2)
    r, c = position[0] * jump, position[1] * jump
    seen[r:r + field, c:c + field] = 1
    rows, columns = np.where(seen[pad:pad + size, pad:pad + size])
    return [rows.min(), rows.max() + 1, columns.min(), columns.max() + 1]""",
    "other names": """
def receptive_field(convs, where, n=64):
    a, c = where
    b, d = where
    for i in range(len(convs) - 1, -1, -1):
        k, s, p = convs[i]
        a, b, c, d = s * a - p, s * b - p + k - 1, s * c - p, s * d - p + k - 1
    return [a if a > 0 else 0, b + 1 if b < n else n, c if c > 0 else 0, d + 1 if d < n else n]""",
}
"""Right programs by title."""

WRONG = {
    "not_clipped": ("[max(first, 0), min(last + 1, size)]", "[first, last + 1]"),
    "padding_forgotten": ("in reversed(layers):", "in reversed(layers):\n            padding = 0"),
    "padding_added": (" - padding", " + padding"),
    "padding_on_one_side": ("stride - padding + kernel", "stride + kernel"),
    "stride_before": ("first = first * stride - padding\n            last = last * stride - padding"
                      " + kernel - 1", "first = (first - padding) * stride\n            last = "
                      "(last - padding + kernel - 1) * stride"),
    "stride_ignored": (" * stride", ""),
    "layers_in_wrong_order": ("reversed(layers)", "layers"),
    "layer_left_out": ("reversed(layers)", "reversed(layers[1:])"),
    "kernel_not_minus_one": ("kernel - 1", "kernel"),
    "last_row_excluded": ("min(last + 1, size)", "min(last, size)"),
    "edge_one_off": ("min(last + 1, size)", "min(last, size) + 1"),
    "size_hard_coded": ("min(last + 1, size)", "min(last + 1, 64)"),
    "position_ignored": ("for at in position:", "for at in [0, 0]:"),
    "rows_and_columns_exchanged": ("in position:", "in position[::-1]:"),
    "corners": ("return edges", "return edges[::2] + edges[1::2]"),
    "size_returned": ("return edges", "return edges[1] - edges[0], edges[3] - edges[2]"),
    "rows_only": ("return edges", "return edges[:2]"),
    "wrong_return": ("return edges", "return {'window': edges}"),
    "unknown": ("return edges", "return [edge + 7 for edge in edges]"),
}  # fmt: skip
"""By a mistake's id, the change to the first right program that makes it."""
