"""Images of SIGNS for the figures, selected and encoded as JPEG.

Called by signs_sheet and hero.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

DATASETS = Path(__file__).resolve().parent.parent / "datasets"
QUALITY = 85


@cache
def signs(split: str = "train") -> tuple[np.ndarray, np.ndarray]:
    """The images, uint8 (m, 64, 64, 3), and labels, int64 (m,), of "train" or "test"."""
    with h5py.File(DATASETS / f"{split}_signs.h5") as file:
        return file[f"{split}_set_x"][:], file[f"{split}_set_y"][:]


def examples(label: int, count: int) -> list[int]:
    """Indices of `count` training images of class `label`, spread evenly over the set."""
    indices = np.flatnonzero(signs()[1] == label)
    return [int(indices[(2 * k + 1) * len(indices) // (2 * count)]) for k in range(count)]


def jpeg(index: int, split: str = "train") -> bytes:
    """Image `index` as a JPEG file of about 2 kB."""
    out = io.BytesIO()
    image = Image.fromarray(signs(split)[0][index])
    image.save(out, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
    return out.getvalue()
