"""Adapt a network of the classroom to other rooms in three ways; lesson 8 shows the results.

    python benchmarks/borrowed_weights.py                   # what is still missing of everything
    python benchmarks/borrowed_weights.py --seeds 1 --most 1
    python benchmarks/borrowed_weights.py --anew            # forget the stored results first

For each seed, the lesson's small network is trained on images of the classroom with lesson 5's four
changes. Its weights are then frozen, fine-tuned or left aside, with 5, 10 and 20 images of each
class from other rooms, 170 steps each; 20 others of each class judge. All runs take about twenty
minutes on one core. Ends with a table: for each way the accuracy from the lowest to the highest of
the seeds.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._series import Series, options_of, spread  # noqa: E402

SETTINGS = {"rooms": {"steps": 170, "judged by": "20 images of each class"}}
COUNTS = (5, 10, 20)
MODES = ("from nothing", "frozen", "fine-tuned")


def main() -> int:
    """Make the runs that are missing, and print the table; the exit status is 1 if one failed."""
    options = options_of(__doc__).parse_args()
    if options.run:
        print(json.dumps(adapted_all(**json.loads(options.run))))
        return 0
    series = Series(Path(__file__).resolve(), SETTINGS)
    if options.anew:
        series.file.unlink(missing_ok=True)
    if not series.complete([{"seed": seed} for seed in options.seeds], options.most):
        return 1
    for mode in ("as it came", *MODES):
        for count in COUNTS if mode in MODES else (0,):
            values = [
                run["other_rooms"][-1] for run in series.runs({"mode": mode, "images": count})
            ]
            if values:
                print(f"{mode}, {count} images of each class: {spread(values)}")
    return 0


def adapted_all(seed: int) -> list[dict]:
    """Train a network on the classroom and adapt it in all ways; a run for each."""
    import resnets_utils as utils  # isort: skip - it loads TensorFlow quietly

    X_orig, Y_orig, *_ = utils.load_dataset()
    X_rooms, Y_rooms = utils.load_test_set("other_rooms")
    os.chdir(ROOT / "notebooks" / "solutions")
    needed = ("first_of_each", "network", "start_as_shortcuts", "train", "accuracy")
    first_of_each, network, start_as_shortcuts, train, accuracy = (
        utils.from_lesson(8, name) for name in needed
    )
    divided, adapted = utils.from_lesson(8, "divided"), utils.from_lesson(8, "adapted")
    source = network(seed=seed)
    start_as_shortcuts(source)
    train(source, *first_of_each(X_orig, Y_orig, 30), True)

    def run(mode: str, count: int, model, judge) -> dict:
        history = model.history.history["loss"] if mode in MODES else []
        share = round(accuracy(model, X_rooms[judge], Y_rooms[:, judge]), 4)
        which = {"setting": "rooms", "mode": mode, "images": count, "seed": seed}
        return {**which, "loss": [round(loss, 4) for loss in history], "other_rooms": [share]}

    _, judge = divided(Y_rooms, 0, seed)
    runs = [run("as it came", 0, source, judge)]
    for count in COUNTS:
        places, judge = divided(Y_rooms, count, seed)
        for mode in MODES:
            model = adapted(source, mode, X_rooms[places], Y_rooms[:, places], seed)
            runs.append(run(mode, count, model, judge))
    return runs


if __name__ == "__main__":
    sys.exit(main())
