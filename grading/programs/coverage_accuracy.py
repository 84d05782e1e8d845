"""`coverage_accuracy` in many right spellings, as students' cells."""

RIGHT = {
    "a loop": """
def coverage_accuracy(probabilities, truth, thresholds):
    sure, answers = probabilities.max(axis=1), probabilities.argmax(axis=1)
    coverage, accuracy = [], []
    for threshold in thresholds:
        kept = sure >= threshold
        coverage.append(kept.mean())
        accuracy.append(np.mean(answers[kept] == truth[kept]) if kept.any() else 1)
    return coverage, accuracy""",
    "counts": """
def coverage_accuracy(probabilities, truth, thresholds):
    coverage, accuracy = [], []
    for threshold in thresholds:
        kept = right = 0
        for p, t in zip(probabilities, truth):
            if max(p) >= threshold:
                kept += 1
                right += np.argmax(p) == t
        coverage.append(kept / len(truth))
        accuracy.append(right / kept if kept else 1.0)
    return np.array(coverage), np.array(accuracy)""",
    "vectorised": """
def coverage_accuracy(probabilities, truth, thresholds):
    kept = probabilities.max(1) >= np.array(thresholds)[:, None]
    right = probabilities.argmax(1) == truth
    count = kept.sum(axis=1)
    accuracy = np.where(count > 0, (kept & right).sum(axis=1) / np.maximum(count, 1), 1)
    return np.stack([kept.mean(axis=1), accuracy])""",
    "sorted and counted from the top": """
def coverage_accuracy(probabilities, truth, thresholds):
    sure = probabilities.max(axis=1)
    order = np.argsort(-sure)
    right = np.cumsum((probabilities.argmax(axis=1) == truth)[order])
    kept = np.searchsorted(-sure[order], -np.array(thresholds), side="right")
    accuracy = [right[k - 1] / k if k else 1 for k in kept]
    return kept / len(truth), accuracy""",
    "np.divide with where": """
def coverage_accuracy(probabilities, truth, thresholds):
    sure = np.max(probabilities, axis=-1)
    kept = np.array([sure >= t for t in thresholds], float)
    right = (np.argmax(probabilities, axis=-1) == truth).astype(float)
    count, good = kept.sum(1), kept @ right
    accuracy = np.divide(good, count, out=np.ones_like(count), where=count > 0)
    return [count / len(sure), accuracy]""",
    "errors subtracted": """
def coverage_accuracy(probabilities, truth, thresholds):
    sure, wrong = probabilities.max(axis=1), probabilities.argmax(axis=1) != truth
    rows = [(np.sum(sure >= t), np.sum(wrong & (sure >= t))) for t in thresholds]
    return np.array([[n / len(truth), 1 - w / max(n, 1)] for n, w in rows]).T""",
    "not below": """
def coverage_accuracy(probabilities, truth, thresholds):
    best = np.sort(probabilities, axis=1)[:, -1]
    right = probabilities[np.arange(len(truth)), truth] == best
    result = np.ones((2, len(thresholds)))
    for i, t in enumerate(thresholds):
        kept = ~(best < t)
        result[0, i] = kept.sum() / kept.size
        if kept.sum():
            result[1, i] = right[kept].sum() / kept.sum()
    return result""",
    "nan replaced": """
def coverage_accuracy(probabilities, truth, thresholds):
    import warnings
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        accuracy = [np.mean(right[sure >= t]) for t in thresholds]
    return [np.mean(sure >= t) for t in thresholds], np.nan_to_num(accuracy, nan=1)""",
    "a helper": """
def coverage_accuracy(probabilities, truth, thresholds):
    def one(t):
        kept = [(np.argmax(p), y) for p, y in zip(probabilities, truth) if np.max(p) >= t]
        right = sum(answer == y for answer, y in kept)
        return len(kept) / len(truth), (right / len(kept) if kept else 1)
    return tuple(zip(*map(one, thresholds)))""",
    "masked arrays": """
def coverage_accuracy(probabilities, truth, thresholds):
    right = (probabilities.argmax(axis=1) == truth).astype(float)
    low = [probabilities.max(axis=1) < t for t in thresholds]
    means = [np.ma.array(right, mask=mask).mean() for mask in low]
    return ([1 - mask.mean() for mask in low],
            [1.0 if m is np.ma.masked else float(m) for m in means])""",
    "lists": """
def coverage_accuracy(probabilities, truth, thresholds):
    rows, truth = probabilities.tolist(), truth.tolist()
    sure = [max(row) for row in rows]
    right = [row.index(max(row)) == t for row, t in zip(rows, truth)]
    coverage, accuracy = [], []
    while thresholds:
        t = thresholds.pop(0)
        kept = [r for s, r in zip(sure, right) if s >= t]
        coverage.append(len(kept) / len(sure))
        accuracy.append(sum(kept) / len(kept) if kept else 1)
    return [coverage, accuracy]""",
    "float32": """
def coverage_accuracy(probabilities, truth, thresholds):
    p = probabilities.astype("float32")
    kept = p.max(axis=1)[None, :] >= np.float32(thresholds)[:, None]
    right = (p.argmax(axis=1) == truth)[None, :]
    n = kept.sum(axis=1).astype("float32")
    return n / len(truth), np.where(n == 0, 1, (kept * right).sum(axis=1) / np.where(n == 0, 1, n))
""",
    "TensorFlow": """
def coverage_accuracy(probabilities, truth, thresholds):
    sure = tf.reduce_max(probabilities, axis=1)
    right = tf.cast(tf.argmax(probabilities, axis=1) == truth, tf.float64)
    kept = tf.cast(sure[None, :] >= tf.constant(thresholds, tf.float64)[:, None], tf.float64)
    count, good = tf.reduce_sum(kept, axis=1), tf.linalg.matvec(kept, right)
    accuracy = tf.where(count > 0, tf.math.divide_no_nan(good, count), tf.ones_like(count))
    return tf.stack([count / len(truth), accuracy])""",
    "TensorFlow, a loop": """
def coverage_accuracy(probabilities, truth, thresholds):
    coverage, accuracy = [], []
    for t in thresholds:
        kept = tf.reduce_max(probabilities, axis=1) >= t
        answers = tf.boolean_mask(tf.argmax(probabilities, axis=1), kept)
        right = tf.cast(answers == tf.boolean_mask(truth, kept), tf.float32)
        coverage.append(tf.reduce_mean(tf.cast(kept, tf.float32)))
        accuracy.append(tf.reduce_mean(right) if len(right) else tf.constant(1.0))
    return coverage, accuracy""",
    "keras.ops": """
def coverage_accuracy(probabilities, truth, thresholds):
    ops = keras.ops
    right = ops.cast(ops.argmax(probabilities, axis=1) == truth, "float32")
    rows = []
    for t in thresholds:
        kept = ops.cast(ops.max(probabilities, axis=1) >= t, "float32")
        n = float(ops.sum(kept))
        rows.append([n / len(truth), float(ops.sum(kept * right)) / n if n else 1.0])
    return np.transpose(rows)""",
    "one table": """
def coverage_accuracy(probabilities, truth, thresholds):
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    kept = [np.flatnonzero(sure >= t) for t in thresholds]
    shares = [len(k) / len(truth) for k in kept]
    return np.stack([shares, [right[k].mean() if len(k) else 1.0 for k in kept]])""",
}
"""Right programs by title."""

