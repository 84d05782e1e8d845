"""Load the stored results of a measurement, and select among its runs.

Who calls it: lessons 3, 7 and 8. Each file beside this module holds the results of one script in
`benchmarks/`, which makes them anew; every run has a seed of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Measured:
    """The runs of a measurement.

    Attributes:
        script: the script that made them.
        machine, date: where and when.
        settings: what the runs of each setting have in common, by its name.
        runs: for each run its setting, its seed and the like, and its curves.
    """

    script: str
    machine: str
    date: str
    settings: dict[str, dict[str, Any]]
    runs: list[dict[str, Any]]

    def __repr__(self) -> str:
        return f"{len(self.runs)} runs of {self.script}, {self.date} ({self.machine})"

    def curves(self, name: str, **which: Any) -> np.ndarray:
        """Return a curve of the selected runs.

        Args:
            name: what was measured after each epoch, such as "loss".
            which: what selects the runs, such as setting="narrow", kind="plain", depth=8.

        Returns:
            An array of shape (runs, epochs), in the order of the seeds.

        Raises:
            LookupError: there is no such run or curve.
        """
        chosen = [run for run in self.runs if which.items() <= run.items()]
        if not chosen or name not in chosen[0]:
            raise LookupError(
                f"curves: expected a curve and runs that {self.script} has measured, got {name!r} "
                f"of {which}. The curves are {', '.join(self._curve_names())}; the attribute "
                "`runs` lists the runs."
            )
        return np.array([run[name] for run in chosen])

    def _curve_names(self) -> list[str]:
        return [name for name, value in self.runs[0].items() if isinstance(value, list)]


def load_measured(name: str) -> Measured:
    """Return the stored results of a measurement.

    Args:
        name: the name of its script, such as "degradation".

    Raises:
        ValueError: there is no such measurement.
    """
    path = FOLDER / f"{name}.json"
    known = sorted(file.stem for file in FOLDER.glob("*.json"))
    if name not in known:
        raise ValueError(f"load_measured: expected one of {', '.join(known)}, got {name!r}.")
    return Measured(**json.loads(path.read_text("utf-8")))
