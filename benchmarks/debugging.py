"""Train the right network of lesson 3's last exercise; the curves are what the lesson shows.

    python benchmarks/debugging.py                # the seeds that are still missing
    python benchmarks/debugging.py --seeds 1 2
    python benchmarks/debugging.py --anew         # forget the stored results first

Network, images and training are those of the solved lesson. Each run has a process of its own, and
is stored in resnets/measured/debugging.json as soon as it is done. Ends with the final training
accuracy, from the lowest to the highest of the seeds.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
STORED = ROOT / "resnets" / "measured" / "debugging.json"
SETTING = "right"
CURVES = ("loss", "accuracy")


def main() -> int:
    """Make the runs that are missing, and print the range; the exit status is 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3, 4, 5])
    parser.add_argument("--anew", action="store_true", help="forget the stored results first")
    parser.add_argument("--run", type=int, metavar="SEED")
    options = parser.parse_args()
    if options.run is not None:
        print(json.dumps(trained(options.run)))
        return 0
    runs = [] if options.anew or not STORED.exists() else json.loads(STORED.read_text())["runs"]
    for seed in options.seeds:
        if seed not in [run["seed"] for run in runs]:
            curves = _in_its_own_process(seed)
            if curves is None:
                return 1
            runs = sorted([*runs, {"setting": SETTING, "seed": seed, **curves}], key=_seed)
            _store(runs)
    last = [run["accuracy"][-1] for run in runs]
    print(f"training accuracy {min(last):.3f} to {max(last):.3f} ({len(last)} runs)")
    return 0


def trained(seed: int) -> dict[str, list[float]]:
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
    return {name: [round(value, 4) for value in history[name]] for name in CURVES}


def _seed(run: dict) -> int:
    return run["seed"]


def _in_its_own_process(seed: int) -> dict[str, list[float]] | None:
    done = subprocess.run(
        [sys.executable, __file__, "--run", str(seed)],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        print(done.stderr[-2000:], file=sys.stderr)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def _store(runs: list[dict]) -> None:
    about = {
        "script": "benchmarks/debugging.py",
        "machine": f"{platform.system()}, {platform.machine()}, Keras {version('keras')}",
        "date": f"{datetime.date.today():%Y-%m-%d}",
        "settings": {SETTING: {"optimizer": "Adam", "batch_size": 32, "epochs": 8}},
    }
    lines = ",\n".join(map(json.dumps, runs))
    text = f'{json.dumps(about)[:-1]}, "runs": [\n{lines}\n]}}\n'
    STORED.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
