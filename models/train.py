"""Trains a network on rendered pictures only; the model the course ships came from here.

    python -m models.train RUN_FOLDER SET.h5 [SET.h5 ...] --stages 32:3000:64,64:1500:32

AdamW with a one-cycle rate, label smoothing, augmentation, an exponential average of the weights,
and progressive picture sizes: each stage is SIZE:STEPS:BATCH. The run folder keeps a checkpoint,
from which the same command goes on, and `log.csv`.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import time
from pathlib import Path

# TensorFlow leaves oneDNN off on processors without AVX-512 VNNI: it is four times faster there.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from tqdm import tqdm  # noqa: E402

from datasets.renderer.dataset import read_set  # noqa: E402

from .augment import augment, shrink  # noqa: E402
from .checkpoints import averaged_weights  # noqa: E402
from .growth import grow  # noqa: E402
from .networks import NETWORKS  # noqa: E402


class Batches:
    """Endless shuffled batches of several sets; where it stands is two numbers."""

    def __init__(self, paths: list[str], seed: int, calm: bool = False, limit: int | None = None):
        parts = [read_set(path) for path in paths]
        masks = [is_calm(columns) if calm else slice(None) for _, _, columns in parts]
        self.x = np.concatenate([x[m] for (x, _, _), m in zip(parts, masks, strict=True)])
        self.y = np.concatenate([y[m] for (_, y, _), m in zip(parts, masks, strict=True)])
        self.fill = np.concatenate(
            [columns["fill"][m] for (_, _, columns), m in zip(parts, masks, strict=True)]
        ).astype(np.float32)
        if limit is not None and limit > len(self.x):
            raise ValueError(f"the sets hold {len(self.x)} pictures, fewer than the limit {limit}")
        self.x, self.y, self.fill = self.x[:limit], self.y[:limit], self.fill[:limit]
        self.seed, self.seen = seed, 0

    def take(self, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The next `count` pictures, labels and parts of the frame; a new order every pass."""
        chosen = []
        for place in range(self.seen, self.seen + count):
            lap, row = divmod(place, len(self.x))
            if row == 0 or not hasattr(self, "order") or self.lap != lap:
                self.order = np.random.default_rng([self.seed, lap]).permutation(len(self.x))
                self.lap = lap
            chosen.append(self.order[row])
        self.seen += count
        return self.x[chosen], self.y[chosen], self.fill[chosen]


def is_calm(columns: dict[str, np.ndarray]) -> np.ndarray:
    """Which rendered pictures show the palm, about upright, large, before a plain wall."""
    return (
        (columns["background"] != "cluttered")
        & ~columns["back"].astype(bool)
        & (np.abs(columns["roll"]) < 40)
        & ((np.abs(columns["yaw"]) < 40) | (columns["sign"] == 0))
        & (columns["fill"] > 0.55)
    )


