"""Functions are found in old and untidy notebooks, whatever other cells these contain."""

import pytest

from grading.programs.classic import CONVOLUTIONAL, IDENTITY
from grading.sandbox.loader import Loader, NotThere
from resnets.reader.notebooks import Notebook

STUB = "def identity_block(X, f, filters, stage, block):\n    raise NotImplementedError()"
OLD_IMPORTS = """
import numpy as np
from keras import layers
from keras.layers import Input, Add, Dense, Conv2D, NoSuchLayer, MaxPooling2D
from keras.models import Model, load_model
from keras.preprocessing import image
from keras.utils import layer_utils
from keras.utils.data_utils import get_file
from keras.applications.imagenet_utils import preprocess_input
from keras.utils.vis_utils import model_to_dot
import pydot, scipy.misc
from resnets_utils import *
from keras.initializers import glorot_uniform
from matplotlib.pyplot import imshow
%matplotlib inline
import keras.backend as K
K.set_image_data_format('channels_last')
K.set_learning_phase(1)
"""
TRAINING = """
model = ResNet50(input_shape = (64, 64, 3), classes = 6)
model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
model.fit(X_train, Y_train, epochs = 2, batch_size = 32)
"""
OLD_SESSION = """
tf.reset_default_graph()
with tf.Session() as test:
    A_prev = tf.placeholder("float", [3, 4, 4, 6])
    raise SystemExit("this cell must not run")
"""


def build(name, *notebooks, shape=(6, 6, 8)):
    """Return the output shape of a block from notebooks, each a list of cells."""
    import keras

    described = [Notebook(f"n{i}.ipynb", cells) for i, cells in enumerate(notebooks)]
    with keras.StatelessScope(initialize_variables=False):
        function = Loader(described).load(name)
        return function(keras.Input(shape), 3, [4, 4, 8], stage=2, block="b").shape[1:]


@pytest.mark.parametrize("name", ["identity_block", "convolutional_block"])
def test_an_old_solved_notebook_runs_unchanged(name):
    cells = [OLD_IMPORTS, IDENTITY, OLD_SESSION, CONVOLUTIONAL, OLD_SESSION, TRAINING]
    assert build(name, cells) == ((6, 6, 8) if name == "identity_block" else (3, 3, 8))


@pytest.mark.parametrize(
    "cells",
    [
        [IDENTITY],  # not even the imports
        [IDENTITY, OLD_IMPORTS],
        [TRAINING, IDENTITY, IDENTITY, OLD_IMPORTS],
        [STUB, IDENTITY],
        [IDENTITY, STUB],
        [IDENTITY, "def identity_block(X, f, filters, stage, block):\n    return ("],
        ["%%time\n" + IDENTITY, "!pip install keras", "?identity_block"],
        ["", "\x00", "   indented", IDENTITY, "while True: pass"],
    ],
    ids=["alone", "imports last", "twice", "stub first", "stub last", "broken copy", "magic",
         "garbage"],
)  # fmt: skip
def test_a_block_is_found_if_cells_are_missing_repeated_or_reordered(cells):
    assert build("identity_block", cells) == (6, 6, 8)


def test_a_function_may_use_another_one_and_a_constant_of_its_notebook():
    cells = [
        "def identity_block(X, f, filters, stage, block):\n"
        "    return finish(Conv2D(filters[2], SIZE)(X))",
        "SIZE = 1",
        "def finish(X):\n    return Activation('relu')(X)",
    ]
    assert build("identity_block", cells) == (6, 6, 8)


def test_a_function_finds_a_block_in_another_notebook():
    calls = "def convolutional_block(X, f, filters, stage, block, s=2):\n" \
            "    return identity_block(X, f, filters, stage, block)"  # fmt: skip
    assert build("convolutional_block", [calls], [IDENTITY]) == (6, 6, 8)
    with pytest.raises(NameError, match="identity_block"):
        build("convolutional_block", [calls])


def test_cells_after_the_first_use_of_a_function_do_not_change_it():
    after = [
        "A = identity_block(keras.Input((6, 6, 8)), 3, [4, 4, 8], stage=2, block='b')",
        "Conv2D = Activation = model = load_model('/nowhere.h5')",
        "while True:\n    SIZE = 2",
    ]
    cells = [IDENTITY.replace("kernel_size = (1, 1)", "kernel_size = SIZE"), "SIZE = 1", *after]
    assert build("identity_block", cells) == (6, 6, 8)


def test_decorators_of_other_functions_do_not_run():
    trap = "@print\n@exit\ndef shown(depth=4):\n    pass"
    assert build("identity_block", [trap, IDENTITY]) == (6, 6, 8)
    decorated = "def same(function):\n    return function\n\n@same\n" + IDENTITY
    assert build("identity_block", [trap, decorated]) == (6, 6, 8)


def test_missing_and_empty_exercises_are_told_apart():
    with pytest.raises(NotThere):
        build("identity_block", ["a = 1"])
    with pytest.raises(NotImplementedError):
        build("identity_block", [STUB], ["a = 1"])
