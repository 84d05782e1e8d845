"""Reads what a training run has left in its folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def averaged_weights(folder: Path) -> tuple[list[np.ndarray], int, int]:
    """The averaged weights of a run's checkpoint, its steps and the pictures it has seen.

    Raises:
        FileNotFoundError: the folder holds no checkpoint.
    """
    path = folder / "checkpoint.npz"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: train first (python -m models.train --help)")
    with np.load(path) as saved:
        count = sum(name.startswith("a") for name in saved.files)
        return [saved[f"a{i}"] for i in range(count)], int(saved["done"]), int(saved["seen"])
