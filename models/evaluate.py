"""Measures a trained model; the numbers in the model card come from this command.

    python -m models.evaluate [SET.h5 ...] [--model models/ResNet50.h5] [--latency]

Each set is a SIGNS-format file (or one with `x` and `y`): the course's three test sets by default,
other rendered sets, or real photographs. For a set with recorded attributes, accuracy is also given
by skin tone, hand, side, roll, background and what is covered.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras  # noqa: E402
import numpy as np  # noqa: E402

from datasets.renderer.dataset import read_set  # noqa: E402
from resnets.data import CLASSES  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
BINS = 10
TESTS = ("test_signs", "new_people", "other_rooms")


def calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Expected calibration error over 10 equal bins of confidence (Guo et al. 2017)."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    error = 0.0
    for number in range(BINS):
        inside = bins == number
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return float(error)


def confusion(labels: np.ndarray, guesses: np.ndarray) -> np.ndarray:
    """Counts (6, 6): rows are the signs shown, columns the signs read."""
    table = np.zeros((CLASSES, CLASSES), np.int64)
    np.add.at(table, (labels, guesses), 1)
    return table


def slices(columns: dict[str, np.ndarray]) -> Iterator[tuple[str, str, np.ndarray]]:
    """Named parts of a rendered set, as (attribute, value, mask)."""
    if not columns:
        return
    bands = np.minimum((columns["tone"] * 5).astype(int), 4)
    for band in range(5):
        yield "skin tone", f"band {band + 1} of 5 (1 darkest)", bands == band
    for name, yes, no in (("left", "left hand", "right hand"), ("back", "back", "palm")):
        yield "hand", yes, columns[name].astype(bool)
        yield "hand", no, ~columns[name].astype(bool)
    roll = np.abs(columns["roll"])
    for low, high in ((0, 15), (15, 45), (45, 181)):
        label = f"{low} to {high} degrees" if high < 180 else f"{low} degrees or more"
        yield "roll", label, (roll >= low) & (roll < high)
    for kind in np.unique(columns["background"]):
        yield "background", str(kind), columns["background"] == kind
    for kind in np.unique(columns["worn"]):
        yield "worn", str(kind), columns["worn"] == kind
    if "covered" in columns:
        covered = columns["covered"].astype(bool)
        yield "covered", "partly", covered
        yield "covered", "no", ~covered


def evaluate(model: keras.Model, path: Path | str) -> dict:
    """Accuracy, loss, calibration, confusion matrix and slices of the model on a file."""
    x, y, columns = read_set(path)
    probabilities = model.predict(x.astype(np.float32) / 255.0, batch_size=60, verbose=0)
    guesses = probabilities.argmax(axis=1)
    right = guesses == y
    return {
        "count": len(y),
        "accuracy": float(right.mean()),
        "loss": float(-np.log(probabilities[np.arange(len(y)), y] + 1e-12).mean()),
        "calibration_error": calibration_error(probabilities, y),
        "confidence": float(probabilities.max(axis=1).mean()),
        "confusion": confusion(y, guesses),
        "slices": [
            (name, value, int(mask.sum()), float(right[mask].mean()))
            for name, value, mask in slices(columns)
            if mask.any()
        ],
    }


def report(name: str, results: dict) -> str:
    """The results of `evaluate` as Markdown."""
    lines = [
        f"### {name}",
        "",
        f"{results['count']} images: accuracy {results['accuracy']:.4f}, "
        f"cross-entropy {results['loss']:.3f}, expected calibration error "
        f"{results['calibration_error']:.3f} (mean confidence {results['confidence']:.3f})",
        "",
        "| sign | read 0 | 1 | 2 | 3 | 4 | 5 | accuracy |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for sign, row in enumerate(results["confusion"]):
        share = row[sign] / row.sum() if row.sum() else float("nan")
        lines.append(f"| {sign} | " + " | ".join(map(str, row)) + f" | {share:.3f} |")
    if results["slices"]:
        lines += ["", "| part | | images | accuracy |", "|---|---|---|---|"]
        lines += [f"| {a} | {b} | {n} | {share:.3f} |" for a, b, n, share in results["slices"]]
    return "\n".join(lines)


def latency(model: keras.Model, repeats: int = 20) -> float:
    """Median seconds of a prediction for a single image."""
    x = np.zeros((1, 64, 64, 3), np.float32)
    model.predict_on_batch(x)
    durations = []
    for _ in range(repeats):
        began = time.perf_counter()
        model.predict_on_batch(x)
        durations.append(time.perf_counter() - began)
    return float(np.median(durations))


def run(args: argparse.Namespace) -> None:
    """Print the report for every set."""
    if args.latency:  # one core: before TensorFlow has started its threads
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    model = keras.models.load_model(args.model, compile=False)
    if args.latency:
        print(f"one image on one core: {latency(model) * 1000:.0f} ms (median of 20)")
    for path in args.sets:
        print(report(Path(path).name, evaluate(model, path)), end="\n\n")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m models.evaluate", description=__doc__)
    p.add_argument("sets", nargs="*", default=[ROOT / "datasets" / f"{name}.h5" for name in TESTS])
    p.add_argument("--model", default=ROOT / "models" / "ResNet50.h5")
    p.add_argument("--latency", action="store_true", help="time single predictions on one core")
    return p


if __name__ == "__main__":
    run(parser().parse_args())
