"""Load a trained network from a file that somebody else may have made.

Keras does not run code inside a file or follow links out of it. This module adds the checks that
Keras does not make (the unpacked size, the network's input and output) and turns its exceptions
into one line.
Who calls it: lessons 6 and 7.
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
    """Return a network that maps images (N, 64, 64, 3) to 6 probabilities.

    Args:
        path: a `.keras` or `.h5` file.

    Raises:
        NetworkError: the file is missing, damaged or far too large, contains its own code, or its
            network has another input or output shape.
    """
    path = Path(path)
    if not path.is_file():
        raise NetworkError(f"There is no file {path}. {_ADVICE}")
    try:
        _check_size(path)
        network = keras.models.load_model(path, compile=False, safe_mode=True)
        input_shape, output_shape = network.input_shape, network.output_shape
    except NetworkError:
        raise
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise NetworkError(f"{path} needs more memory than this machine has. {_ADVICE}") from error
    except Exception as error:  # Keras, HDF5 and zipfile raise nearly anything
        raise NetworkError(_why(path, error)) from error
    if (input_shape, output_shape) != ((None, *IMAGE_SHAPE), (None, CLASSES)):
        raise NetworkError(
            f"{path}: expected a network from (None, 64, 64, 3) to (None, 6), got one from "
            f"{input_shape} to {output_shape}. {_ADVICE}"
        )
    return network


def _check_size(path: Path) -> None:
    """Refuse a file that is or unpacks to far too much: a few kilobytes can become terabytes."""
    sizes = {path.name: path.stat().st_size}
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            sizes = {member.filename: member.file_size for member in packed.infolist()}
    description_size = sum(size for name, size in sizes.items() if name.endswith(".json"))
    if sum(sizes.values()) > LARGEST or description_size > LARGEST_DESCRIPTION:
        raise NetworkError(
            f"{path} is far too large: {sum(sizes.values()) / 1e6:,.0f} MB, unpacked. {_ADVICE}"
        )


def _why(path: Path, error: Exception) -> str:
    text = str(error)
    if "safe_mode" in text or "unsafe deserialization" in text:
        reason = "it contains its own code (a Lambda layer), which is not run"
    elif path.suffix == ".keras" and not zipfile.is_zipfile(path):
        reason = "it is incomplete, damaged or not a .keras file"
    else:
        message = " ".join(text.split())[:300] or type(error).__name__
        reason = f"it is damaged, or contains layers that are not part of Keras ({message})"
    return f"{path} cannot be loaded: {reason}. {_ADVICE}"
