"""Draw the course's images of hands, or a set of any size."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from . import dataset, sampling, scene, sheets

FOLDER = Path(__file__).resolve().parents[1]


def course(args: argparse.Namespace) -> None:
    """Draw the course's four files."""
    for name, (part, count, seed, style) in dataset.COURSE.items():
        path = Path(args.out) / f"{name}.h5"
        dataset.write_set(path, count, seed, style, part, workers=args.workers)


def any_set(args: argparse.Namespace) -> None:
    """Draw a set of any size."""
    dataset.write_set(
        args.out,
        args.count,
        args.seed,
        args.style,
        args.part,
        workers=args.workers,
        compress=not args.fast,
    )


def sheet(args: argparse.Namespace) -> None:
    """Write a contact sheet of a set."""
    sheets.sheet_of_file(args.file, args.out, args.columns, args.rows, args.scale)


def photo(args: argparse.Namespace) -> None:
    """Draw one large image as a JPEG file."""
    style = sampling.STYLES[args.style]
    pixels, attributes = scene.draw(
        args.seed, args.index, args.sign, style, args.height, args.width
    )
    Image.fromarray(pixels).save(args.out, quality=92)
    print(attributes)


def report(args: argparse.Namespace) -> None:
    """Print the composition of the course's files and their most similar images."""
    sets = {name: dataset.read_set(Path(args.folder) / f"{name}.h5") for name in dataset.COURSE}
    for name, (images, labels, columns) in sets.items():
        print(f"{name}: {len(labels)} images, {np.bincount(labels).tolist()} for each class")
        people = np.unique(columns["person"])
        print(f"  people: {len(people) if people[0] >= 0 else 'another one in every image'}")
        bands = np.minimum((columns["tone"] * sampling.TONES).astype(int), sampling.TONES - 1)
        for band in range(sampling.TONES):
            inside = bands == band
            left = int(columns["left"][inside].sum())
            print(f"  tone band {band + 1}: {inside.sum()} images, {left} of left hands")
        for column in ("background", "worn"):
            kinds, counts = np.unique(columns[column], return_counts=True)
            print(f"  {column}: {dict(zip(kinds.tolist(), counts.tolist(), strict=True))}")
        print(f"  back of the hand: {int(columns['back'].sum())}")
        print(f"  partly covered: {int(columns['covered'].sum())}")
        means = images.mean(axis=(1, 2, 3))
        print(f"  mean brightness: {means.mean():.0f}, standard deviation {means.std():.0f}")
    train = sets["train_signs"][0]
    for name, (images, _, _) in sets.items():
        if images is train:
            neighbours, distances = dataset.near_duplicates(train)
        else:
            neighbours, distances = dataset.near_duplicates(train, images)
        index = int(distances.argmin())
        print(
            f"{name}: the image most like a training image has distance {distances.min():.2f} grey "
            f"levels ({index} and {neighbours[index]}), median {np.median(distances):.2f}"
        )


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m datasets.renderer", description=__doc__)
    commands = top.add_subparsers(required=True)

    p = commands.add_parser("course", help=course.__doc__)
    p.add_argument("--out", default=FOLDER)
    p.add_argument("--workers", type=int)
    p.set_defaults(run=course)

    p = commands.add_parser("set", help=any_set.__doc__)
    p.add_argument("out")
    p.add_argument("--count", type=int, required=True)
    p.add_argument("--seed", type=int, required=True)
    p.add_argument("--style", choices=sorted(sampling.STYLES), default="full")
    p.add_argument("--part", choices=("train", "test"), default="train")
    p.add_argument("--workers", type=int)
    p.add_argument("--fast", action="store_true", help="do not compress")
    p.set_defaults(run=any_set)

    p = commands.add_parser("sheet", help=sheet.__doc__)
    p.add_argument("file")
    p.add_argument("out")
    p.add_argument("--columns", type=int, default=20)
    p.add_argument("--rows", type=int, default=1)
    p.add_argument("--scale", type=int, default=1)
    p.set_defaults(run=sheet)

    p = commands.add_parser("photo", help=photo.__doc__)
    p.add_argument("out")
    p.add_argument("--sign", type=int, choices=range(6), required=True)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--index", type=int, default=0)
    p.add_argument("--style", choices=sorted(sampling.STYLES), default="plain")
    p.add_argument("--width", type=int, default=600)
    p.add_argument("--height", type=int, default=800)
    p.set_defaults(run=photo)

    p = commands.add_parser("report", help=report.__doc__)
    p.add_argument("--folder", default=FOLDER, help="where the course's files are")
    p.set_defaults(run=report)
    return top


if __name__ == "__main__":
    arguments = parser().parse_args()
    arguments.run(arguments)
