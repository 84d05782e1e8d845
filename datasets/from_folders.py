"""Turns a folder of pictures per class into files that `load_dataset` reads.

    python -m datasets.from_folders FOLDER OUT [--classes 0 1 2 3 4 5] [--test-share 0.1]

FOLDER holds one sub-folder a class, named by its number, with pictures inside: the layout of the
Sign Language Digits Dataset (A. Mavi, 2020, Apache-2.0), whose `Dataset/` folder has sub-folders
0 to 9; the course's signs are its 0 to 5. OUT gets `train_signs.h5` and `test_signs.h5`; point the
environment variable SIGNS_DIR at it. Nothing is downloaded.

Each class keeps the same share for testing. Pictures are cut to their middle square and shrunk to
64x64 by `resnets_utils.load_image`, the function that lesson 6 uses.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import h5py
import numpy as np
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp"}
LEAST = 10  # pictures a class: fewer leave nothing to test on


class FolderError(ValueError):
    """The folder cannot become a data set; the message says why and what to do."""


def find_pictures(folder: Path, classes: list[str]) -> dict[str, list[Path]]:
    """Picture files of every class, in order of name.

    Raises:
        FolderError: the folder or a class is missing, or a class has no pictures.
    """
    if not folder.is_dir():
        raise FolderError(f"{folder} is not a folder: give the one that holds a sub-folder a class")
    present = sorted(p.name for p in folder.iterdir() if p.is_dir())
    missing = [name for name in classes if name not in present]
    if missing:
        raise FolderError(
            f"{folder}: expected a sub-folder for each of the classes {', '.join(classes)}; "
            f"missing: {', '.join(missing)}; found: {', '.join(present) or 'no folders at all'}. "
            "Rename the sub-folders, or name them with --classes"
        )
    found = {}
    for name in classes:
        found[name] = sorted(
            p for p in (folder / name).iterdir() if p.suffix.lower() in SUFFIXES and p.is_file()
        )
        if not found[name]:
            raise FolderError(
                f"{folder / name} holds no pictures; expected files that end in "
                f"{', '.join(sorted(SUFFIXES))}"
            )
    return found


def read_pictures(paths: list[Path], quiet: bool = False) -> tuple[np.ndarray, list[str]]:
    """The readable pictures, uint8 (n, 64, 64, 3), and a line for each that is not."""
    sys.path.insert(0, str(ROOT))
    from resnets.images import ImageError, load_image

    pictures, refused = [], []
    for path in tqdm(paths, desc=paths[0].parent.name, unit="picture", disable=quiet):
        try:
            pictures.append(load_image(path))
        except ImageError as error:
            refused.append(f"{path}: {error}")
    return np.array(pictures, np.uint8).reshape(-1, 64, 64, 3), refused


def split(count: int, share: float, seed: int, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Which of a class's pictures train and which test, shuffled by the seed."""
    order = np.random.default_rng([seed, number]).permutation(count)
    tests = max(1, round(count * share))
    return order[tests:], order[:tests]


def convert(
    folder: Path | str,
    out: Path | str,
    classes: list[str] | None = None,
    test_share: float = 0.1,
    seed: int = 1,
    quiet: bool = False,
) -> list[str]:
    """Write `train_signs.h5` and `test_signs.h5` to `out`.

    Args:
        folder: holds a sub-folder a class.
        classes: names of the sub-folders, labelled 0, 1, 2 ... in this order ("0" to "5").
        test_share: part of every class that is kept for testing, between 0 and 0.5.

    Returns:
        A line for each picture that could not be read; these are left out.

    Raises:
        FolderError: no classes, no pictures, too few readable ones, or a bad share.
    """
    if not 0 < test_share <= 0.5:
        raise FolderError(f"test share: expected more than 0 and at most 0.5, got {test_share}")
    out = Path(out)
    names = classes or [str(n) for n in range(6)]
    parts: dict[str, list] = {"train": [], "test": []}
    refused: list[str] = []
    for number, (name, paths) in enumerate(find_pictures(Path(folder), names).items()):
        pictures, bad = read_pictures(paths, quiet)
        refused += bad
        if len(pictures) < LEAST:
            raise FolderError(
                f"class {name}: expected at least {LEAST} readable pictures, got {len(pictures)}"
                + (f" ({len(bad)} could not be read, first {bad[0]})" if bad else "")
            )
        train, test = split(len(pictures), test_share, seed, number)
        parts["train"].append((pictures[train], np.full(len(train), number, np.int64)))
        parts["test"].append((pictures[test], np.full(len(test), number, np.int64)))
    out.mkdir(parents=True, exist_ok=True)
    for part, rows in parts.items():
        x = np.concatenate([pictures for pictures, _ in rows])
        y = np.concatenate([labels for _, labels in rows])
        order = np.random.default_rng([seed, len(y)]).permutation(len(y))
        with h5py.File(out / f"{part}_signs.h5", "w") as file:
            file.create_dataset(f"{part}_set_x", data=x[order], compression="gzip")
            file[f"{part}_set_y"] = y[order]
            file["list_classes"] = np.arange(len(names), dtype=np.int64)
    return refused


def main(arguments: list[str] | None = None) -> int:
    """The command; returns the exit status."""
    p = argparse.ArgumentParser(prog="python -m datasets.from_folders", description=__doc__)
    p.add_argument("folder", help="holds one sub-folder a class")
    p.add_argument("out", help="folder for train_signs.h5 and test_signs.h5")
    p.add_argument("--classes", nargs="+", help="names of the sub-folders (default: 0 to 5)")
    p.add_argument("--test-share", type=float, default=0.1)
    p.add_argument("--seed", type=int, default=1)
    args = p.parse_args(arguments)
    try:
        refused = convert(args.folder, args.out, args.classes, args.test_share, args.seed)
    except FolderError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for part in ("train", "test"):
        with h5py.File(Path(args.out) / f"{part}_signs.h5") as file:
            counts = np.bincount(file[f"{part}_set_y"][:])
        print(f"{part}: {counts.sum()} pictures, {counts.tolist()} a class")
    if refused:
        print(f"left out, {len(refused)} that could not be read:", *refused, sep="\n  ")
    print(f"to run the lessons on them: SIGNS_DIR={Path(args.out).resolve()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
