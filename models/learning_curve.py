"""How accuracy grows with the number of rendered images: one training for each number.

    python -m models.learning_curve models/learning_curve.toml FOLDER --counts 1000 4000

Every training has the same network, seed and number of steps. Only the number of different images
differs, and larger numbers include the images of smaller ones. Finished trainings are not repeated.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import replace
from pathlib import Path

from . import train
from .configuration import parse


def last_row(path: Path) -> dict[str, str]:
    """The last row of a run's log."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file))[-1]


def table(rows: list[tuple[int, dict[str, str]]]) -> str:
    """The curve as a Markdown table: images, accuracy on them, accuracy on each watched set."""
    watched = [name for name in rows[0][1] if name.startswith("val_")]
    head = ["different images", "training images, augmented", *(n[len("val_") :] for n in watched)]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for count, row in rows:
        shares = [f"{100 * float(row[name]):.1f} %" for name in ("accuracy", *watched)]
        lines.append(f"| {count:,} | " + " | ".join(shares) + " |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Train for every count and print the table."""
    p = argparse.ArgumentParser(prog="python -m models.learning_curve", description=__doc__)
    p.add_argument("configuration", help="TOML file, such as models/learning_curve.toml")
    p.add_argument("folder", help="where the sets and the run folders go")
    p.add_argument("--counts", type=int, nargs="+", required=True, help="numbers of images")
    p.add_argument("--watch", nargs="*", default=[], help="more files to measure on")
    args = p.parse_args(arguments)
    text = Path(args.configuration).read_text(encoding="utf-8")
    train.claim(Path(args.folder), text)
    configuration = parse(text)
    rows = []
    for count in args.counts:
        folder = Path(args.folder) / str(count)
        folder.mkdir(parents=True, exist_ok=True)
        stages = [replace(stage, limit=count) for stage in configuration.stages]
        limited = replace(configuration, stages=stages)
        train.run(limited, folder, Path(args.folder) / "sets", args.watch)
        rows.append((count, last_row(folder / "log.csv")))
    print(table(rows))


if __name__ == "__main__":
    main()
