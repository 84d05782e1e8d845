"""Trains a network on rendered images only; the model of the course was made with it.

    python -m models.train RUN_FOLDER SET.h5 [SET.h5 ...] --stages 32:3000:64,64:1500:32

AdamW with a one-cycle learning rate, label smoothing, augmentation, an exponential moving average
of the weights, and progressive image sizes: each stage is SIZE:STEPS:BATCH. The run folder keeps a
backup, from which the same command continues after an interruption, the averaged weights, and
`log.csv`.
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
from .batches import Batches, Leg, TrainingImages, legs, parse_stages  # noqa: E402
from .checkpoints import averaged_weights, save_averaged  # noqa: E402
from .net2net import widen  # noqa: E402
from .networks import NETWORKS, zero_init_residual  # noqa: E402


def one_cycle(total: int, peak: float) -> keras.optimizers.schedules.LearningRateSchedule:
    """Learning rate: up over a tenth of the run, then down along a cosine to 1 % of the peak."""
    warm = max(round(0.1 * total), 1)
    return keras.optimizers.schedules.CosineDecay(
        0.04 * peak, max(total - warm, 1), alpha=0.01, warmup_target=peak, warmup_steps=warm
    )


def compiled(args: argparse.Namespace, total: int) -> keras.Model:
    """The network that the arguments describe, ready for `total` steps of training."""
    model = NETWORKS[args.network]()
    zero_init_residual(model)
    if args.start:
        start_from(model, Path(args.start), args.noise)
    optimizer = keras.optimizers.AdamW(
        one_cycle(total, args.peak),
        beta_2=0.99,
        weight_decay=args.decay,
        global_clipnorm=5.0,
        use_ema=True,
        ema_momentum=args.average,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    # Variables that are created while the first step is traced make tracing slower.
    optimizer.build(model.trainable_variables)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=args.smoothing)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def start_from(model: keras.Model, folder: Path, noise: float) -> None:
    """Give the model the averaged weights of a run whose network is as wide or narrower."""
    weights, _, _ = averaged_weights(folder)
    shapes = [w.shape for w in model.get_weights()]
    same = all(w.shape == shape for w, shape in zip(weights, shapes, strict=True))
    model.set_weights(widen(weights, shapes, 0.0 if same else noise))


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
        self.began = time.time()

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        """Extend `logs` in place."""
        steps, seen = self.leg.steps_after(epoch), self.leg.images_after(epoch)
        logs |= {"step": steps, "images": seen, "size": self.leg.size}
        logs["seconds"] = round(time.time() - self.began, 1)
        for name, (x, y) in self.watched.items():
            logs[f"val_{name}"] = accuracy(self.model, x, y, self.leg.size)
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


def run(args: argparse.Namespace) -> None:
    """Train to the end of the stages, from where an interrupted run stopped."""
    folder = Path(args.folder)
    folder.mkdir(parents=True, exist_ok=True)
    # A continued run must not repeat the augmentation that it began with.
    keras.utils.set_random_seed(args.seed + epochs_done(folder))
    keras.config.set_dtype_policy("mixed_bfloat16" if args.bf16 else "float32")
    stages = parse_stages(args.stages)
    images = TrainingImages(args.sets, args.seed, args.calm, args.limit)
    watched = {Path(path).stem: read_set(path)[:2] for path in args.watch}
    model = compiled(args, sum(steps for _, steps, _ in stages))
    for leg in legs(stages, args.report_every):
        batches = Batches(images, leg, args.strength, args.close)
        model.fit(
            batches,
            initial_epoch=leg.first_epoch,
            epochs=leg.first_epoch + leg.epochs,
            callbacks=callbacks(folder, batches, Report(folder, watched, leg)),
            verbose=0,
        )


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m models.train", description=__doc__)
    p.add_argument("folder", help="where the backup, the averaged weights and the log go")
    p.add_argument("sets", nargs="+", help="rendered sets to train on")
    p.add_argument("--watch", nargs="*", default=[], help="files to measure on, never trained on")
    p.add_argument("--network", choices=sorted(NETWORKS), default="resnet50")
    p.add_argument("--stages", required=True, help="SIZE:STEPS:BATCH[,...]")
    p.add_argument("--start", help="run folder whose averaged weights to begin with (see net2net)")
    p.add_argument("--noise", type=float, default=0.05, help="on kernels that --start made wider")
    p.add_argument("--peak", type=float, default=1e-3, help="highest learning rate")
    p.add_argument("--decay", type=float, default=0.02, help="weight decay")
    p.add_argument("--smoothing", type=float, default=0.05, help="of the labels")
    p.add_argument("--average", type=float, default=0.99, help="momentum of the averaged weights")
    p.add_argument("--report-every", type=int, default=200, help="steps between two backups")
    p.add_argument("--strength", type=float, default=1.0, help="of the augmentation")
    p.add_argument(
        "--close", nargs=2, type=float, metavar=("LOW", "HIGH"), help="see augment.affine"
    )
    p.add_argument("--bf16", action="store_true", help="compute in bfloat16, keep float32 weights")
    p.add_argument("--calm", action="store_true", help="only calm images (see batches.is_calm)")
    p.add_argument("--limit", type=int, help="train on this many of the sets' images only")
    p.add_argument("--seed", type=int, default=1)
    return p


if __name__ == "__main__":
    run(parser().parse_args())
