"""Train lesson 5's network on two devices, and compare its losses with those of one.

    python benchmarks/several_devices.py [--steps 6] [--network lesson]

TensorFlow's MirroredStrategy keeps a copy of the network on each device, gives each copy a part of
every batch, and adds up the gradients. Here the devices are two halves of one processor: that
brings no speed, but it shows whether the result is the same. BatchNorm has to average over all
copies for that (`synchronized=True`); by default each copy normalises with its own part of the
batch. Prints the losses and the seconds of a step; the exit status is 1 if the losses differ.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._comparison import in_its_own_process  # noqa: E402

BATCH = 32
# Of SGD. The gradients of a new ResNet50 are so large that rounding errors grow from step to step,
# and trainings with another number of threads differ as well. So its weights hardly move here, and
# the small network shows that training agrees.
RATES = {"lesson": 1e-7, "small": 1e-2}
TOLERANCE = 1e-3  # of a loss, as a share


def main() -> int:
    """Print the losses; the exit status is 1 if they differ, or if a training failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--network", choices=["lesson", "small"], default="lesson")
    parser.add_argument("--own-statistics", action="store_true", help="leave BatchNorm as it is")
    parser.add_argument("--run", type=int, metavar="DEVICES", help="train here, on so many devices")
    options = parser.parse_args()
    if options.run:
        print(json.dumps(trained(options)))
        return 0
    given = ["--steps", options.steps, "--network", options.network]
    given += ["--own-statistics"] if options.own_statistics else []
    runs = [in_its_own_process(__file__, *given, "--run", devices) for devices in (1, 2)]
    if None in runs:
        return 1
    one, two = runs
    pairs = list(zip(one["losses"], two["losses"], strict=True))
    for step, losses in enumerate(pairs, start=1):
        print("step {}: loss {:.5f} on one device, {:.5f} on two".format(step, *losses))
    print("a step takes {:.2f} s on one device, {:.2f} s on two".format(one["step"], two["step"]))
    apart = max(abs(a - b) / a for a, b in pairs)
    print(f"largest difference: {100 * apart:.4f} % of the loss")
    return int(apart > TOLERANCE)


def trained(options: argparse.Namespace) -> dict:
    """Train in this process; the losses of the steps, and the median seconds of a step."""
    import tensorflow as tf

    processor = tf.config.list_physical_devices("CPU")[0]
    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(processor, halves)

    import keras
    import numpy as np

    import resnets_utils as utils

    images, labels, *_ = utils.load_dataset()
    count = options.steps * BATCH
    X = (images[:count] / 255).astype("float32")
    Y = utils.convert_to_one_hot(labels[:, :count], 6).T
    strategy = tf.distribute.MirroredStrategy([f"CPU:{n}" for n in range(options.run)])
    with strategy.scope():
        keras.utils.set_random_seed(1)
        model = lesson_network() if options.network == "lesson" else small_network()
        if not options.own_statistics:
            model = synchronized(model)
        model.compile(keras.optimizers.SGD(RATES[options.network]), "categorical_crossentropy")
    losses, ends = [], [time.monotonic()]

    def note(step, logs) -> None:
        losses.append(logs["loss"] * (step + 1) - sum(losses))  # Keras gives the mean so far
        ends.append(time.monotonic())

    noting = keras.callbacks.LambdaCallback(on_train_batch_end=note)
    model.fit(X, Y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[noting])
    return {"losses": list(map(float, losses)), "step": statistics.median(np.diff(ends)[1:])}


def synchronized(model):
    """A copy of a network, with its weights, whose BatchNorms average over all devices."""
    import keras

    def with_all_devices(layer):
        config = layer.get_config()
        if isinstance(layer, keras.layers.BatchNormalization):
            config["synchronized"] = True
        return type(layer).from_config(config)

    copy = keras.models.clone_model(model, clone_function=with_all_devices)
    copy.set_weights(model.get_weights())
    return copy


def lesson_network():
    """Lesson 4's ResNet50, as lesson 5 trains it."""
    import resnets_utils as utils

    os.chdir(ROOT / "notebooks" / "solutions")
    return utils.from_lesson(4, "ResNet50")(input_shape=(64, 64, 3), classes=6)


def small_network():
    """A network with one residual block, which trains in seconds."""
    import keras
    from keras import layers

    image = keras.Input((64, 64, 3))
    x = layers.BatchNormalization()(layers.Conv2D(8, 8, 8)(image))
    y = layers.BatchNormalization()(layers.Conv2D(8, 3, padding="same")(layers.ReLU()(x)))
    x = layers.GlobalAveragePooling2D()(layers.ReLU()(layers.Add()([x, y])))
    return keras.Model(image, layers.Dense(6, activation="softmax")(x))


if __name__ == "__main__":
    sys.exit(main())
