"""Train the right network of lesson 3's last exercise; the curves are what the lesson shows.

    python benchmarks/debugging.py                # the seeds that are still missing
    python benchmarks/debugging.py --seeds 1 2
    python benchmarks/debugging.py --anew         # forget the stored results first

Network, images and training are those of the solved lesson. Each run has a process and a thread of
its own, and is stored as soon as it is done. Ends with the final training accuracy, from the lowest
to the highest of the seeds.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._series import Series, options_of, spread  # noqa: E402

SETTINGS = {"right": {"optimizer": "Adam", "batch_size": 32, "epochs": 8}}
CURVES = ("loss", "accuracy")


def main() -> int:
    """Make the runs that are missing, and print the range; the exit status is 1 if one failed."""
    options = options_of(__doc__).parse_args()
    if options.run:
        print(json.dumps([trained(**json.loads(options.run))]))
        return 0
    series = Series(Path(__file__).resolve(), SETTINGS)
    if options.anew:
        series.file.unlink(missing_ok=True)
    if not series.complete([{"seed": seed} for seed in options.seeds], options.most):
        return 1
    print("training accuracy", spread([run["accuracy"][-1] for run in series.runs({})]))
    return 0


def trained(seed: int) -> dict:
    """Train once; loss and accuracy on the training images after each epoch."""
    import resnets_utils as utils  # isort: skip - it loads TensorFlow quietly
    import keras

    images, labels, *_ = utils.load_dataset()
    os.chdir(ROOT / "notebooks" / "solutions")
    network, shrink, train = (
        utils.from_lesson(3, name) for name in ("small_resnet", "shrink", "train")
    )
    keras.utils.set_random_seed(seed)
    history = train(network(), shrink(images), labels.ravel())
    curves = {name: [round(value, 4) for value in history[name]] for name in CURVES}
    return {"setting": "right", "seed": seed, **curves}


if __name__ == "__main__":
    sys.exit(main())
