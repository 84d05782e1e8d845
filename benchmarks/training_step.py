"""A training step of lesson 5's ResNet50, and the first one, in several ways.

    python benchmarks/training_step.py [--rounds 3] [--steps 12] [--torch PYTHON]

- keras: as Keras does it, which creates the variables of optimizer and metrics in the first step.
- built first: these variables exist before, as after `utils.estimate_training`.
- float32: with `utils.fast_training()` too, but no bfloat16.
- bfloat16: with all that `utils.fast_training()` does here; left out if the processor has none.
- pytorch, pytorch bfloat16: the same network in PyTorch, with the same weights at the start and the
  same batches; left out if there is no PyTorch (`--torch` names a Python that has it).

Each run has a process of its own, and the ways take turns. Also compares the float32 step with
matrix products of as many GFLOP on this machine. All ways must have the same number of trainable
weights, and the same loss in the first step within 1 % (bfloat16: 5 %); otherwise it stops.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._comparison import (  # noqa: E402
    Comparison,
    has_module,
    in_its_own_process,
    in_turns,
)

KERAS = ("keras", "built first", "float32", "bfloat16")
TORCH = ("pytorch", "pytorch bfloat16")
BATCH = 32
GFLOP = 58.55  # of a step: three times the multiplications and additions of a forward pass
_MATRIX = 3000


def main() -> int:
    """Print the comparisons; the exit status is 1 if a run failed or did other work."""
    options = _options()
    if options.run:
        print(json.dumps(measured(options.run, options.steps)))
        return 0
    if options.start:
        _write_start(options.start, options.steps)
        print("{}")
        return 0
    comparisons = compared(options.rounds, options.steps, options.torch)
    print(*comparisons, sep="\n")
    return int(not comparisons)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="runs of each way (default: 3)")
    parser.add_argument("--steps", type=int, default=12, help="steps of each run (default: 12)")
    parser.add_argument("--torch", default=sys.executable, help="a Python that has PyTorch")
    parser.add_argument("--run", choices=KERAS, help="measure once, in this process")
    parser.add_argument("--start", type=Path, help="write the weights and images for PyTorch")
    return parser.parse_args()


def compared(rounds: int, steps: int = 12, torch: str = sys.executable) -> list[Comparison]:
    """Return the comparisons of a step, of the first step, and with matrix products.

    Empty if a way that must be there failed, or if a way did other work than Keras.
    """
    work = f"ResNet50 on {BATCH} images of 64x64; equal losses and weights were checked"
    step = Comparison("A training step", "s", work, "keras")
    first = Comparison("The first training step", "s", f"{work}; it builds the graph", "keras")
    share = Comparison(
        "A step in float32, against matrix products",
        "s",
        f"{GFLOP} GFLOP, as a step of ResNet50 and as products of {_MATRIX}x{_MATRIX} matrices",
        "matrix products",
    )
    plain: dict[str, float] = {}
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        start = Path(folder) / "start.npz"
        made = in_its_own_process(__file__, "--start", start, "--steps", steps)
        with_torch = made is not None and has_module(torch, "torch")

        def measure(way: str) -> None:
            if way in TORCH:
                script = Path(__file__).with_name("_torch_step.py")
                flags = ["--bfloat16"] if way == TORCH[1] else []
                run = in_its_own_process(script, start, "--steps", steps, *flags, python=torch)
            else:
                run = in_its_own_process(__file__, "--run", way, "--steps", steps)
            if run is None or "left out" in run:
                failed.append(way)
                return
            plain.update(plain or run)
            if not _same_work(way, run, plain):
                raise SystemExit(f"{way} did other work than Keras: {run}, {plain}")
            step.add(way, run["step"])
            first.add(way, run["first"])
            if way == "float32":
                share.add("matrix products", run["products"])
                share.add("a step", run["step"])

        in_turns([*KERAS, *(TORCH if with_torch else ())], rounds, measure)
    return [] if set(failed) & set(KERAS[:3]) else [step, first, share]


def _same_work(way: str, run: dict, plain: dict) -> bool:
    within = 0.05 if "bfloat16" in way else 0.01
    same_loss = abs(run["loss"] - plain["loss"]) <= within * plain["loss"]
    return same_loss and run["weights"] == plain["weights"]


def _model_and_data(steps: int):
    """Return the compiled model and the batches of some steps; seeds are the same everywhere."""
    import resnets_utils as utils  # isort: skip - it loads TensorFlow quietly
    import keras

    os.chdir(ROOT / "notebooks" / "solutions")
    X, Y, *_ = utils.load_dataset()
    X = (X[: steps * BATCH] / 255).astype("float32")
    Y = utils.convert_to_one_hot(Y[:, : steps * BATCH], 6).T
    keras.utils.set_random_seed(1)
    model = utils.from_lesson(4, "ResNet50")(input_shape=(64, 64, 3), classes=6)
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model, X, Y


def _write_start(path: Path, steps: int) -> None:
    import numpy as np

    model, X, Y = _model_and_data(steps)
    weights = {
        f"{layer.name}/{weight.name}": weight.numpy()
        for layer in model.layers
        for weight in layer.weights
    }
    np.savez(path, images=X, labels=Y.argmax(axis=1), **weights)


def measured(way: str, steps: int) -> dict[str, float]:
    """Train for some steps; seconds of a step and of the first, its loss, number of weights."""
    import resnets_utils as utils  # isort: skip - it loads TensorFlow quietly

    from resnets.training import estimates, fast

    if way == "bfloat16" and not fast.processor_has_bfloat16():
        return {"left out": "this processor has no bfloat16"}
    if way in ("float32", "bfloat16"):
        utils.fast_training(bfloat16=way == "bfloat16")
    model, X, Y = _model_and_data(steps)
    clock = _clock()
    if way != "keras":
        estimates.create_variables(model, X, Y)
    model.fit(X, Y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[clock])
    # The second step still allocates memory.
    later = [after - before for before, after in zip(clock.ends[2:], clock.ends[3:], strict=False)]
    return {
        "step": statistics.median(later),
        "first": clock.ends[1] - clock.ends[0],
        "loss": clock.first_loss,
        "weights": sum(weight.numpy().size for weight in model.trainable_weights),
        "products": _seconds_of_products() if way == "float32" else None,
    }


def _seconds_of_products() -> float:
    """Return the seconds that the machine takes for a step's GFLOP in float32 matrix products."""
    import tensorflow as tf

    a = tf.random.normal((_MATRIX, _MATRIX))
    seconds = []
    for _ in range(5):
        started = time.monotonic()
        tf.linalg.matmul(a, a).numpy()
        seconds.append(time.monotonic() - started)
    return statistics.median(seconds) * GFLOP * 1e9 / (2 * _MATRIX**3)


def _clock():
    """A callback that notes when the training begins and when each step ends."""
    import keras

    class Clock(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.ends = [time.monotonic()]

        def on_train_batch_end(self, batch, logs=None):
            self.ends.append(time.monotonic())
            if batch == 0:
                self.first_loss = float(logs["loss"])

    return Clock()


if __name__ == "__main__":
    sys.exit(main())
