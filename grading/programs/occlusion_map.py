"""`occlusion_map` in many right spellings, as students' cells."""

RIGHT = {
    "two loops": """
def occlusion_map(model, image, size, step):
    before = model(image[None], training=False).numpy()[0]
    answer = before.argmax()
    heat = []
    for row in range(0, image.shape[0] - size + 1, step):
        heat.append([])
        for column in range(0, image.shape[1] - size + 1, step):
            covered = image.copy()
            covered[row : row + size, column : column + size] = 0.5
            after = model(covered[None], training=False).numpy()[0]
            heat[-1].append(before[answer] - after[answer])
    return np.array(heat)""",
    "one batch": """
def occlusion_map(model, image, size, step):
    rows = range(0, image.shape[0] - size + 1, step)
    columns = range(0, image.shape[1] - size + 1, step)
    images = np.repeat(image[None], 1 + len(rows) * len(columns), axis=0)
    places = [(row, column) for row in rows for column in columns]
    for one, (row, column) in zip(images[1:], places):
        one[row : row + size, column : column + size] = 0.5
    p = np.asarray(model(images))
    p = p[:, p[0].argmax()]
    return (p[0] - p[1:]).reshape(len(rows), len(columns))""",
    "predict": """
def occlusion_map(model, image, size, step):
    height, width, _ = image.shape
    images = []
    for row in range(0, height - size + 1, step):
        for column in range(0, width - size + 1, step):
            covered = np.array(image)
            covered[row : row + size, column : column + size, :] = 0.5
            images.append(covered)
    before = model.predict(image[np.newaxis], verbose=0)[0]
    after = model.predict(np.stack(images), verbose=0)[:, np.argmax(before)]
    return np.reshape(before.max() - after, (1 + (height - size) // step, -1))""",
    "predict_on_batch": """
def occlusion_map(model, image, size, step):
    ups = (image.shape[0] - size) // step + 1
    sides = (image.shape[1] - size) // step + 1
    heat = np.zeros((ups, sides))
    before = model.predict_on_batch(image[None])[0]
    for i in range(ups):
        batch = np.stack([image] * sides)
        for j in range(sides):
            batch[j, i * step : i * step + size, j * step : j * step + size] = 0.5
        heat[i] = before.max() - model.predict_on_batch(batch)[:, before.argmax()]
    return heat""",
    "ndindex": """
def occlusion_map(model, image, size, step):
    def probabilities(one):
        return np.squeeze(model(np.expand_dims(one, 0)))
    before = probabilities(image)
    c = np.argmax(before)
    heat = np.empty([(n - size) // step + 1 for n in image.shape[:2]])
    for i, j in np.ndindex(heat.shape):
        one = image.copy()
        one[step * i : step * i + size, step * j : step * j + size] = 0.5
        heat[i, j] = before[c] - probabilities(one)[c]
    return heat""",
    "while": """
def occlusion_map(model, image, size, step):
    p = model(image[None]).numpy()
    heat, top = [], 0
    while top + size <= image.shape[0]:
        line, left = [], 0
        while left + size <= image.shape[1]:
            hidden = image.copy()
            hidden[top : top + size, left : left + size] = 0.5
            line.append(float(p.max() - model(hidden[None]).numpy()[0, p.argmax()]))
            left += step
        heat.append(line)
        top += step
    return heat""",
    "a mask": """
def occlusion_map(model, image, size, step):
    h, w = image.shape[:2]
    y, x = np.mgrid[:h, :w]
    masks = np.array([
        (y >= a) & (y < a + size) & (x >= b) & (x < b + size)
        for a in range(0, h - size + 1, step) for b in range(0, w - size + 1, step)
    ])[..., None]
    before = np.asarray(model(image[None]))
    after = np.asarray(model(np.where(masks, 0.5, image)))[:, before.argmax()]
    return (before.max() - after).reshape(-1, (w - size) // step + 1)""",
    "a mask with factors": """
def occlusion_map(model, image, size, step):
    rows = np.arange(0, image.shape[0] - size + 1, step)
    cols = np.arange(0, image.shape[1] - size + 1, step)
    before = np.asarray(model(image[None]))[0]
    heat = np.zeros((rows.size, cols.size), np.float32)
    for i, r in enumerate(rows):
        for j, c in enumerate(cols):
            mask = np.ones_like(image)
            mask[r : r + size, c : c + size] = 0
            after = np.asarray(model((image * mask + 0.5 * (1 - mask))[None]))[0]
            heat[i, j] = (before - after)[before.argmax()]
    return heat""",
    "restored": """
def occlusion_map(model, image, size, step):
    before = np.asarray(model(image[None]))[0]
    answer = int(np.argmax(before))
    heat = {}
    for i, row in enumerate(range(0, image.shape[0] - size + 1, step)):
        for j, column in enumerate(range(0, image.shape[1] - size + 1, step)):
            square = np.s_[row : row + size, column : column + size]
            kept = image[square].copy()
            image[square] = 0.5
            heat[i, j] = before[answer] - np.asarray(model(image[None]))[0, answer]
            image[square] = kept
    return [[heat[a, b] for b in range(j + 1)] for a in range(i + 1)]""",
    "TensorFlow": """
def occlusion_map(model, image, size, step):
    image = tf.constant(image)
    before = model(image[None])[0]
    answer = tf.argmax(before)
    h, w = image.shape[:2]
    rows = []
    for r in range(0, h - size + 1, step):
        row = []
        for c in range(0, w - size + 1, step):
            hole = tf.pad(tf.ones((size, size, 1)), [[r, h - r - size], [c, w - c - size], [0, 0]])
            row.append(before[answer] - model((image * (1 - hole) + 0.5 * hole)[None])[0, answer])
        rows.append(tf.stack(row))
    return tf.stack(rows)""",
    "TensorFlow, one batch": """
def occlusion_map(model, image, size, step):
    h, w = image.shape[:2]
    holes = [tf.pad(tf.ones((size, size)), [[r, h - r - size], [c, w - c - size]])
             for r in range(0, h - size + 1, step) for c in range(0, w - size + 1, step)]
    covered = tf.where(tf.stack(holes)[..., None] > 0, 0.5, image[None])
    p = model(tf.concat([image[None], covered], 0), training=False)
    p = tf.gather(p, tf.argmax(p[0]), axis=1)
    return tf.reshape(p[0] - p[1:], (-1, (w - size) // step + 1))""",
    "keras.ops": """
def occlusion_map(model, image, size, step):
    ops = keras.ops
    x = ops.convert_to_tensor(image)
    before = model(x[None])[0]
    grey = ops.full((size, size, 3), 0.5)
    heat = [
        [ops.max(before) - model(ops.slice_update(x, (r, c, 0), grey)[None])[0, ops.argmax(before)]
         for c in range(0, image.shape[1] - size + 1, step)]
        for r in range(0, image.shape[0] - size + 1, step)
    ]
    return np.array(heat)""",
    "a helper": """
def occlusion_map(model, image, size, step):
    def without(r, c):
        new = image.copy()
        new[r : r + size, c : c + size] = [0.5, 0.5, 0.5]
        return new

    def starts(length):
        return range(0, length - size + 1, step)

    before = model(image[None], training=False)[0].numpy()
    best = before.argsort()[-1]
    images = [[without(r, c) for c in starts(image.shape[1])] for r in starts(image.shape[0])]
    after = [model(np.stack(line), training=False).numpy()[:, best] for line in images]
    return before[best] - np.stack(after)""",
    "a generator": """
def occlusion_map(model, image, size, step):
    from itertools import product
    before = np.asarray(model(image.reshape(1, *image.shape))).ravel()
    rows, columns = (range(0, n - size + 1, step) for n in image.shape[:2])
    def fall(place):
        covered = image.copy()
        covered[place[0] : place[0] + size, place[1] : place[1] + size].fill(0.5)
        return before.max() - np.asarray(model(covered[None])).ravel()[before.argmax()]
    return np.fromiter(map(fall, product(rows, columns)), float).reshape(len(rows), len(columns))
""",
    "float64": """
def occlusion_map(model, image, size, step):
    image = np.asarray(image, np.float64)
    first = np.asarray(model(image[None].astype(np.float32)), np.float64)[0]
    heat = []
    for r in range(image.shape[0] - size + 1)[::step]:
        for c in range(image.shape[1] - size + 1)[::step]:
            copy = image + 0
            copy[r : r + size, c : c + size] = 0.5
            heat.append(np.asarray(model(copy[None].astype("float32")), float)[0])
    return (first - np.array(heat))[:, np.argmax(first)].reshape(-1, len(range(
        image.shape[1] - size + 1)[::step]))""",
    "other names": """
def occlusion_map(net, picture, side, distance):
    p0 = np.asarray(net(picture[None]))[0]
    out = [[p0.max() - np.asarray(net(hide(picture, r, c, side)[None]))[0][p0.argmax()]
            for c in range(0, picture.shape[1] + 1 - side, distance)]
           for r in range(0, picture.shape[0] + 1 - side, distance)]
    return out


def hide(picture, r, c, side):
    covered = picture.copy()
    covered[r : r + side, c : c + side] = 0.5
    return covered""",
}
"""Right programs by title."""

