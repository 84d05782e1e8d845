"""The course's files and the SIGNS data: paths, loading, labels and batches.

Who calls it: every lesson that needs data, through `resnets_utils`.
"""

from __future__ import annotations

import itertools
import math
import os
from pathlib import Path

import h5py
import numpy as np

IMAGE_SHAPE = (64, 64, 3)
CLASSES = 6
_MOST_IMAGES = 100_000  # 1.2 GB
_MOST_CHUNKS = 100_000
_LARGEST_CHUNK = 1 << 20  # elements, or the whole array
_MOST_NAMED = 10
TEST_SETS = ("new_people", "other_rooms")
_COURSE = Path(__file__).resolve().parents[1]
_ADVICE = (
    "Set the environment variable SIGNS_DIR to a folder with train_signs.h5 and test_signs.h5, "
    "or unset it to use the course's own files."
)


class DatasetError(ValueError):
    """A SIGNS file is missing or is not what the lessons need; the message says what to do."""


def course_path(relative: str) -> Path:
    """Path of a file in the course, such as `course_path("models/ResNet50.h5")`."""
    return _COURSE / relative


def load_dataset(
    folder: str | os.PathLike | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Load the SIGNS images and labels.

    Args:
        folder: holds `train_signs.h5` and `test_signs.h5`; by default the folder that the
            environment variable SIGNS_DIR names, else the course's `datasets/`.

    Returns:
        X_train_orig, Y_train_orig, X_test_orig, Y_test_orig, classes. X: uint8 of shape
        (m, 64, 64, 3), RGB, 0 to 255. Y: int64 of shape (1, m), the number that the hand shows.
        classes: int64 of shape (6,), the numbers 0 to 5.

    Raises:
        DatasetError: a file is missing, cut short, or its keys, shapes, dtypes or labels are
            not those of SIGNS; the message says what was expected and what came.
    """
    if folder is None:
        folder = os.environ.get("SIGNS_DIR") or course_path("datasets")
    folder = Path(folder).expanduser()
    train, test = folder / "train_signs.h5", folder / "test_signs.h5"
    X_train, Y_train, _ = _read_split(train, "train")
    X_test, Y_test, classes = _read_split(test, "test")
    return X_train, Y_train.reshape(1, -1), X_test, Y_test.reshape(1, -1), classes


def load_test_set(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Load one of the course's further test sets.

    Args:
        name: "new_people" (the classroom of SIGNS, with people whom no other set shows) or
            "other_rooms" (other people, walls and light; hands also turned, bent or partly hidden).

    Returns:
        X: uint8 of shape (m, 64, 64, 3), RGB, 0 to 255. Y: int64 of shape (1, m).

    Raises:
        ValueError: there is no set of this name.
        DatasetError: as for `load_dataset`.
    """
    if name not in TEST_SETS:
        raise ValueError(
            f"load_test_set: expected {' or '.join(map(repr, TEST_SETS))}, got {name!r}."
        )
    X, Y, _ = _read_split(course_path(f"datasets/{name}.h5"), "test")
    return X, Y.reshape(1, -1)


def _read_split(path: Path, split: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x_key, y_key, keys = f"{split}_set_x", f"{split}_set_y", "list_classes"
    if not path.is_file():
        raise DatasetError(f"There is no file {path}. {_ADVICE}")
    try:
        with h5py.File(path, "r") as file:
            links = file.id.links  # unlike `key in file`, this opens nothing
            missing = [key for key in (x_key, y_key, keys) if not links.exists(key.encode())]
            if missing:
                held = ", ".join(itertools.islice(file, _MOST_NAMED)) or "nothing"
                raise DatasetError(
                    f"{path} lacks {', '.join(missing)}: a SIGNS file holds {x_key}, {y_key} and "
                    f"{keys}; this one holds {held}. {_ADVICE}"
                )
            X, Y, classes = (_dataset(file, key, path) for key in (x_key, y_key, keys))
            # Shapes and types are checked before the values are read, which could need any memory.
            _check_images(X, f"{x_key} in {path}")
            _check_labels(Y, classes, len(X), path, y_key)
            X, Y, classes = (_content(dataset, path) for dataset in (X, Y, classes))
    except DatasetError:
        raise
    except PermissionError as error:
        raise DatasetError(
            f"{path} cannot be read by your account. Change its permissions. {_ADVICE}"
        ) from error
    except MemoryError as error:
        raise DatasetError(f"{path} needs more memory than this machine has. {_ADVICE}") from error
    except Exception as error:  # HDF5 and h5py raise nearly any exception on a damaged file
        raise DatasetError(
            f"{path} ({path.stat().st_size:,} bytes) cannot be read as HDF5: it is cut short, "
            f"damaged or another kind of file ({error}). Copy or download it again. {_ADVICE}"
        ) from error
    if Y.min() < 0 or Y.max() >= CLASSES:
        raise DatasetError(
            f"{y_key} in {path}: expected labels 0 to 5, got {Y.min()} to {Y.max()}. {_ADVICE}"
        )
    return X, Y.astype(np.int64), classes.astype(np.int64)


def _dataset(file: h5py.File, key: str, path: Path) -> h5py.Dataset:
    """An array that is stored in this file itself.

    Anything stored elsewhere is not opened: it could be huge, a pipe, or a private file.
    """
    where = f"{key} in {path}"
    if file.id.links.get_info(key.encode()).type != h5py.h5l.TYPE_HARD:
        raise DatasetError(
            f"{where} is a link to another file or array. Store the array itself. {_ADVICE}"
        )
    dataset = file[key]
    if not isinstance(dataset, h5py.Dataset):
        raise DatasetError(f"{where}: expected an array, got a {type(dataset).__name__}. {_ADVICE}")
    if dataset.is_virtual or dataset.external:
        raise DatasetError(f"{where} is stored in other files. Store the array itself. {_ADVICE}")
    return dataset


def _content(dataset: h5py.Dataset, path: Path) -> np.ndarray:
    """An array's values, unless its chunks make it expensive to read."""
    chunk = dataset.chunks or dataset.shape
    count = math.prod(-(-size // part) for size, part in zip(dataset.shape, chunk, strict=True))
    if count > _MOST_CHUNKS or math.prod(chunk) > max(dataset.size, _LARGEST_CHUNK):
        raise DatasetError(
            f"{dataset.name[1:]} in {path}: its chunks of {chunk} do not suit its shape "
            f"{dataset.shape}, so reading it takes too long. Store the array again. {_ADVICE}"
        )
    return np.asarray(dataset)


def _check_images(X: h5py.Dataset, where: str) -> None:
    shape = X.shape or ()
    if len(shape) != 4 or shape[1:] != IMAGE_SHAPE or shape[0] == 0:
        raise DatasetError(
            f"{where}: expected images of shape (m, 64, 64, 3), got {X.shape}. "
            f"Resize the images to 64 by 64 RGB, or choose another file. {_ADVICE}"
        )
    if shape[0] > _MOST_IMAGES:
        raise DatasetError(
            f"{where}: expected at most {_MOST_IMAGES:,} images, so that they fit into memory, "
            f"got {shape[0]:,}. Select some of them. {_ADVICE}"
        )
    if X.dtype != np.uint8:
        raise DatasetError(
            f"{where}: expected dtype uint8 with values 0 to 255, got {X.dtype}. Store the "
            f"images as they are, without dividing by 255. {_ADVICE}"
        )


def _check_labels(Y: h5py.Dataset, classes: h5py.Dataset, m: int, path: Path, key: str) -> None:
    if classes.shape != (CLASSES,) or classes.dtype.kind not in "iu":
        raise DatasetError(
            f"list_classes in {path}: expected 6 whole numbers, got shape {classes.shape} of "
            f"dtype {classes.dtype}. {_ADVICE}"
        )
    if Y.size != m or Y.dtype.kind not in "iu":
        raise DatasetError(
            f"{key} in {path}: expected {m} whole numbers, one for each image, got shape {Y.shape} "
            f"of dtype {Y.dtype}. {_ADVICE}"
        )


def convert_to_one_hot(Y: np.ndarray, C: int) -> np.ndarray:
    """A column for each label: float64 of shape (C, m), as in the classic assignment.

    Args:
        Y: m whole numbers from 0 to C - 1, of any shape, such as (1, m).
        C: number of classes.

    Raises:
        ValueError: a label is not a whole number from 0 to C - 1.
    """
    labels = np.asarray(Y).reshape(-1)
    if labels.dtype.kind not in "iu":
        raise ValueError(
            f"convert_to_one_hot: expected whole numbers in Y, got dtype {labels.dtype}. "
            "Pass the labels as load_dataset returns them."
        )
    if labels.size and (labels.min() < 0 or labels.max() >= C):
        raise ValueError(
            f"convert_to_one_hot: expected labels 0 to {C - 1} for C={C}, got {labels.min()} to "
            f"{labels.max()}. Is C the number of classes?"
        )
    return np.eye(C)[labels].T


def random_mini_batches(
    X: np.ndarray, Y: np.ndarray, mini_batch_size: int = 64, seed: int = 0
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Images and labels, shuffled together and cut into batches, as in the classic assignment.

    Args:
        X: images, shape (m, H, W, C).
        Y: labels, shape (m, n).
        mini_batch_size: images in each batch; the last batch may be smaller.
        seed: the same seed gives the same shuffle; numpy's global state does not change.

    Returns:
        A list of (X_batch, Y_batch).

    Raises:
        ValueError: X and Y differ in length, or the batch size is below 1.
    """
    if len(X) != len(Y):
        raise ValueError(
            f"random_mini_batches: expected as many rows in Y as in X, got X {np.shape(X)} and "
            f"Y {np.shape(Y)}. Is Y transposed? Use convert_to_one_hot(Y, 6).T."
        )
    if mini_batch_size < 1:
        raise ValueError(f"mini_batch_size: expected 1 or more, got {mini_batch_size}.")
    order = np.random.RandomState(seed).permutation(len(X))
    batches = (
        order[start : start + mini_batch_size] for start in range(0, len(X), mini_batch_size)
    )
    return [(X[batch], Y[batch]) for batch in batches]
