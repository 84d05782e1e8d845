"""Contact sheets: many images on one page, in one or more rows for each class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from resnets.data import CLASSES

from .dataset import read_set


def contact_sheet(
    images: np.ndarray, labels: np.ndarray, columns: int = 20, rows: int = 1, scale: int = 1
) -> Image.Image:
    """`rows` rows of `columns` images for each class, enlarged `scale` times.

    Raises:
        ValueError: there is no image to show.
    """
    if len(images) == 0:
        raise ValueError("a contact sheet needs at least one image, got none")
    height, width = images.shape[1:3]
    pixels = np.full((CLASSES * rows * height, columns * width, 3), 255, np.uint8)
    for sign in range(CLASSES):
        for position, image in enumerate(images[labels == sign][: columns * rows]):
            top = (sign * rows + position // columns) * height
            left = position % columns * width
            pixels[top : top + height, left : left + width] = image
    sheet = Image.fromarray(pixels)
    return sheet.resize((sheet.width * scale, sheet.height * scale), Image.Resampling.NEAREST)


def sheet_of_file(path: Path | str, out: Path | str, columns: int, rows: int, scale: int) -> None:
    """Write the contact sheet of a SIGNS-format file."""
    images, labels, _ = read_set(path)
    contact_sheet(images, labels, columns, rows, scale).save(out)
