"""The averaged weights that a training run keeps in its folder."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

NAME = "averaged.npz"


def save_averaged(folder: Path, weights: list[np.ndarray], steps: int, seen: int) -> None:
    """Write the averaged weights; an interrupted write leaves the old ones."""
    with open(folder / "averaged.partial", "wb") as file:
        np.savez(file, *weights, steps=steps, seen=seen)
    os.replace(folder / "averaged.partial", folder / NAME)


def averaged_weights(folder: Path) -> tuple[list[np.ndarray], int, int]:
    """The averaged weights of a run, the steps done, and the number of images shown.

    Raises:
        FileNotFoundError: the folder holds no weights.
    """
    path = folder / NAME
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: train first (python -m models.train --help)")
    with np.load(path) as saved:
        count = sum(name.startswith("arr_") for name in saved.files)
        return [saved[f"arr_{i}"] for i in range(count)], int(saved["steps"]), int(saved["seen"])