WRONG = {
    "greater_than": ("sure >= threshold", "sure > threshold"),
    "below": ("sure >= threshold", "sure < threshold"),
    "divided_by_all": (
        "np.mean(answers[kept] == truth[kept]) if kept.any() else 1",
        "np.mean(kept & (answers == truth))",
    ),
    "nothing_kept": ("else 1", "else 0"),
    "probability_of_the_truth": (
        "sure, answers = probabilities.max(axis=1)",
        "sure, answers = probabilities[np.arange(len(truth)), truth]",
    ),
    "threshold_ignored_in_accuracy": (
        "np.mean(answers[kept] == truth[kept]) if kept.any() else 1",
        "np.mean(answers == truth)",
    ),
    "every_probability": ("kept.mean()", "(probabilities >= threshold).sum() / len(truth)"),
    "counts": ("kept.mean()", "kept.sum()"),
    "percent": ("return coverage, accuracy", "return 100 * np.array([coverage, accuracy])"),
    "errors": ("return coverage, accuracy", "return coverage, 1 - np.array(accuracy)"),
    "order_exchanged": ("return coverage, accuracy", "return accuracy, coverage"),
    "pairs": ("return coverage, accuracy", "return list(zip(coverage, accuracy))"),
    "one_threshold": ("    return coverage, accuracy", "        return coverage, accuracy"),
    "one_measure": ("return coverage, accuracy", "return accuracy"),
    "wrong_return": ("return coverage, accuracy", "return {'coverage': coverage}"),
    "unknown": ("kept.mean()", "kept.mean() / 3"),
}
"""By a mistake's id, the change to the first right program that makes it."""
