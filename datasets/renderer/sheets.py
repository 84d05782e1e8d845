"""Contact sheets: many pictures on one page, a row a class, to be looked at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from .dataset import CLASSES, read_set


def contact_sheet(
    pictures: np.ndarray, labels: np.ndarray, columns: int = 20, rows: int = 1, scale: int = 1
) -> Image.Image:
    """`rows` lines of `columns` pictures for every class, enlarged `scale` times.

    Raises:
        ValueError: there is no picture to show.
    """
    if len(pictures) == 0:
        raise ValueError("a contact sheet needs at least one picture, got none")
    height, width = pictures.shape[1:3]
    sheet = np.full((CLASSES * rows * height, columns * width, 3), 255, np.uint8)
    for sign in range(CLASSES):
        for place, picture in enumerate(pictures[labels == sign][: columns * rows]):
            row, column = sign * rows + place // columns, place % columns
            sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = (
                picture
            )
    image = Image.fromarray(sheet)
    return image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)


def sheet_of_file(path: Path | str, out: Path | str, columns: int, rows: int, scale: int) -> None:
    """Write the contact sheet of a SIGNS-format file."""
    pictures, labels, _ = read_set(path)
    contact_sheet(pictures, labels, columns, rows, scale).save(out)
