"""How accuracy grows with the number of rendered pictures: one training for each number.

    python -m models.curve FOLDER SET.h5 [SET.h5 ...] --counts 1000 4000 16000 --watch FILE.h5 ...

Every training has the same network, seed and number of steps; only the number of different pictures
differs, each number's pictures being among the next one's. A finished training is not run again.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from . import train


def last_row(path: Path) -> dict[str, str]:
    """The last line of a run's log."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file))[-1]


def table(rows: list[tuple[int, dict[str, str]]], watched: list[str]) -> str:
    """The curve as Markdown: pictures, accuracy on the training pictures, on each watched file."""
    head = ["different pictures", "training pictures, augmented", *watched]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for count, row in rows:
        found = [float(row[name]) for name in ("train_accuracy", *watched)]
        lines.append(f"| {count:,} | " + " | ".join(f"{100 * f:.1f} %" for f in found) + " |")
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
    p = argparse.ArgumentParser(prog="python -m models.curve", description=__doc__)
    p.add_argument("folder", help="where the trainings go")
    p.add_argument("sets", nargs="+", help="rendered sets, taken in this order")
    p.add_argument("--counts", type=int, nargs="+", required=True, help="numbers of pictures")
    p.add_argument("--watch", nargs="+", required=True, help="files to measure on")
    p.add_argument("--network", choices=sorted(train.NETWORKS), default="small")
    p.add_argument("--stages", default="64:1500:64", help="as for models.train")
    p.add_argument("--seed", type=int, default=1)
    return p


if __name__ == "__main__":
    run(parser().parse_args())
