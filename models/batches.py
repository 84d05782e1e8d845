"""The epochs of a training run, and its augmented batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from resnets.data import CLASSES

from .augment import augment
from .configuration import Stage
from .sets import TrainingImages


@dataclass(frozen=True)
class Leg:
    """Epochs of equal length of one stage; after each epoch the run reports and saves."""

    stage: Stage
    steps: int  # of each epoch
    epochs: int
    first_epoch: int
    first_step: int
    first_image: int

    @property
    def last_epoch(self) -> int:
        """The epoch after the leg's last one."""
        return self.first_epoch + self.epochs

    def steps_after(self, epoch: int) -> int:
        """Steps of the whole run up to the end of `epoch`."""
        return self.first_step + (epoch + 1 - self.first_epoch) * self.steps

    def images_after(self, epoch: int) -> int:
        """Images shown in the whole run up to the end of `epoch`."""
        return self.first_image + (epoch + 1 - self.first_epoch) * self.steps * self.stage.batch


def legs(stages: list[Stage], report_every: int) -> Iterator[Leg]:
    """The stages, cut into epochs of `report_every` steps; a stage's last epoch may be shorter."""
    epoch, step, image = 0, 0, 0
    for stage in stages:
        full, rest = divmod(stage.steps, report_every)
        for steps, epochs in ((report_every, full), (rest, 1)):
            if steps and epochs:
                yield Leg(stage, steps, epochs, epoch, step, image)
                epoch += epochs
                step += steps * epochs
                image += steps * epochs * stage.batch


class Batches(keras.utils.PyDataset):
    """Augmented batches of one leg for `model.fit`: images and one-hot labels.

    Args:
        images: those of the leg's stage.
        leg: which of them, at what size.
    """

    def __init__(self, images: TrainingImages, leg: Leg):
        super().__init__()
        self.images, self.leg = images, leg
        self.epoch = leg.first_epoch
        stage = leg.stage
        self._augment = tf.function(
            lambda x, fill: augment(x, stage.size, stage.strength, fill, stage.close)
        )

    def __len__(self) -> int:
        return self.leg.steps

    def go_to(self, epoch: int, logs: dict | None = None) -> None:
        """Continue with `epoch`; Keras calls this when the epoch begins."""
        self.epoch = epoch

    def __getitem__(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        batch = self.leg.stage.batch
        first = self.leg.images_after(self.epoch - 1) + step * batch
        rows = self.images.rows(first, batch)
        x = self._augment(self.images.x[rows], self.images.fill[rows])
        return x.numpy(), np.eye(CLASSES, dtype=np.float32)[self.images.y[rows]]
