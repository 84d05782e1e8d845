"""Turns a training run into the file the course ships.

    python -m models.export RUN_FOLDER CALIBRATION_SET.h5 models/ResNet50.h5

The averaged weights go into the lessons' ResNet50. One temperature, fitted on rendered pictures the
run has not seen, divides the last layer's weights, so that the probabilities the model shows are
right about as often as they say (Guo et al. 2017). Kernels are stored as float16 with gzip and
shuffle, vectors as float32, and no optimizer.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402

from datasets.renderer.dataset import read_set  # noqa: E402

from .checkpoints import averaged_weights  # noqa: E402
from .networks import resnet50  # noqa: E402

LAST = "fc6"


def widen(weights: list[np.ndarray], model: keras.Model) -> None:
    """Give `model` the weights of a network with a part of its channels; the rest stays silent.

    Silent channels have zero kernels and a BatchNorm that answers 0, so that the wide network
    computes what the narrow one does. With all channels given this is `set_weights`.

    Raises:
        ValueError: the weights are not those of a network of this kind.
    """
    wide = []
    for variable, given in zip(model.weights, weights, strict=True):
        if given.ndim != len(variable.shape):
            raise ValueError(f"{variable.path}: expected shape {variable.shape}, got {given.shape}")
        silent = 1.0 if variable.path.endswith("moving_variance") else 0.0
        full = np.full(variable.shape, silent, np.float32)
        full[tuple(slice(0, n) for n in given.shape)] = given
        wide.append(full)
    model.set_weights(wide)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of (N, classes) logits."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the smallest cross-entropy, between 0.2 and 5 (a fine grid search)."""
    grid = np.exp(np.linspace(np.log(0.2), np.log(5.0), 321))
    rows = np.arange(len(labels))
    losses = [-np.log(softmax(logits / t)[rows, labels] + 1e-12).mean() for t in grid]
    return float(grid[int(np.argmin(losses))])


def logits_of(model: keras.Model, x: np.ndarray) -> np.ndarray:
    """What the last layer computes before its softmax, up to a constant a picture."""
    return np.log(model.predict(x.astype(np.float32) / 255.0, batch_size=60, verbose=0) + 1e-12)


def write_compact(model: keras.Model, path: Path) -> None:
    """Save as HDF5 with float16 kernels, gzip and shuffle; `load_model` reads it as it is."""
    full = path.with_suffix(".full.h5")
    model.save(full, include_optimizer=False)

    def copy(source: h5py.Group, target: h5py.Group) -> None:
        for name, value in source.attrs.items():
            target.attrs[name] = value
        for name, item in source.items():
            if isinstance(item, h5py.Group):
                copy(item, target.create_group(name))
                continue
            data = item[()]
            if data.ndim >= 2:
                target.create_dataset(
                    name, data=data.astype(np.float16), compression="gzip",
                    compression_opts=9, shuffle=True,
                )  # fmt: skip
            else:
                target.create_dataset(name, data=data)

    with h5py.File(full, "r") as source, h5py.File(path, "w") as target:
        copy(source, target)
    full.unlink()


def run(args: argparse.Namespace) -> None:
    """Export, and say what came out."""
    weights, steps, seen = averaged_weights(Path(args.folder))
    model = resnet50()
    widen(weights, model)
    x, y, _ = read_set(args.calibration)
    temperature = fit_temperature(logits_of(model, x), y)
    kernel, bias = model.get_layer(LAST).get_weights()
    model.get_layer(LAST).set_weights([kernel / temperature, bias / temperature])
    out = Path(args.out)
    write_compact(model, out)
    loaded = keras.models.load_model(out, compile=False)
    sample = x[:60].astype(np.float32) / 255.0
    change = np.abs(loaded.predict(sample, verbose=0) - model.predict(sample, verbose=0)).max()
    print(f"{steps} steps, {seen} pictures seen; temperature {temperature:.3f}")
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB; float16 moved a probability by {change:.1e}")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m models.export", description=__doc__)
    p.add_argument("folder", help="run folder of models.train")
    p.add_argument("calibration", help="rendered set for the temperature, not trained on")
    p.add_argument("out", help="file to write, such as models/ResNet50.h5")
    return p


if __name__ == "__main__":
    run(parser().parse_args())
