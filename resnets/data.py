"""The course's files and the SIGNS data: where they lie, how they load, how they are batched.

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
_COURSE = Path(__file__).resolve().parents[1]
_ADVICE = (
    "Set the environment variable SIGNS_DIR to a folder with train_signs.h5 and test_signs.h5, "
    "or unset it to use the course's own files."
)


class DatasetError(ValueError):
    """A SIGNS file is missing or is not what the lessons need."""


def course_path(relative: str) -> Path:
    """Path of a file of the course, such as `course_path("models/ResNet50.h5")`."""
    return _COURSE / relative


def load_dataset(
    folder: str | os.PathLike | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Load the SIGNS pictures and labels.

    Args:
        folder: where `train_signs.h5` and `test_signs.h5` lie; by default the folder that the
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
            # What the file says of them comes first: reading them may take any memory.
            _check_images(X, f"{x_key} in {path}")
            _check_labels(Y, classes, len(X), path, y_key)
            X, Y, classes = (_content(dataset, path) for dataset in (X, Y, classes))
    except DatasetError:
        raise
    except PermissionError as error:
        raise DatasetError(
            f"{path} may not be read by your account. Change its permissions. {_ADVICE}"
        ) from error
    except MemoryError as error:
        raise DatasetError(f"{path} needs more memory than there is. {_ADVICE}") from error
    except Exception as error:  # on a damaged file HDF5 and h5py raise nearly anything
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
    """An array that lies in this very file.

    What lies elsewhere is not opened: it may be of any size, a pipe, or somebody's own.
    """
    where = f"{key} in {path}"
    if file.id.links.get_info(key.encode()).type != h5py.h5l.TYPE_HARD:
        raise DatasetError(f"{where} is a link to another place. Store the array itself. {_ADVICE}")
    dataset = file[key]
    if not isinstance(dataset, h5py.Dataset):
        raise DatasetError(f"{where}: expected an array, got a {type(dataset).__name__}. {_ADVICE}")
    if dataset.is_virtual or dataset.external:
        raise DatasetError(f"{where} lies in other files. Store the array itself. {_ADVICE}")
    return dataset


def _content(dataset: h5py.Dataset, path: Path) -> np.ndarray:
    """An array's values; how it is cut into chunks must not make it costly to read."""
    chunk = dataset.chunks or dataset.shape
    count = math.prod(-(-all_ // of) for all_, of in zip(dataset.shape, chunk, strict=True))
    if count > _MOST_CHUNKS or math.prod(chunk) > max(dataset.size, _LARGEST_CHUNK):
        raise DatasetError(
            f"{dataset.name[1:]} in {path}: its chunks of {chunk} do not suit its shape "
            f"{dataset.shape}, reading it takes too much. Store the array anew. {_ADVICE}"
        )
    return np.asarray(dataset)


def _check_images(X: h5py.Dataset, where: str) -> None:
    shape = X.shape or ()
    if len(shape) != 4 or shape[1:] != IMAGE_SHAPE or shape[0] == 0:
        raise DatasetError(
            f"{where}: expected pictures of shape (m, 64, 64, 3), got {X.shape}. "
            f"Resize the pictures to 64 by 64 RGB, or choose another file. {_ADVICE}"
        )
    if shape[0] > _MOST_IMAGES:
        raise DatasetError(
            f"{where}: expected at most {_MOST_IMAGES:,} pictures, so that they fit into memory, "
            f"got {shape[0]:,}. Choose some of them. {_ADVICE}"
        )
    if X.dtype != np.uint8:
        raise DatasetError(
            f"{where}: expected dtype uint8 with values 0 to 255, got {X.dtype}. Store the "
            f"pictures as they are, without dividing by 255. {_ADVICE}"
        )


def _check_labels(Y: h5py.Dataset, classes: h5py.Dataset, m: int, path: Path, key: str) -> None:
    if classes.shape != (CLASSES,) or classes.dtype.kind not in "iu":
        raise DatasetError(
            f"list_classes in {path}: expected 6 whole numbers, got shape {classes.shape} of "
            f"dtype {classes.dtype}. {_ADVICE}"
        )
    if Y.size != m or Y.dtype.kind not in "iu":
        raise DatasetError(
            f"{key} in {path}: expected {m} whole numbers, one a picture, got shape {Y.shape} "
            f"of dtype {Y.dtype}. {_ADVICE}"
        )


def convert_to_one_hot(Y: np.ndarray, C: int) -> np.ndarray:
    """One column per label: float64 of shape (C, m), as in the classic assignment.

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
    """Shuffle pictures and labels together and cut them into batches, as in the classic.

    Args:
        X: pictures, shape (m, H, W, C).
        Y: labels, shape (m, n).
        mini_batch_size: pictures a batch; the last batch may be smaller.
        seed: the same seed gives the same shuffle; numpy's global state is left alone.

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
