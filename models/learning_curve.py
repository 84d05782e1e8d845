"""How accuracy grows with the number of rendered images: one training for each number.

    python -m models.learning_curve FOLDER SET.h5 [SET.h5 ...] --counts 1000 4000 --watch FILE.h5

Every training has the same network, seed and number of steps. Only the number of different images
differs, and larger numbers include the images of smaller ones. Finished trainings are not repeated.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from . import train
from .networks import NETWORKS


def last_row(path: Path) -> dict[str, str]:
    """The last row of a run's log."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file))[-1]


def table(rows: list[tuple[int, dict[str, str]]], watched: list[str]) -> str:
    """The curve as a Markdown table: images, accuracy on them, accuracy on each watched file."""
    head = ["different images", "training images, augmented", *watched]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for count, row in rows:
        names = ("accuracy", *(f"val_{name}" for name in watched))
        shares = [f"{100 * float(row[name]):.1f} %" for name in names]
        lines.append(f"| {count:,} | " + " | ".join(shares) + " |")
    return "\n".join(lines)


def run(args: argparse.Namespace) -> None:
    """Train for every count and print the table."""
    rows = []
    for count in args.counts:
        folder = Path(args.folder) / str(count)
        command = [str(folder), *args.sets, "--limit", str(count), "--watch", *args.watch]
        command += ["--network", args.network, "--stages", args.stages, "--seed", str(args.seed)]
        train.run(train.parser().parse_args(command))
        rows.append((count, last_row(folder / "log.csv")))
    print(table(rows, [Path(path).stem for path in args.watch]))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m models.learning_curve", description=__doc__)
    p.add_argument("folder", help="where the run folders go")
    p.add_argument("sets", nargs="+", help="rendered sets, taken in this order")
    p.add_argument("--counts", type=int, nargs="+", required=True, help="numbers of images")
    p.add_argument("--watch", nargs="+", required=True, help="files to measure on")
    p.add_argument("--network", choices=sorted(NETWORKS), default="small")
    p.add_argument("--stages", default="64:1500:64", help="as for models.train")
    p.add_argument("--seed", type=int, default=1)
    return p


if __name__ == "__main__":
    run(parser().parse_args())