class Trainer:
    """A network, its optimizer, and the average of its weights."""

    def __init__(
        self,
        network: str,
        peak: float,
        decay: float,
        smoothing: float,
        average: float,
        strength: float = 1.0,
        close: tuple[float, float] | None = None,
    ):
        self.model = NETWORKS[network]()
        quiet_branches(self.model)
        self.smoothing, self.average = smoothing, average
        self.strength, self.close = strength, close
        self.optimizer = keras.optimizers.AdamW(
            peak, beta_2=0.99, weight_decay=decay, global_clipnorm=5.0
        )
        self.optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self.optimizer.build(self.model.trainable_variables)
        self.averaged = [np.array(w) for w in self.model.get_weights()]
        self.steps: dict[int, tf.types.experimental.PolymorphicFunction] = {}

    def start_from(self, folder: Path, noise: float) -> None:
        """Begin with the averaged weights of another run, of this width or a narrower one."""
        weights, _, _ = averaged_weights(folder)
        same = all(w.shape == v.shape for w, v in zip(weights, self.averaged, strict=True))
        self.model.set_weights(
            grow(weights, [w.shape for w in self.averaged], 0.0 if same else noise)
        )
        self.averaged = [np.array(w) for w in self.model.get_weights()]

    def step_function(self, size: int):
        """A compiled training step for pictures of `size`."""
        if size not in self.steps:

            @tf.function(reduce_retracing=True)
            def step(x, y, fill):
                x = augment(x, size, self.strength, fill, self.close)
                target = tf.one_hot(y, 6) * (1 - self.smoothing) + self.smoothing / 6
                with tf.GradientTape() as tape:
                    logits = tf.cast(self.model(x, training=True), tf.float32)
                    loss = tf.reduce_mean(
                        tf.nn.softmax_cross_entropy_with_logits(labels=target, logits=logits)
                    )
                grads = tape.gradient(loss, self.model.trainable_variables)
                self.optimizer.apply(grads, self.model.trainable_variables)
                right = tf.reduce_mean(tf.cast(tf.argmax(logits, 1) == y, tf.float32))
                return loss, right

            self.steps[size] = step
        return self.steps[size]

    def update_average(self, done: int, every: int) -> None:
        """Move the averaged weights towards the present ones; faster while the run is young."""
        keep = min(self.average, done / (done + 10.0 * every)) ** every
        for mean, now in zip(self.averaged, self.model.get_weights(), strict=True):
            mean *= keep
            mean += (1 - keep) * now

    def predict(self, weights: list[np.ndarray], x: np.ndarray, size: int) -> np.ndarray:
        """Logits (N, 6) of uint8 pictures with other weights than the present ones."""
        kept = self.model.get_weights()
        self.model.set_weights(weights)
        rows = []
        for start in range(0, len(x), 120):
            batch = shrink(tf.cast(x[start : start + 120], tf.float32) / 255.0, size)
            rows.append(tf.cast(self.model(batch, training=False), tf.float32).numpy())
        self.model.set_weights(kept)
        return np.concatenate(rows)

    def save(self, folder: Path, done: int, seen: int) -> None:
        """Write the checkpoint; an interrupted write leaves the old one."""
        arrays = {f"w{i}": w for i, w in enumerate(self.model.get_weights())}
        arrays |= {f"a{i}": w for i, w in enumerate(self.averaged)}
        arrays |= {f"o{i}": v.numpy() for i, v in enumerate(self.optimizer.variables)}
        with open(folder / "checkpoint.partial", "wb") as file:
            np.savez(file, done=done, seen=seen, **arrays)
        os.replace(folder / "checkpoint.partial", folder / "checkpoint.npz")

    def restore(self, folder: Path) -> tuple[int, int]:
        """Go back to the checkpoint; returns steps done and pictures seen (0, 0 without one)."""
        if not (folder / "checkpoint.npz").exists():
            return 0, 0
        with np.load(folder / "checkpoint.npz") as saved:
            count = len(self.averaged)
            self.model.set_weights([saved[f"w{i}"] for i in range(count)])
            self.averaged = [saved[f"a{i}"] for i in range(count)]
            for i, variable in enumerate(self.optimizer.variables):
                variable.assign(saved[f"o{i}"])
            return int(saved["done"]), int(saved["seen"])


def quiet_branches(model: keras.Model) -> None:
    """Start every main path at zero, so that the network begins shallow (Goyal et al. 2017)."""
    for layer in model.layers:
        if layer.name.startswith("bn") and layer.name.endswith("branch2c"):
            layer.gamma.assign(tf.zeros_like(layer.gamma))


def rate(done: int, total: int, peak: float) -> float:
    """One-cycle learning rate: up over a tenth of the run, down along a cosine to 1 % of it."""
    warm = max(0.10 * total, 1)
    if done < warm:
        return peak * (0.04 + 0.96 * done / warm)
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (done - warm) / (total - warm))))


def parse_stages(text: str) -> list[tuple[int, int, int]]:
    """ "32:3000:64,64:1500:32" to [(size, steps, batch), ...]."""
    try:
        stages = [tuple(int(n) for n in part.split(":")) for part in text.split(",")]
        if any(len(stage) != 3 or min(stage) < 1 for stage in stages):
            raise ValueError
    except ValueError:
        raise SystemExit(
            f"--stages: expected SIZE:STEPS:BATCH[,SIZE:STEPS:BATCH ...], got {text!r}"
        ) from None
    return stages


