"""Programs of a few students of the example class (see `grading.handout.example`)."""

from __future__ import annotations

IN_A_LOOP = """def identity_block(X, f, filters, stage, block):
    done = 0
    while done < 3:
        X = X + 0 * X if done else X
    return X"""

# Right, but in an unusual way.
ZEBRA = '''def identity_block(X, f, filters, stage, block):
    """Walks along the zebra crossing: one stripe for each component."""
    zebra = [X]
    for stripe, letter in enumerate("abc"):
        look = [1, f, 1][stripe]  # only the middle stripe looks left and right
        zebra += [Conv2D(filters[stripe], (look, look), padding=("valid", "same")[stripe == 1],
                         name="res%d%s_branch2%s" % (stage, block, letter))(zebra[-1])]
        zebra += [BatchNormalization(name="bn%d%s_branch2%s" % (stage, block, letter))(zebra[-1])]
        if letter < "c":
            zebra += [keras.activations.relu(zebra[-1])]
    return keras.activations.relu(keras.ops.add(*zebra[::len(zebra) - 1]))'''

# A copy of it with other names, comments and layout.
RENAMED = """def identity_block(X, f, filters, stage, block):
    tensors = [X]
    for number, part in enumerate("abc"):
        # the kernel's size
        size = [1, f, 1][number]
        tensors += [
            Conv2D(filters[number], (size, size), padding=("valid", "same")[number == 1],
                   name="res%d%s_branch2%s" % (stage, block, part))(tensors[-1])
        ]
        tensors += [
            BatchNormalization(name="bn%d%s_branch2%s" % (stage, block, part))(tensors[-1])
        ]
        if part < "c":
            tensors += [keras.activations.relu(tensors[-1])]
    return keras.activations.relu(keras.ops.add(*tensors[:: len(tensors) - 1]))"""

WITHOUT_NAMES = """def identity_block(X, f, filters, stage, block):
    F1, F2, F3 = filters
    Y = Activation("relu")(BatchNormalization()(Conv2D(F1, 1)(X)))
    Y = Activation("relu")(BatchNormalization()(Conv2D(F2, f, padding="same")(Y)))
    Y = BatchNormalization()(Conv2D(F3, 1)(Y))
    return Activation("relu")(X + Y)"""
