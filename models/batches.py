"""The stages of a training run, and its shuffled, augmented batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from datasets.renderer.dataset import read_set

from .augment import augment

CLASSES = 6


@dataclass(frozen=True)
class Leg:
    """Epochs of equal length at one image size; after each epoch the run reports and saves."""

    size: int
    batch: int
    steps: int  # of each epoch
    epochs: int
    first_epoch: int
    first_step: int
    first_image: int

    def steps_after(self, epoch: int) -> int:
        """Steps of the whole run up to the end of `epoch`."""
        return self.first_step + (epoch + 1 - self.first_epoch) * self.steps

    def images_after(self, epoch: int) -> int:
        """Images shown in the whole run up to the end of `epoch`."""
        return self.first_image + (epoch + 1 - self.first_epoch) * self.steps * self.batch


def parse_stages(text: str) -> list[tuple[int, int, int]]:
    """ "32:3000:64,64:1500:32" to [(size, steps, batch), ...].

    Raises:
        SystemExit: the text is not of this form.
    """
    try:
        stages = [tuple(int(n) for n in part.split(":")) for part in text.split(",")]
        if any(len(stage) != 3 or min(stage) < 1 for stage in stages):
            raise ValueError
    except ValueError:
        raise SystemExit(
            f"--stages: expected SIZE:STEPS:BATCH[,SIZE:STEPS:BATCH ...], got {text!r}"
        ) from None
    return stages


def legs(stages: list[tuple[int, int, int]], report_every: int) -> Iterator[Leg]:
    """The stages, cut into epochs of `report_every` steps; a stage's last epoch may be shorter."""
    epoch, step, image = 0, 0, 0
    for size, total, batch in stages:
        full, rest = divmod(total, report_every)
        for steps, epochs in ((report_every, full), (rest, 1)):
            if steps and epochs:
                yield Leg(size, batch, steps, epochs, epoch, step, image)
                epoch += epochs
                step += steps * epochs
                image += steps * epochs * batch


def is_calm(columns: dict[str, np.ndarray]) -> np.ndarray:
    """Which rendered images show the palm, roughly upright, large, in front of a plain wall."""
    return (
        (columns["background"] != "cluttered")
        & ~columns["back"].astype(bool)
        & (np.abs(columns["roll"]) < 40)
        & ((np.abs(columns["yaw"]) < 40) | (columns["sign"] == 0))
        & (columns["fill"] > 0.55)
    )


class TrainingImages:
    """Several sets as one, in an order that the seed alone determines.

    Args:
        paths: rendered sets, one after the other.
        seed: of the order, which is new in every pass over the images.
        calm: whether to keep only what `is_calm` selects.
        limit: keep only this many images.

    Raises:
        ValueError: the sets hold fewer images than `limit`.
    """

    def __init__(
        self, paths: list[Path | str], seed: int, calm: bool = False, limit: int | None = None
    ):
        parts = [read_set(path) for path in paths]
        masks = [is_calm(columns) if calm else slice(None) for _, _, columns in parts]
        self.x = np.concatenate([x[m] for (x, _, _), m in zip(parts, masks, strict=True)])
        self.y = np.concatenate([y[m] for (_, y, _), m in zip(parts, masks, strict=True)])
        self.fill = np.concatenate(
            [columns["fill"][m] for (_, _, columns), m in zip(parts, masks, strict=True)]
        ).astype(np.float32)
        if limit is not None and limit > len(self.x):
            raise ValueError(f"the sets hold {len(self.x)} images, fewer than the limit {limit}")
        self.x, self.y, self.fill = self.x[:limit], self.y[:limit], self.fill[:limit]
        self.seed = seed

    def rows(self, first: int, count: int) -> np.ndarray:
        """Rows of the images that the run shows as number `first` to `first + count - 1`."""
        passes, offsets = np.divmod(np.arange(first, first + count), len(self.x))
        orders = {
            number: np.random.default_rng([self.seed, number]).permutation(len(self.x))
            for number in set(passes.tolist())
        }
        return np.array([orders[n][k] for n, k in zip(passes.tolist(), offsets, strict=True)])


class Batches(keras.utils.PyDataset):
    """Augmented batches of one leg for `model.fit`: images and one-hot labels.

    Args:
        images: the run's images.
        leg: which of them, at what size.
        strength: of the augmentation.
        close: as for `augment.affine`.
    """

    def __init__(
        self,
        images: TrainingImages,
        leg: Leg,
        strength: float = 1.0,
        close: tuple[float, float] | None = None,
    ):
        super().__init__()
        self.images, self.leg = images, leg
        self.epoch = leg.first_epoch
        self._augment = tf.function(lambda x, fill: augment(x, leg.size, strength, fill, close))

    def __len__(self) -> int:
        return self.leg.steps

    def go_to(self, epoch: int, logs: dict | None = None) -> None:
        """Continue with `epoch`; Keras calls this when the epoch begins."""
        self.epoch = epoch

    def __getitem__(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        first = self.leg.images_after(self.epoch - 1) + step * self.leg.batch
        rows = self.images.rows(first, self.leg.batch)
        x = self._augment(self.images.x[rows], self.images.fill[rows])
        return x.numpy(), np.eye(CLASSES, dtype=np.float32)[self.images.y[rows]]
