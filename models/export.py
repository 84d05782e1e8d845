"""Turns a training run into the model file of the course.

    python -m models.export RUN_FOLDER... CALIBRATION_SET.h5 models/ResNet50.h5

The averaged weights go into the lessons' ResNet50; those of several narrower networks go side by
side. A temperature, fitted on rendered images that the run has not seen, divides the last layer's
weights, so that the model's probabilities are right about as often as they say (Guo et al. 2017).
Kernels are stored as float16 with gzip and shuffle, vectors as float32, without an optimizer.
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


def side_by_side(networks: list[list[np.ndarray]], model: keras.Model) -> None:
    """Give `model` the weights of narrower networks, each in channels of its own.

    No network reads another one's channels. They share the input, and the last layer's outputs
    are the mean of theirs. Channels that are left over stay silent: zero kernels, and a BatchNorm
    whose output is 0. For a single network with all channels this is `set_weights`.

    Args:
        networks: the weights of each, in the order of `model.get_weights()`.
        model: the full network.

    Raises:
        ValueError: the weights are not those of networks of this kind, or need more channels.
    """
    wide = []
    for variable, *given in zip(model.weights, *networks, strict=True):
        shape, (layer, name) = tuple(variable.shape), variable.path.split("/")[-2:]
        if any(array.ndim != len(shape) for array in given):
            raise ValueError(f"{variable.path}: expected shape {shape}, got {given[0].shape}")
        shared = [{array.shape[axis] for array in given} == {n} for axis, n in enumerate(shape)]
        if shared[-1] and layer != LAST and len(given) > 1:
            raise ValueError(f"{variable.path}: {len(given)} networks have all channels")
        full = np.full(shape, 1.0 if name == "moving_variance" else 0.0, np.float32)
        if all(shared):
            full[:] = np.mean(given, axis=0)
        else:
            _fill_in(full, [a / len(given) if shared[-1] else a for a in given], shared)
        wide.append(full)
    model.set_weights(wide)


def _fill_in(full: np.ndarray, blocks: list[np.ndarray], shared: list[bool]) -> None:
    """Write blocks along the diagonal of `full`; along a shared axis, all of them start at 0."""
    start = [0] * full.ndim
    for block in blocks:
        stop = [at + size for at, size in zip(start, block.shape, strict=True)]
        region = tuple(map(slice, start, stop))
        if full[region].shape != block.shape:
            raise ValueError(f"channels up to {stop} are needed, but the network has {full.shape}")
        full[region] = block
        start = [0 if both else end for both, end in zip(shared, stop, strict=True)]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of (N, classes) logits."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the smallest cross-entropy, between 0.2 and 5 (grid search)."""
    grid = np.exp(np.linspace(np.log(0.2), np.log(5.0), 321))
    rows = np.arange(len(labels))
    losses = [-np.log(softmax(logits / t)[rows, labels] + 1e-12).mean() for t in grid]
    return float(grid[int(np.argmin(losses))])


def logits_of(model: keras.Model, x: np.ndarray) -> np.ndarray:
    """What the last layer computes before its softmax, up to a constant for each image."""
    return np.log(model.predict(x.astype(np.float32) / 255.0, batch_size=60, verbose=0) + 1e-12)


def write_compact(model: keras.Model, path: Path) -> None:
    """Save as HDF5 with float16 kernels, gzip and shuffle; `load_model` can read it."""
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
    """Export, and print what came out."""
    model = resnet50()
    networks = []
    for folder in args.folders:
        weights, steps, seen = averaged_weights(Path(folder))
        networks.append(weights)
        print(f"{folder}: {steps} steps, {seen} images seen")
    side_by_side(networks, model)
    x, y, _ = read_set(args.calibration)
    temperature = fit_temperature(logits_of(model, x), y)
    kernel, bias = model.get_layer(LAST).get_weights()
    model.get_layer(LAST).set_weights([kernel / temperature, bias / temperature])
    out = Path(args.out)
    write_compact(model, out)
    loaded = keras.models.load_model(out, compile=False)
    sample = x[:60].astype(np.float32) / 255.0
    change = np.abs(loaded.predict(sample, verbose=0) - model.predict(sample, verbose=0)).max()
    print(f"temperature {temperature:.3f}")
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB; float16 moved a probability by {change:.1e}")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m models.export", description=__doc__)
    p.add_argument("folders", nargs="+", help="run folders of models.train")
    p.add_argument("calibration", help="rendered set for the temperature, not trained on")
    p.add_argument("out", help="file to write, such as models/ResNet50.h5")
    return p


if __name__ == "__main__":
    run(parser().parse_args())
