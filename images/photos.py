"""Pictures of SIGNS for the figures, picked and coded as JPEG.

Called by signs_sheet and hero.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

TRAIN = Path(__file__).resolve().parent.parent / "datasets" / "train_signs.h5"
CLASSES = 6
QUALITY = 85


@cache
def signs() -> tuple[np.ndarray, np.ndarray]:
    """The training set: pictures, uint8 (m, 64, 64, 3), and labels, int64 (m,)."""
    with h5py.File(TRAIN) as file:
        return file["train_set_x"][:], file["train_set_y"][:]


def examples(label: int, count: int) -> list[int]:
    """Indices of `count` pictures of class `label`, spread evenly over the data set."""
    indices = np.flatnonzero(signs()[1] == label)
    return [int(indices[(2 * k + 1) * len(indices) // (2 * count)]) for k in range(count)]


def jpeg(index: int) -> bytes:
    """Picture `index` of the training set as a JPEG file of about 2 kB."""
    out = io.BytesIO()
    picture = Image.fromarray(signs()[0][index])
    picture.save(out, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
    return out.getvalue()
