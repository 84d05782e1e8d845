"""Sets of images in the file format of the classic assignment, drawn by several processes.

Image `index` depends on the seed and the index alone, so the number of processes changes only
the speed.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path

import h5py
import numpy as np
from tqdm import tqdm

from resnets.data import CLASSES

from . import sampling, scene

COURSE = {
    "train_signs": ("train", 1080, 101, "classroom"),
    "test_signs": ("test", 120, 202, "classroom"),
    "new_people": ("test", 120, 203, "new people"),
    "other_rooms": ("test", 240, 204, "other rooms"),
}
"""The course's files: part, number of images, seed and style."""
ATTRIBUTES = [field.name for field in fields(scene.Attributes)]


def draw_one(index: int, seed: int, style: str) -> tuple[int, np.ndarray, dict]:
    """Index, pixels and attributes of an image; a task of the process pool."""
    image, attributes = scene.draw(seed, index, index % CLASSES, sampling.STYLES[style])
    return index, image, asdict(attributes)


def draw_many(
    count: int, seed: int, style: str, workers: int | None = None, first: int = 0
) -> Iterator[tuple[int, np.ndarray, dict]]:
    """Images `first` to `first + count - 1`, in order, drawn by `workers` processes."""
    workers = workers or os.cpu_count() or 1
    task = partial(draw_one, seed=seed, style=style)
    indices = range(first, first + count)
    if workers == 1:
        yield from map(task, indices)
        return
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(task, indices, chunksize=min(16, max(1, count // workers)))


def write_set(
    path: Path | str,
    count: int,
    seed: int,
    style: str = "full",
    part: str = "train",
    workers: int | None = None,
    compress: bool = True,
    quiet: bool = False,
) -> None:
    """Draw a set and write it as `<part>_set_x`, `<part>_set_y`, `list_classes`.

    A group `attributes` holds one column for each field of `scene.Attributes` (tone, view ...).
    The file gets its name only when it is complete.

    Args:
        path: the file to write.
        count: number of images; a multiple of 60 is balanced over signs, tones and hands.
        seed: the same seed and style give the same images.
        style: one of `sampling.STYLES`.
        part: "train" or "test", the prefix of the keys.
        workers: number of processes; by default one for each core.
        compress: whether to use gzip; without it, writing is faster and files are larger.
        quiet: whether to hide the progress bar.
    """
    path = Path(path)
    order = np.random.default_rng([seed, count]).permutation(count)
    labels = np.empty(count, np.int64)
    columns: dict[str, list] = {name: [None] * count for name in ATTRIBUTES}
    partial_path = path.with_suffix(".partial")
    options = {"compression": "gzip", "compression_opts": 9, "shuffle": False} if compress else {}
    with h5py.File(partial_path, "w") as file:
        images = file.create_dataset(
            f"{part}_set_x", (count, 64, 64, 3), np.uint8, chunks=(1, 64, 64, 3), **options
        )
        drawn = draw_many(count, seed, style, workers)
        for index, image, attributes in tqdm(
            drawn, total=count, desc=path.name, unit="image", disable=quiet
        ):
            row = int(order[index])
            images[row] = image
            labels[row] = attributes["sign"]
            for name, value in attributes.items():
                columns[name][row] = value
        file[f"{part}_set_y"] = labels
        file["list_classes"] = np.arange(CLASSES, dtype=np.int64)
        group = file.create_group("attributes")
        for name, values in columns.items():
            column = np.array(values)
            group[name] = column.astype("S") if column.dtype.kind == "U" else column
        file.attrs["seed"], file.attrs["style"] = seed, style
    os.replace(partial_path, path)


def read_set(path: Path | str) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Images (N, 64, 64, 3) uint8, labels (N,) int64 and attributes of a SIGNS-format file.

    Accepts the keys `train_set_*`, `test_set_*` or plain `x` and `y`.

    Raises:
        ValueError: the file holds none of these.
    """
    with h5py.File(path, "r") as file:
        for x, y in (("train_set_x", "train_set_y"), ("test_set_x", "test_set_y"), ("x", "y")):
            if x in file and y in file:
                table = file.get("attributes", {})
                columns = {name: decode(table[name][:]) for name in table}
                return file[x][:], file[y][:].reshape(-1).astype(np.int64), columns
        raise ValueError(
            f"{path}: expected train_set_x and train_set_y (or test_set_*, or x and y), "
            f"found {sorted(file)}. Is this a SIGNS-format file?"
        )


def decode(column: np.ndarray) -> np.ndarray:
    """Byte strings as str; other columns unchanged."""
    return column.astype(str) if column.dtype.kind == "S" else column


def near_duplicates(a: np.ndarray, b: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """For each image of `b`: index of the nearest of `a` or its mirror images, and the distance.

    Distance is the root mean square over 16x16 block means, in grey levels 0..255, after each
    image's own mean is subtracted (so that exposure alone makes no difference). Without `b`, each
    image of `a` is compared with the others of `a`.
    """

    def blocks(x: np.ndarray) -> np.ndarray:
        small = x.astype(np.float32).reshape(len(x), 16, 4, 16, 4, 3).mean(axis=(2, 4))
        flat = small.reshape(len(x), -1)
        return flat - flat.mean(axis=1, keepdims=True)

    queries = blocks(a if b is None else b)
    best = np.full(len(queries), np.inf)
    nearest = np.zeros(len(queries), np.int64)
    for candidates in (blocks(a), blocks(a[:, :, ::-1])):
        square = (
            (queries**2).sum(1)[:, None] + (candidates**2).sum(1)[None] - 2 * queries @ candidates.T
        )
        distance = np.sqrt(np.maximum(square, 0) / candidates.shape[1])
        if b is None:
            np.fill_diagonal(distance, np.inf)
        closer = distance.min(axis=1) < best
        nearest[closer] = distance.argmin(axis=1)[closer]
        best = np.minimum(best, distance.min(axis=1))
    return nearest, best
