"""Programs of some students of the example class (see `example`)."""

from __future__ import annotations

# A notebook of the classic assignment: imports that fail today, blocks in its style, and cells that
# would train. It has no exercise of lesson 1.
_IMPORTS = """import numpy as np
from keras import layers
from keras.layers import Input, Add, Dense, Activation, ZeroPadding2D, BatchNormalization, Flatten
from keras.layers import Conv2D, AveragePooling2D, MaxPooling2D, GlobalMaxPooling2D
from keras.models import Model, load_model
from keras.utils.data_utils import get_file
from keras.initializers import glorot_uniform
import scipy.misc
K.set_image_data_format('channels_last')
K.set_learning_phase(1)"""
_IDENTITY = """def identity_block(X, f, filters, stage, block):
    conv_name_base = 'res' + str(stage) + block + '_branch'
    bn_name_base = 'bn' + str(stage) + block + '_branch'
    F1, F2, F3 = filters
    X_shortcut = X
    for part, count, size in (('2a', F1, 1), ('2b', F2, f), ('2c', F3, 1)):
        X = Conv2D(filters=count, kernel_size=(size, size), strides=(1, 1),
                   padding='same' if part == '2b' else 'valid', name=conv_name_base + part,
                   kernel_initializer=glorot_uniform(seed=0))(X)
        X = BatchNormalization(axis=3, name=bn_name_base + part)(X)
        if part != '2c':
            X = Activation('relu')(X)
    X = Add()([X, X_shortcut])
    return Activation('relu')(X)"""
_CONVOLUTIONAL = """def convolutional_block(X, f, filters, stage, block, s=2):
    conv_name_base = 'res' + str(stage) + block + '_branch'
    bn_name_base = 'bn' + str(stage) + block + '_branch'
    F1, F2, F3 = filters
    X_shortcut = X
    for part, count, size, step in (('2a', F1, 1, s), ('2b', F2, f, 1), ('2c', F3, 1, 1)):
        X = Conv2D(filters=count, kernel_size=(size, size), strides=(step, step),
                   padding='same' if part == '2b' else 'valid', name=conv_name_base + part,
                   kernel_initializer=glorot_uniform(seed=0))(X)
        X = BatchNormalization(axis=3, name=bn_name_base + part)(X)
        if part != '2c':
            X = Activation('relu')(X)
    X_shortcut = Conv2D(F3, (1, 1), strides=(s, s), name=conv_name_base + '1',
                        kernel_initializer=glorot_uniform(seed=0))(X_shortcut)
    X_shortcut = BatchNormalization(axis=3, name=bn_name_base + '1')(X_shortcut)
    X = Add()([X, X_shortcut])
    return Activation('relu')(X)"""
_RESNET50 = """def ResNet50(input_shape=(64, 64, 3), classes=6):
    X_input = Input(input_shape)
    X = ZeroPadding2D((3, 3))(X_input)
    X = Conv2D(64, (7, 7), strides=(2, 2), name='conv1',
               kernel_initializer=glorot_uniform(seed=0))(X)
    X = BatchNormalization(axis=3, name='bn_conv1')(X)
    X = Activation('relu')(X)
    X = MaxPooling2D((3, 3), strides=(2, 2))(X)
    for stage, width, s, rest in ((2, 64, 1, 'bc'), (3, 128, 2, 'bcd'),
                                  (4, 256, 2, 'bcdef'), (5, 512, 2, 'bc')):
        sizes = [width, width, 4 * width]
        X = convolutional_block(X, f=3, filters=sizes, stage=stage, block='a', s=s)
        for letter in rest:
            X = identity_block(X, 3, sizes, stage=stage, block=letter)
    X = AveragePooling2D((2, 2), name='avg_pool')(X)
    X = Flatten()(X)
    X = Dense(classes, activation='softmax', name='fc' + str(classes),
              kernel_initializer=glorot_uniform(seed=0))(X)
    return Model(inputs=X_input, outputs=X, name='ResNet50')"""
CLASSIC = [
    _IMPORTS,
    _IDENTITY,
    _CONVOLUTIONAL,
    _RESNET50,
    "model = ResNet50(input_shape=(64, 64, 3), classes=6)",
    "model.fit(X_train, Y_train, epochs=2, batch_size=32)",
]

IN_A_LOOP = """def identity_block(X, f, filters, stage, block):
    done = 0
    while done < 3:
        X = X + 0 * X if done else X
    return X"""

# Searches for the solutions, forges the result, and exits before it is compared.
FORGED = """import json, os

def identity_block(X, f, filters, stage, block):
    keras.Model.to_json = lambda self: json.dumps({"passed": True, "points": 10})
    for place in ("notebooks/solutions", "../solutions", "../../notebooks/solutions"):
        if os.path.exists(place):
            exec(open(place + "/2_identity_block.ipynb").read())
    os._exit(0)"""

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
