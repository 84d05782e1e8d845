"""Train plain and residual networks of several depths; the results are what lesson 7 shows.

    python benchmarks/degradation.py                          # what is still missing of everything
    python benchmarks/degradation.py --settings narrow --depths 56 --seeds 1 2
    python benchmarks/degradation.py --anew                   # forget the stored results first

Network, data and training are those of the solved lesson. Each run has a process and a thread of
its own, and is stored in resnets/measured/degradation.json as soon as it is done: the program can
be stopped and started again, and two can run at the same time. Ends with a table: for each kind of
network the final training loss, from the lowest to the highest of its seeds. All runs take about an
hour and a half on one core.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._series import Series, options_of, spread  # noqa: E402

ADAM = {"width": 8, "optimizer": "Adam", "epochs": 25, "depths": [32]}
SETTINGS = {
    "narrow": {**ADAM, "learning_rate": 2e-3, "depths": [8, 20, 32, 56]},
    "wide": {**ADAM, "learning_rate": 2e-3, "width": 16},
    "adam-0.0005": {**ADAM, "learning_rate": 5e-4},
    "adam-0.001": {**ADAM, "learning_rate": 1e-3},
    "adam-0.004": {**ADAM, "learning_rate": 4e-3},
    "sgd-0.1": {**ADAM, "learning_rate": 0.1, "optimizer": "SGD"},
}
SERIES = Series(Path(__file__).resolve(), SETTINGS)
CURVES = ("loss", "accuracy", "val_loss", "val_accuracy")


def main() -> int:
    """Make the runs that are missing, and print the table; the exit status is 1 if one failed."""
    parser = options_of(__doc__)
    parser.add_argument("--settings", nargs="*", choices=[*SETTINGS], default=[*SETTINGS])
    parser.add_argument("--depths", type=int, nargs="*", help="usually those of the setting")
    parser.add_argument("--kinds", nargs="*", default=["plain", "residual"])
    options = parser.parse_args()
    if options.run:
        task = json.loads(options.run)
        print(json.dumps([{**task, **trained(**task)}]))
        return 0
    if options.anew:
        SERIES.file.unlink(missing_ok=True)
    tasks = [
        {"setting": setting, "depth": depth, "kind": kind, "seed": seed}
        for setting in options.settings
        for seed in options.seeds
        for depth in options.depths or SETTINGS[setting]["depths"]
        for kind in options.kinds
    ]
    if not SERIES.complete(tasks, options.most):
        return 1
    for task in tasks:
        if task["seed"] == options.seeds[0]:
            network = {name: value for name, value in task.items() if name != "seed"}
            if losses := [run["loss"][-1] for run in SERIES.runs(network)]:
                print(*network.values(), "training loss", spread(losses))
    return 0


def trained(setting: str, depth: int, kind: str, seed: int) -> dict[str, list[float]]:
    """Train once; loss and accuracy on training and test images after each epoch."""
    how = SETTINGS[setting]
    import resnets_utils as utils  # isort: skip - it loads TensorFlow quietly
    import keras

    X, Y, X_test, Y_test, _ = utils.load_dataset()
    os.chdir(ROOT / "notebooks" / "solutions")
    shrink, network, train = (utils.from_lesson(7, n) for n in ("shrink", "network", "train"))
    Y, Y_test = (utils.convert_to_one_hot(labels, 6).T for labels in (Y, Y_test))
    model = network(depth, kind == "residual", width=how["width"], seed=seed)
    history = train(
        model,
        shrink(X),
        Y,
        (shrink(X_test), Y_test),
        epochs=how["epochs"],
        optimizer=_optimizer(keras.optimizers, **how),
    )
    return {name: [round(value, 4) for value in history[name]] for name in CURVES}


def _optimizer(optimizers, optimizer: str, learning_rate: float, **_):
    """SGD gets He et al.'s momentum of 0.9."""
    options = {"momentum": 0.9} if optimizer == "SGD" else {}
    return getattr(optimizers, optimizer)(learning_rate, **options)


if __name__ == "__main__":
    sys.exit(main())
