"""The images of a run: rendered into its folder where they are missing, read and mixed."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from datasets.renderer.dataset import read_set, write_set

from .configuration import ROOT, ImageSet


class SetError(RuntimeError):
    """A set's file is not the one that the configuration asks for; the message says why."""


def set_file(folder: Path, name: str, wanted: ImageSet, part: str = "train") -> Path:
    """The file of a set; renders it to `folder` first if it is missing.

    Args:
        folder: where rendered sets lie.
        name: of the set, and of its file.
        wanted: what it holds.
        part: "train" or "test", the prefix of a rendered file's keys.

    Raises:
        SetError: the file was rendered from something else.
    """
    if wanted.file is not None:
        return ROOT / wanted.file
    path = folder / f"{name}.h5"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_set(path, wanted.count, wanted.seed, wanted.style, part, compress=False)
    with h5py.File(path, "r") as file:
        found = (file.attrs["style"], int(file.attrs["seed"]), len(file[f"{part}_set_y"]))
    if found != (wanted.style, wanted.seed, wanted.count):
        raise SetError(
            f"{path}: expected style, seed and count {wanted.style}, {wanted.seed}, "
            f"{wanted.count}, found {', '.join(map(str, found))}. Delete it to render it again."
        )
    return path


class TrainingImages:
    """Several sets as one, in an order that the seed alone determines.

    Args:
        paths: rendered sets, one after the other.
        seed: of the order, which is new in every pass over the images.
        limit: keep only this many images.

    Raises:
        ValueError: the sets hold fewer images than `limit`.
    """

    def __init__(self, paths: list[Path | str], seed: int, limit: int | None = None):
        parts = [read_set(path) for path in paths]
        self.x = np.concatenate([x for x, _, _ in parts])
        self.y = np.concatenate([y for _, y, _ in parts])
        self.fill = np.concatenate([columns["fill"] for _, _, columns in parts]).astype(np.float32)
        if limit is not None and limit > len(self.x):
            raise ValueError(f"the sets hold {len(self.x)} images, fewer than the limit {limit}")
        self.x, self.y, self.fill = self.x[:limit], self.y[:limit], self.fill[:limit]
        self.seed = seed

    def rows(self, first: int, count: int) -> np.ndarray:
        """Rows of the images that the run shows as number `first` to `first + count - 1`."""
        passes, offsets = np.divmod(np.arange(first, first + count), len(self.x))
        orders = {number: self.order(number) for number in set(passes.tolist())}
        return np.array([orders[n][k] for n, k in zip(passes.tolist(), offsets, strict=True)])

    def order(self, number: int) -> np.ndarray:
        """The rows in the order of pass `number`."""
        return np.random.default_rng([self.seed, number]).permutation(len(self.x))
