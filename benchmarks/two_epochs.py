"""The classic's recipe on a data set: how well the network trains, and how badly it is tested.

    python benchmarks/two_epochs.py [--train FILE --test FILE] [--seeds 5] [--threads 1 2]
                                    [--epochs 2] [--also FILE ...] [--way keras]

The lessons' ResNet50, `optimizer="adam"`, batches of 32, as in the classic assignment. Each run has
a process of its own, and each seed another order of the images. Prints a row for each run: accuracy
in each epoch, accuracy and loss on the test set, accuracy on each further set, and seconds from the
start of the program. Ends with the range of each column. With `--epochs 20` it shows that the same
recipe works if it is only given time. `--way float32` and `--way bfloat16` train with
`utils.fast_training()`; `make bench` compares the three ways.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

STARTED = time.monotonic()

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._comparison import Comparison, in_its_own_process, in_turns  # noqa: E402

DATASETS = ROOT / "datasets"
WAYS = ("keras", "float32", "bfloat16")
LEARNED = (0.4, 0.8)
"""Between these, the training accuracy of the second epoch has to lie."""


def main() -> int:
    """Print the table; the exit status is 1 if a run failed."""
    options = _options()
    if options.run is not None:
        print(json.dumps(trained(options)))
        return 0
    rows = []
    for threads in options.threads:
        for seed in range(1, options.seeds + 1):
            row = in_its_own_process(__file__, *sys.argv[1:], "--run", seed, threads=threads)
            if row is None:
                return 1
            rows.append(row)
            print(_line(f"{threads} threads, seed {seed}", row), flush=True)
    if not rows:
        return 1
    for name in rows[0]:
        values = [row[name] for row in rows]
        print(f"  {name}: {min(values):.3f} to {max(values):.3f}")
    return 0


def compared(rounds: int) -> list[Comparison]:
    """Return the comparison of the ways to train for two epochs; empty if a run failed.

    Raises:
        SystemExit: a network learned more or less than it should.
    """
    low, high = LEARNED
    work = (
        "ResNet50 and the 1080 training images of lesson 5, batches of 32; in the second epoch "
        f"each way reads {low:.0%} to {high:.0%} of them"
    )
    seconds = Comparison("Two epochs, from import to the test accuracy", "s", work, WAYS[0])
    failed: list[str] = []

    def measure(way: str) -> None:
        row = in_its_own_process(__file__, "--run", 1, "--way", way)
        if row is None:
            failed.append(way)
        elif row:
            if not low < row["epoch 2"] < high:
                raise SystemExit(f"{way} learned more or less than it should: {row}")
            seconds.add(way, row["seconds"])

    in_turns([*WAYS], rounds, measure)
    return [] if failed else [seconds]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--train", type=Path, default=DATASETS / "train_signs.h5")
    parser.add_argument("--test", type=Path, default=DATASETS / "test_signs.h5")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="further sets to test on")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="*", default=[2])
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--way", choices=WAYS, default=WAYS[0])
    parser.add_argument("--run", type=int, metavar="SEED", help="train once, in this process")
    return parser.parse_args()


def trained(options: argparse.Namespace) -> dict[str, float]:
    """Train once; accuracies by name, the loss on the test set, and the seconds that it took.

    Empty if the processor has no bfloat16 and that was asked for.
    """
    import resnets_utils as utils  # isort: skip - it loads TensorFlow quietly
    import keras
    import numpy as np

    from datasets.renderer.dataset import read_set
    from resnets.training import fast

    if options.way == "bfloat16" and not fast.processor_has_bfloat16():
        return {}
    if options.way != "keras":
        utils.fast_training(bfloat16=options.way == "bfloat16")

    def scaled(path: Path) -> tuple[np.ndarray, np.ndarray]:
        x, y, _ = read_set(path)
        return (x / 255.0).astype("float32"), utils.convert_to_one_hot(y, 6).T

    sets = {path.stem: scaled(path.resolve()) for path in (options.test, *options.also)}
    x, y = scaled(options.train.resolve())
    os.chdir(ROOT / "notebooks" / "solutions")
    network = utils.from_lesson(4, "ResNet50")
    keras.utils.set_random_seed(options.run)
    model = network(input_shape=(64, 64, 3), classes=6)
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=options.epochs, batch_size=32, verbose=0).history
    row = {f"epoch {i}": value for i, value in enumerate(history["accuracy"], start=1)}
    for name, (images, labels) in sets.items():
        loss, accuracy = model.evaluate(images, labels, verbose=0)
        row[name] = accuracy
        if name == options.test.stem:
            row["test loss"] = loss
    return {**row, "seconds": time.monotonic() - STARTED}


def _line(name: str, row: dict[str, float]) -> str:
    return f"{name}: " + ", ".join(f"{column} {value:.3f}" for column, value in row.items())


if __name__ == "__main__":
    sys.exit(main())