WRONG = {
    "not_copied": ("covered = image.copy()", "covered = image"),
    "sign": ("before[answer] - after[answer]", "after[answer] - before[answer]"),
    "probability_itself": ("before[answer] - after[answer]", "after[answer]"),
    "absolute": ("before[answer] - after[answer]", "abs(before[answer] - after[answer])"),
    "relative": ("before[answer] - after[answer]", "after[answer] / before[answer]"),
    "highest_of_covered": ("- after[answer]", "- after.max()"),
    "one_class": (
        "answer = before.argmax()",
        "answer = np.argmax(model(image[None]), axis=0)[0]",
    ),
    "another_grey": ("= 0.5", "= 0"),
    "one_channel": ("column : column + size]", "column : column + size, 0]"),
    "stripes": ("row : row + size, column : column + size", "row : row + size"),
    "diagonal": ("column : column + size", "row : row + size"),
    "step_as_size": (
        "[row : row + size, column : column + size]",
        "[row : row + step, column : column + step]",
    ),
    "over_the_edge": (" - size + 1, step", ", step"),
    "normalised": ("np.array(heat)", "np.array(heat) / np.max(heat)"),
    "negative_cut": ("np.array(heat)", "np.maximum(heat, 0)"),
    "transposed": ("np.array(heat)", "np.array(heat).T"),
    "one_number": ("np.array(heat)", "heat[0][0]"),
    "wrong_return": ("np.array(heat)", "heat, str(answer)"),
    "unknown": ("before[answer] - after[answer]", "before[answer] - after[answer] / 2"),
}
"""By a mistake's id, the change to the first right program that makes it."""
