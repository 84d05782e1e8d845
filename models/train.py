"""Trains a network on rendered images only; the model of the course was made with it.

    python -m models.train models/ResNet50.toml RUN_FOLDER [--watch PHOTOGRAPHS.h5 ...]

The configuration contains everything: which images to render, which network, in which stages to
train it (see `configuration`). AdamW with a one-cycle learning rate, label smoothing, augmentation,
and an exponential moving average of the weights. The run folder keeps the rendered sets, a backup,
from which the same command continues after an interruption, the averaged weights, and `log.csv`
(`python -m models.curve RUN_FOLDER` draws it).
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

# TensorFlow leaves oneDNN off on processors without AVX-512 VNNI: it is four times faster there.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from tqdm.keras import TqdmCallback  # noqa: E402

from datasets.renderer.dataset import read_set  # noqa: E402

from .augment import shrink  # noqa: E402
from .batches import Batches, Leg, legs  # noqa: E402
from .checkpoints import save_averaged  # noqa: E402
from .configuration import Configuration, parse  # noqa: E402
from .networks import NETWORKS, zero_init_residual  # noqa: E402
from .sets import TrainingImages, set_file  # noqa: E402


def one_cycle(total: int, peak: float) -> keras.optimizers.schedules.LearningRateSchedule:
    """Learning rate: up over a tenth of the run, then down along a cosine to 1 % of the peak."""
    warm = max(round(0.1 * total), 1)
    return keras.optimizers.schedules.CosineDecay(
        0.04 * peak, max(total - warm, 1), alpha=0.01, warmup_target=peak, warmup_steps=warm
    )


def compiled(configuration: Configuration) -> keras.Model:
    """The network that the configuration describes, ready for its steps of training."""
    model = NETWORKS[configuration.network]()
    zero_init_residual(model)
    optimizer = keras.optimizers.AdamW(
        one_cycle(configuration.steps, configuration.peak),
        beta_2=0.99,
        weight_decay=configuration.decay,
        global_clipnorm=5.0,
        use_ema=True,
        ema_momentum=configuration.average,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    # Variables that are created while the first step is traced make tracing slower.
    optimizer.build(model.trainable_variables)
    loss = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=configuration.smoothing
    )
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def accuracy(model: keras.Model, x: np.ndarray, y: np.ndarray, size: int) -> float:
    """Share of uint8 images (N, 64, 64, 3) that the model reads correctly at `size`."""
    guesses = []
    for start in range(0, len(x), 120):
        batch = shrink(tf.cast(x[start : start + 120], tf.float32) / 255.0, size)
        guesses.append(tf.argmax(model(batch, training=False), axis=1).numpy())
    return float((np.concatenate(guesses) == y).mean())


class Report(keras.callbacks.Callback):
    """After every epoch, saves the averaged weights and adds their accuracies to Keras's logs.

    It must come after `SwapEMAWeights`, which puts the averaged weights into the model, and before
    `CSVLogger`.
    """

    def __init__(self, folder: Path, watched: dict[str, tuple], leg: Leg):
        super().__init__()
        self.folder, self.watched, self.leg = folder, watched, leg

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Start the clock."""
        self.began = time.time()

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        """Extend `logs` in place."""
        steps, seen = self.leg.steps_after(epoch), self.leg.images_after(epoch)
        logs |= {"step": steps, "images": seen, "size": self.leg.stage.size}
        logs["seconds"] = round(time.time() - self.began, 1)
        for name, (x, y) in self.watched.items():
            logs[f"val_{name}"] = accuracy(self.model, x, y, self.leg.stage.size)
        save_averaged(self.folder, self.model.get_weights(), steps, seen)


def callbacks(folder: Path, batches: Batches, report: Report) -> list[keras.callbacks.Callback]:
    """The callbacks of `fit`; their order matters."""
    # The backup holds the weights themselves, so it comes before their average replaces them.
    # Its second copy survives a kill that cuts the first one short.
    return [
        keras.callbacks.BackupAndRestore(
            str(folder / "backup"), double_checkpoint=True, delete_checkpoint=False
        ),
        keras.callbacks.LambdaCallback(on_epoch_begin=batches.go_to),
        keras.callbacks.SwapEMAWeights(swap_on_epoch=True),
        report,
        keras.callbacks.CSVLogger(str(folder / "log.csv"), append=True),
        TqdmCallback(verbose=1, desc=folder.name, mininterval=10),
    ]


def epochs_done(folder: Path) -> int:
    """Number of epochs in a run's log."""
    log = folder / "log.csv"
    return max(len(log.read_text().splitlines()) - 1, 0) if log.exists() else 0


def claim(folder: Path, text: str) -> None:
    """Keep the configuration in the run's folder.

    Raises:
        SystemExit: the folder holds a run with another configuration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "configuration.toml"
    if kept.exists() and parse(kept.read_text(encoding="utf-8")) != parse(text):
        raise SystemExit(
            f"{folder} holds a run with another configuration, {kept}. Choose another folder, or "
            "delete this one."
        )
    kept.write_text(text, encoding="utf-8")


def run(configuration: Configuration, folder: Path, sets: Path, photographs: list[str]) -> None:
    """Train to the end of the stages, from where an interrupted run stopped.

    Args:
        configuration: of the run.
        folder: of the run; it exists.
        sets: folder of the rendered sets.
        photographs: more files to measure on, which are not part of the repository.
    """
    done = epochs_done(folder)
    # A continued run must not repeat the augmentation that it began with.
    keras.utils.set_random_seed(configuration.seed + done)
    keras.config.set_dtype_policy("mixed_bfloat16" if configuration.bf16 else "float32")
    files = [set_file(sets, name, wanted, "test") for name, wanted in configuration.watch.items()]
    watched = {Path(path).stem: read_set(path)[:2] for path in [*files, *photographs]}
    model = compiled(configuration)
    images, loaded = None, None
    for leg in legs(configuration.stages, configuration.report_every):
        # The newest backup may be damaged: the one before it is an epoch older than the log.
        if leg.last_epoch < done:
            continue
        if loaded != (loaded := (leg.stage.sets, leg.stage.limit)):
            paths = [set_file(sets, name, configuration.sets[name]) for name in leg.stage.sets]
            images = TrainingImages(paths, configuration.seed, leg.stage.limit)
        batches = Batches(images, leg)
        model.fit(
            batches,
            initial_epoch=leg.first_epoch,
            epochs=leg.last_epoch,
            callbacks=callbacks(folder, batches, Report(folder, watched, leg)),
            verbose=0,
        )


def main(arguments: list[str] | None = None) -> None:
    """Run the command."""
    p = argparse.ArgumentParser(prog="python -m models.train", description=__doc__)
    p.add_argument("configuration", help="TOML file, such as models/ResNet50.toml")
    p.add_argument("folder", help="where the sets, the backup, the averaged weights and log go")
    p.add_argument("--watch", nargs="*", default=[], help="more files to measure on")
    args = p.parse_args(arguments)
    text, folder = Path(args.configuration).read_text(encoding="utf-8"), Path(args.folder)
    configuration = parse(text)
    claim(folder, text)
    run(configuration, folder, folder / "sets", args.watch)


if __name__ == "__main__":
    main()
