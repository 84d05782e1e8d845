"""The time of a training step of lesson 5's ResNet50, and of its first one, in four ways.

    python benchmarks/training_step.py [--rounds 3] [--steps 12]

- keras: as Keras does it, which creates the variables of optimizer and metrics in the first step.
- built first: these variables exist before, as after `utils.estimate_training`.
- float32: with `utils.fast_training()` too, but no bfloat16.
- bfloat16: with all that `utils.fast_training()` does here; left out if the processor has none.

Each run has a process of its own, and the ways take turns, so that other work on the machine meets
all of them. Prints medians and their ratio to the first way. All ways must have the same number of
weights, and the same loss in the first step within 1 % (bfloat16: 5 %); otherwise the status is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
WAYS = ("keras", "built first", "float32", "bfloat16")
BATCH = 32


def main() -> int:
    """Print a line for each way; the exit status is 1 if a run failed or did other work."""
    options = _options()
    if options.run:
        print(json.dumps(measured(options.run, options.steps)))
        return 0
    runs: dict[str, list[dict]] = {way: [] for way in WAYS}
    for number in range(options.rounds):
        for way in WAYS if number % 2 == 0 else reversed(WAYS):
            if (run := _in_its_own_process(way, options.steps)) is not None:
                runs[way].append(run)
    if not all(runs[way] for way in WAYS[:3]):
        return 1
    medians = {
        way: {name: statistics.median(run[name] for run in done) for name in done[0]}
        for way, done in runs.items()
        if done
    }
    plain = medians["keras"]
    for way, median in medians.items():
        step, first = (median[name] / plain[name] for name in ("step", "first"))
        print(
            f"{way:12} a step {median['step']:.2f} s, {step:.2f} of keras; "
            f"the first step {median['first']:.1f} s, {first:.2f} of keras; "
            f"loss {median['loss']:.3f}, {median['weights']:,.0f} weights"
        )
    return int(any(not _same_work(way, median, plain) for way, median in medians.items()))


def _same_work(way: str, median: dict, plain: dict) -> bool:
    within = 0.05 if way == "bfloat16" else 0.01
    same_loss = abs(median["loss"] - plain["loss"]) <= within * plain["loss"]
    return same_loss and median["weights"] == plain["weights"]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="runs of each way (default: 3)")
    parser.add_argument("--steps", type=int, default=12, help="steps of each run (default: 12)")
    parser.add_argument("--run", choices=WAYS, help="measure once, in this process")
    return parser.parse_args()


def _in_its_own_process(way: str, steps: int) -> dict | None:
    command = [sys.executable, __file__, "--run", way, "--steps", str(steps)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        print(f"{way}: {done.stderr[-1000:]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def measured(way: str, steps: int) -> dict[str, float]:
    """Train for some steps; seconds of a step and of the first, its loss, number of weights."""
    import resnets_utils as utils  # isort: skip - it loads TensorFlow quietly
    import keras

    from resnets.training import estimates, fast

    os.chdir(ROOT / "notebooks" / "solutions")
    if way == "bfloat16" and not fast.processor_has_bfloat16():
        raise SystemExit("this processor has no bfloat16")
    if way in ("float32", "bfloat16"):
        utils.fast_training(bfloat16=way == "bfloat16")
    X, Y, *_ = utils.load_dataset()
    X = (X[: steps * BATCH] / 255).astype("float32")
    Y = utils.convert_to_one_hot(Y[:, : steps * BATCH], 6).T
    network = utils.from_lesson(4, "ResNet50")
    keras.utils.set_random_seed(1)
    model = network(input_shape=(64, 64, 3), classes=6)
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
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
        "weights": model.count_params(),
    }


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
