"""Load a trained network from a file that somebody else may have made.

Keras itself runs no code that a file holds and follows no link out of it; what it says then, and
what it does not look at (how large a file becomes, what the network takes), is seen to here.
Who calls it: lesson 6.
"""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import keras
import tensorflow as tf

from resnets.data import CLASSES, IMAGE_SHAPE

LARGEST = 1_000_000_000  # bytes, unpacked; a ResNet50 with its optimizer has 300 million
LARGEST_DESCRIPTION = 16 << 20  # bytes; ResNet50's is 0.2 million
_ADVICE = "Write MODEL = 'models/ResNet50.h5' for the course's own network, or train yours again."


class NetworkError(ValueError):
    """A file cannot be used as a trained network; the message says why and what to do."""


def load_network(path: str | os.PathLike) -> keras.Model:
    """Load a network that takes pictures (64, 64, 3) and gives 6 probabilities.

    Args:
        path: a `.keras` or `.h5` file.

    Raises:
        NetworkError: the file is missing, damaged, far too large, holds code of its own, or its
            network takes or gives something else.
    """
    path = Path(path)
    if not path.is_file():
        raise NetworkError(f"There is no file {path}. {_ADVICE}")
    try:
        _check_size(path)
        network = keras.models.load_model(path, compile=False, safe_mode=True)
        takes, gives = network.input_shape, network.output_shape
    except NetworkError:
        raise
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise NetworkError(f"{path} needs more memory than there is. {_ADVICE}") from error
    except Exception as error:  # Keras, HDF5 and zipfile raise nearly anything
        raise NetworkError(_why(path, error)) from error
    if (takes, gives) != ((None, *IMAGE_SHAPE), (None, CLASSES)):
        raise NetworkError(
            f"{path}: expected a network from (None, 64, 64, 3) to (None, 6), got one from {takes} "
            f"to {gives}. {_ADVICE}"
        )
    return network


def _check_size(path: Path) -> None:
    """Refuse what is, or unpacks to, far more than a network: a few kilobytes can be terabytes."""
    sizes = {path.name: path.stat().st_size}
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            sizes = {member.filename: member.file_size for member in packed.infolist()}
    described = sum(size for name, size in sizes.items() if name.endswith(".json"))
    if sum(sizes.values()) > LARGEST or described > LARGEST_DESCRIPTION:
        raise NetworkError(
            f"{path} is far too large: {sum(sizes.values()) / 1e6:,.0f} MB, unpacked. {_ADVICE}"
        )


def _why(path: Path, error: Exception) -> str:
    text = str(error)
    if "safe_mode" in text or "unsafe deserialization" in text:
        what = "it holds code of its own (a Lambda layer), which is not run"
    elif path.suffix == ".keras" and not zipfile.is_zipfile(path):
        what = "it is cut short, damaged or no .keras file"
    else:
        said = " ".join(text.split())[:300] or type(error).__name__
        what = f"it is damaged, or holds layers that are not Keras's own ({said})"
    return f"{path} cannot be loaded: {what}. {_ADVICE}"