def measure(trainer: Trainer, sets: dict, size: int) -> dict[str, float]:
    """Accuracy of the averaged weights on each watched set."""
    found = {}
    for name, (x, y) in sets.items():
        guess = trainer.predict(trainer.averaged, x, size).argmax(axis=1)
        found[name] = float((guess == y).mean())
    return found


def run(args: argparse.Namespace) -> None:
    """Train to the end of the stages."""
    folder = Path(args.folder)
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(args.seed)
    keras.config.set_dtype_policy("mixed_bfloat16" if args.bf16 else "float32")
    stages = parse_stages(args.stages)
    total = sum(steps for _, steps, _ in stages)
    batches = Batches(args.sets, args.seed, args.calm, args.limit)
    watched = {Path(path).stem: read_set(path)[:2] for path in args.watch}
    trainer = Trainer(
        args.network,
        args.peak,
        args.decay,
        args.smoothing,
        args.average,
        args.strength,
        args.close,
    )
    if args.start:
        trainer.start_from(Path(args.start), args.noise)
    done, batches.seen = trainer.restore(folder)
    tf.random.set_seed(args.seed + done)
    losses, rights, began = [], [], time.time()
    first = 0
    with tqdm(total=total, initial=done, desc=folder.name, unit="step", mininterval=10) as bar:
        for size, steps, batch in stages:
            last = first + steps
            while first <= done < last:
                trainer.optimizer.learning_rate.assign(rate(done, total, args.peak))
                taken = [tf.constant(part) for part in batches.take(batch)]
                loss, right = trainer.step_function(size)(*taken)
                losses.append(float(loss))
                rights.append(float(right))
                done += 1
                bar.update()
                if done % args.average_every == 0:
                    trainer.update_average(done, args.average_every)
                if done % args.report_every == 0 or done == total:
                    row = {
                        "step": done,
                        "pictures": batches.seen,
                        "size": size,
                        "seconds": round(time.time() - began, 1),
                        "loss": round(float(np.mean(losses)), 4),
                        "train_accuracy": round(float(np.mean(rights)), 4),
                        **measure(trainer, watched, size),
                    }
                    write_row(folder / "log.csv", row)
                    bar.set_postfix({k: v for k, v in row.items() if k not in ("step", "seconds")})
                    losses, rights = [], []
                    trainer.save(folder, done, batches.seen)
            first = last
    trainer.save(folder, done, batches.seen)


def write_row(path: Path, row: dict) -> None:
    """Append a row to a CSV file, with a header when it is new."""
    new = not path.exists()
    with open(path, "a", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m models.train", description=__doc__)
    p.add_argument("folder", help="where the checkpoint and the log go")
    p.add_argument("sets", nargs="+", help="rendered sets to train on")
    p.add_argument("--watch", nargs="*", default=[], help="files to measure on, never trained on")
    p.add_argument("--network", choices=sorted(NETWORKS), default="resnet50")
    p.add_argument("--stages", required=True, help="SIZE:STEPS:BATCH[,...]")
    p.add_argument("--start", help="run folder whose averaged weights to begin with (see growth)")
    p.add_argument("--noise", type=float, default=0.05, help="on kernels that --start made wider")
    p.add_argument("--peak", type=float, default=1e-3)
    p.add_argument("--decay", type=float, default=0.02)
    p.add_argument("--smoothing", type=float, default=0.05)
    p.add_argument("--average", type=float, default=0.998)
    p.add_argument("--average-every", type=int, default=5)
    p.add_argument("--report-every", type=int, default=200)
    p.add_argument("--strength", type=float, default=1.0, help="of the augmentation")
    p.add_argument(
        "--close", nargs=2, type=float, metavar=("LOW", "HIGH"), help="see augment.affine"
    )
    p.add_argument("--bf16", action="store_true", help="compute in bfloat16, keep float32 weights")
    p.add_argument("--calm", action="store_true", help="only plain pictures (see is_calm)")
    p.add_argument("--limit", type=int, help="train on this many of the sets' pictures only")
    p.add_argument("--seed", type=int, default=1)
    return p


if __name__ == "__main__":
    run(parser().parse_args())
