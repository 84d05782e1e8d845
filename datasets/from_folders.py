"""Turns folders of images, one for each class, into files that `load_dataset` reads.

    python -m datasets.from_folders FOLDER OUT [--classes 0 1 2 3 4 5] [--test-share 0.1]

FOLDER holds one sub-folder of images for each class, named `0` to `5` or `zero` to `five`: the
layout of the Sign Language Digits Dataset (A. Mavi, 2020, Apache-2.0). Its `Dataset/` folder has
sub-folders 0 to 9; the course's signs are its 0 to 5. The command writes `train_signs.h5` and
`test_signs.h5` to OUT; point the environment variable SIGNS_DIR at it. Nothing is downloaded.

The same share of each class is kept for testing. Images are cropped to their middle square and
shrunk to 64x64 by `resnets_utils.load_image`, the function that lesson 6 uses: it reads JPEG, PNG,
WebP, GIF, BMP, TIFF and AVIF whatever their names end in. Everything else is named and left out.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import h5py
import numpy as np
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
WORDS = ("zero", "one", "two", "three", "four", "five")
LEAST = 10  # images of each class: with fewer there is nothing to test on


class FolderError(ValueError):
    """The folder cannot be converted; the message says why and what to do."""


def is_hidden(path: Path) -> bool:
    """Whether a system put this file or folder there: `.DS_Store`, `__MACOSX`, `Thumbs.db`."""
    return path.name.startswith((".", "__MACOSX")) or path.name in {"Thumbs.db", "desktop.ini"}


def find_classes(folder: Path, names: list[str] | None) -> tuple[list[Path], list[str]]:
    """The sub-folder of every class, and one line for whatever else lies in the folder.

    Raises:
        FolderError: the folder or a class is missing, or two sub-folders are the same class.
    """
    if not folder.is_dir():
        raise FolderError(f"{folder} is not a folder: give one that holds a sub-folder per class")
    entries = sorted(path for path in folder.iterdir() if not is_hidden(path))
    present = [path for path in entries if path.is_dir()]
    if names and len(names) != len(WORDS):
        raise FolderError(f"classes: expected {len(WORDS)} names, got {len(names)}")
    accepted = [{name} for name in names] if names else [{str(n), w} for n, w in enumerate(WORDS)]
    chosen, missing = [], []
    for number, spellings in enumerate(accepted):
        found = [p for p in present if (p.name if names else p.name.lower()) in spellings]
        if len(found) > 1:
            raise FolderError(
                f"{folder}: {' and '.join(p.name for p in found)} are both class {number}. Put "
                "their images into one of them, or name the sub-folders with --classes"
            )
        chosen += found
        missing += [] if found else [" or ".join(sorted(spellings))]
    if missing:
        raise FolderError(
            f"{folder}: expected a sub-folder for each of the classes; missing: "
            f"{', '.join(missing)}; found: {', '.join(p.name for p in present) or 'no folders'}. "
            "Rename the sub-folders, or name them with --classes"
        )
    others = [path for path in entries if path not in chosen]
    return chosen, [f"{path}: not the folder of a class" for path in others]


def read_class(folder: Path, quiet: bool = False) -> tuple[np.ndarray, list[str]]:
    """The images in a folder, uint8 (n, 64, 64, 3), and one line for whatever else lies there."""
    paths = sorted(path for path in folder.iterdir() if not is_hidden(path))
    files = [path for path in paths if not path.is_dir()]
    lines = [
        f"{path}: a folder inside a class. Move its images one folder up"
        for path in paths
        if path.is_dir()
    ]
    images, unreadable = read_images(files, folder.name, quiet)
    return images, lines + unreadable


def read_images(paths: list[Path], name: str, quiet: bool = False) -> tuple[np.ndarray, list[str]]:
    """The readable images, uint8 (n, 64, 64, 3), and one line for each unreadable file."""
    sys.path.insert(0, str(ROOT))
    from resnets.images import ImageError, load_image

    images, unreadable = [], []
    for path in tqdm(paths, desc=name, unit="image", disable=quiet):
        try:
            images.append(load_image(path))
        except ImageError as error:
            unreadable.append(f"{path}: {error}")
    return np.array(images, np.uint8).reshape(-1, 64, 64, 3), unreadable


def split(count: int, share: float, seed: int, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Shuffled indices of one class: those to train on and those to test on."""
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
        folder: holds one sub-folder for each class.
        out: folder for the two files.
        classes: names of the sub-folders, labelled 0, 1, 2 ... in this order; by default "0" to
            "5" or "zero" to "five".
        test_share: part of every class that is kept for testing, between 0 and 0.5.
        seed: of the shuffles.
        quiet: whether to hide the progress bars.

    Returns:
        One line for each file and folder that is left out, but not for a system's hidden ones.

    Raises:
        FolderError: a class is missing or has too few readable images, or the share is invalid.
    """
    if not 0 < test_share <= 0.5:
        raise FolderError(f"test share: expected more than 0 and at most 0.5, got {test_share}")
    out = Path(out)
    parts: dict[str, list] = {"train": [], "test": []}
    folders, left_out = find_classes(Path(folder), classes)
    for number, class_folder in enumerate(folders):
        images, lines = read_class(class_folder, quiet)
        left_out += lines
        if len(images) < LEAST:
            raise FolderError(
                f"class {class_folder.name}: expected at least {LEAST} images, got {len(images)}"
                + (f"; {len(lines)} left out, the first is {lines[0]}" if lines else "")
            )
        train, test = split(len(images), test_share, seed, number)
        parts["train"].append((images[train], np.full(len(train), number, np.int64)))
        parts["test"].append((images[test], np.full(len(test), number, np.int64)))
    out.mkdir(parents=True, exist_ok=True)
    for part, classes_of_part in parts.items():
        x = np.concatenate([images for images, _ in classes_of_part])
        y = np.concatenate([labels for _, labels in classes_of_part])
        order = np.random.default_rng([seed, len(y)]).permutation(len(y))
        with h5py.File(out / f"{part}_signs.h5", "w") as file:
            file.create_dataset(f"{part}_set_x", data=x[order], compression="gzip")
            file[f"{part}_set_y"] = y[order]
            file["list_classes"] = np.arange(len(folders), dtype=np.int64)
    return left_out


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    p = argparse.ArgumentParser(prog="python -m datasets.from_folders", description=__doc__)
    p.add_argument("folder", help="holds one sub-folder for each class")
    p.add_argument("out", help="folder for train_signs.h5 and test_signs.h5")
    p.add_argument(
        "--classes", nargs="+", help="six names, in order (default: 0 to 5, or zero to five)"
    )
    p.add_argument("--test-share", type=float, default=0.1)
    p.add_argument("--seed", type=int, default=1)
    args = p.parse_args(arguments)
    try:
        left_out = convert(args.folder, args.out, args.classes, args.test_share, args.seed)
    except FolderError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for part in ("train", "test"):
        with h5py.File(Path(args.out) / f"{part}_signs.h5") as file:
            counts = np.bincount(file[f"{part}_set_y"][:])
        print(f"{part}: {counts.sum()} images, {counts.tolist()} for each class")
    if left_out:
        print(f"left out: {len(left_out)}", *left_out, sep="\n  ")
    hidden = sum(is_hidden(path) for path in Path(args.folder).rglob("*"))
    if hidden:
        print(f"passed over: {hidden} hidden files and folders, such as .DS_Store")
    print(f"to run the lessons on them: SIGNS_DIR={Path(args.out).resolve()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
