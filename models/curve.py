"""Draws a run's log for the model card, and prints it as a table.

python -m models.curve RUN_FOLDER models/curve.svg [--every 4]
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import matplotlib as mpl
import numpy as np

from resnets.plots.curves import plot_curves

WATCHED = "val_"  # how the log marks the accuracy on a set that the run does not train on


def read_log(folder: Path) -> dict[str, np.ndarray]:
    """The columns of a run's log, the training accuracy and the watched sets last.

    Raises:
        SystemExit: the folder holds no log, or an empty one.
    """
    path = folder / "log.csv"
    rows = list(csv.DictReader(path.read_text().splitlines())) if path.exists() else []
    if not rows:
        raise SystemExit(f"{path} is missing or empty: train first (python -m models.train --help)")
    watched = [name for name in rows[0] if name.startswith(WATCHED)]
    names = ["step", "images", "size", "loss", "accuracy", *watched]
    return {name: np.array([float(row[name]) for row in rows]) for name in names}


def title_of(column: str) -> str:
    """What a column is called in the table and in the figure."""
    named = {"images": "images shown", "accuracy": "training images, augmented"}
    return named.get(column, column.removeprefix(WATCHED).replace("_", " "))


def table(log: dict[str, np.ndarray], every: int) -> str:
    """The log as a Markdown table: the rows whose number `every` divides, and the last one."""
    count = len(log["step"])
    lines = ["| " + " | ".join(title_of(name) for name in log) + " |", "|---" * len(log) + "|"]
    for row in sorted({*range(every - 1, count, every), count - 1}):
        whole = [f"{int(log[name][row]):,}" for name in ("step", "images", "size")]
        shares = [f"{log[name][row]:.3f}" for name in list(log)[4:]]
        lines.append("| " + " | ".join([*whole, f"{log['loss'][row]:.2f}", *shares]) + " |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Run the command."""
    p = argparse.ArgumentParser(prog="python -m models.curve", description=__doc__)
    p.add_argument("folder", help="run folder of models.train")
    p.add_argument("out", help="SVG file to write")
    p.add_argument("--every", type=int, default=4, help="print every row whose number this divides")
    args = p.parse_args(arguments)
    log = read_log(Path(args.folder))
    figure = plot_curves(
        log["images"] / 1000,
        {title_of(name): values for name, values in log.items() if name in list(log)[4:]},
        xlabel="images shown (thousands)",
        ylabel="accuracy",
        title="The network reads images that it has never trained on better and better",
    )
    with mpl.rc_context({"svg.hashsalt": "curve"}):  # the same log gives the same file
        figure.savefig(args.out, format="svg", metadata={"Date": None})
    print(table(log, args.every))


if __name__ == "__main__":
    main()
