"""`confusion_matrix` in many right spellings, as students' cells."""

RIGHT = {
    "a loop": """
def confusion_matrix(truth, answers, classes):
    matrix = np.zeros((classes, classes))
    for true, answer in zip(truth, answers):
        matrix[true, answer] += 1
    return matrix""",
    "np.add.at": """
def confusion_matrix(truth, answers, classes):
    matrix = np.zeros((classes, classes), dtype=int)
    np.add.at(matrix, (truth, answers), 1)
    return matrix""",
    "np.bincount": """
def confusion_matrix(truth, answers, classes):
    counts = np.bincount(truth * classes + answers, minlength=classes**2)
    return counts.reshape(classes, classes)""",
    "np.histogram2d": """
def confusion_matrix(truth, answers, classes):
    edges = np.arange(classes + 1) - 0.5
    return np.histogram2d(truth, answers, bins=[edges, edges])[0]""",
    "one-hot, a matrix product": """
def confusion_matrix(truth, answers, classes):
    return np.eye(classes)[truth].T @ np.eye(classes)[answers]""",
    "np.einsum": """
def confusion_matrix(truth, answers, classes):
    one_hot = np.identity(classes)
    return np.einsum("nt,na->ta", one_hot[truth], one_hot[answers])""",
    "comparisons": """
def confusion_matrix(truth, answers, classes):
    every = np.arange(classes)
    pairs = (truth == every[:, None])[:, None] & (answers == every[:, None])[None]
    return pairs.sum(axis=-1)""",
    "a loop over cells": """
def confusion_matrix(truth, answers, classes):
    return [
        [int(np.sum((truth == t) & (answers == a))) for a in range(classes)]
        for t in range(classes)
    ]""",
    "lists of lists": """
def confusion_matrix(truth, answers, classes):
    matrix = [[0] * classes for _ in range(classes)]
    for i in range(len(truth)):
        matrix[truth[i]][answers[i]] += 1
    return matrix""",
    "a Counter": """
def confusion_matrix(truth, answers, classes):
    from collections import Counter
    count = Counter(zip(truth.tolist(), answers.tolist()))
    return np.array([[count[t, a] for a in range(classes)] for t in range(classes)])""",
    "a dict": """
def confusion_matrix(truth, answers, classes):
    count = {}
    for pair in zip(map(int, truth), map(int, answers)):
        count[pair] = count.get(pair, 0) + 1
    return tuple(tuple(count.get((t, a), 0) for a in range(classes)) for t in range(classes))""",
    "rows of bincounts": """
def confusion_matrix(truth, answers, classes):
    rows = [np.bincount(answers[truth == t], minlength=classes) for t in range(classes)]
    return np.stack(rows)""",
    "np.unique": """
def confusion_matrix(truth, answers, classes):
    matrix = np.zeros((classes, classes))
    pairs, counts = np.unique(np.stack([truth, answers]), axis=1, return_counts=True)
    matrix[tuple(pairs)] = counts
    return matrix""",
    "TensorFlow": """
def confusion_matrix(truth, answers, classes):
    return tf.math.confusion_matrix(truth, answers, num_classes=classes)""",
    "TensorFlow, one-hot": """
def confusion_matrix(truth, answers, classes):
    return tf.matmul(tf.one_hot(truth, classes), tf.one_hot(answers, classes), transpose_a=True)""",
    "TensorFlow, scatter": """
def confusion_matrix(truth, answers, classes):
    pairs = tf.stack([truth, answers], axis=1)
    return tf.scatter_nd(pairs, tf.ones(len(truth)), (classes, classes))""",
    "keras.ops": """
def confusion_matrix(truth, answers, classes):
    to = keras.ops.one_hot
    return keras.ops.matmul(keras.ops.transpose(to(truth, classes)), to(answers, classes))""",
    "transposed at the end": """
def confusion_matrix(truth, answers, classes):
    table = np.zeros((classes, classes))
    for a, t in zip(answers, truth):
        table[a, t] = table[a, t] + 1
    return table.T""",
}
"""Right programs by title."""

WRONG = {
    "transposed": ("matrix[true, answer]", "matrix[answer, true]"),
    "repeats_lost": ("+= 1", "= 1"),
    "normalised": ("return matrix", "return matrix / len(truth)"),
    "right_answers_only": ("+= 1", "+= true == answer"),
    "wrong_answers_only": ("+= 1", "+= true != answer"),
    "one_of_the_two": ("matrix[true, answer]", "matrix[true, true]"),
    "size_from_the_data": (
        "np.zeros((classes, classes))",
        "np.zeros((1 + max([*truth, *answers]),) * 2)",
    ),
    "one_too_large": ("np.zeros((classes, classes))", "np.zeros((classes + 1, classes + 1))"),
    "counted_from_one": ("matrix[true, answer]", "matrix[true - 1, answer - 1]"),
    "flipped": ("return matrix", "return matrix[::-1]"),
    "image_left_out": ("zip(truth, answers)", "zip(truth[1:], answers[1:])"),
    "images_paired_with_all": (
        "for true, answer in zip(truth, answers)",
        "for true, answer in [(t, a) for t in truth for a in answers]",
    ),
    "accuracy": ("return matrix", "return np.trace(matrix) / np.sum(matrix)"),
    "wrong_return": ("return matrix", "return {'matrix': matrix}"),
    "unknown": ("+= 1", "+= 2"),
}
"""By a mistake's id, the change to the first right program that makes it."""
