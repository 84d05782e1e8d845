"""Train a small network with two recipes and two architectures; lesson 8 shows the results.

    python benchmarks/recipe_architecture.py                   # what is still missing of everything
    python benchmarks/recipe_architecture.py --seeds 1 2 --most 3  # at most three trainings
    python benchmarks/recipe_architecture.py --anew            # forget the stored results first

Network, images and training are those of the solved lesson: 180 images of the classroom, 340 steps.
All runs take about twenty minutes on one core. Ends with a table: for each recipe and architecture
the accuracy on new people and in other rooms, from the lowest to the highest of its seeds.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._series import Series, options_of, spread  # noqa: E402

SETTINGS = {"classroom": {"images of each class": 30, "steps": 340, "rate": 2e-3}}
SETS = ("new_people", "other_rooms")
RECIPES = ("plain", "four changes")
GATES = ("none", "se_block")


def main() -> int:
    """Make the runs that are missing, and print the table; the exit status is 1 if one failed."""
    options = options_of(__doc__).parse_args()
    if options.run:
        print(json.dumps([trained(**json.loads(options.run))]))
        return 0
    series = Series(Path(__file__).resolve(), SETTINGS)
    if options.anew:
        series.file.unlink(missing_ok=True)
    kinds = [
        {"setting": "classroom", "recipe": recipe, "gate": gate}
        for recipe in RECIPES
        for gate in GATES
    ]
    tasks = [{**kind, "seed": seed} for seed in options.seeds for kind in kinds]
    if not series.complete(tasks, options.most):
        return 1
    for kind in kinds:
        runs = series.runs(kind)
        for name in SETS if runs else ():
            values = [run[name][-1] for run in runs]
            print(f"{kind['recipe']}, {kind['gate']}, {name}: {spread(values)}")
    return 0


def trained(setting: str, recipe: str, gate: str, seed: int) -> dict:
    """Train once; the losses of all epochs, and the accuracy at the end on each test set."""
    import resnets_utils as utils  # isort: skip - it loads TensorFlow quietly

    X_orig, Y_orig, *_ = utils.load_dataset()
    os.chdir(ROOT / "notebooks" / "solutions")
    needed = ("first_of_each", "network", "start_as_shortcuts", "train", "accuracy", "se_block")
    first_of_each, network, start_as_shortcuts, train, accuracy, se_block = (
        utils.from_lesson(8, name) for name in needed
    )
    model = network(se_block if gate == "se_block" else None, seed)
    if recipe == "four changes":
        start_as_shortcuts(model)
    images = first_of_each(X_orig, Y_orig, SETTINGS[setting]["images of each class"])
    history = train(model, *images, recipe == "four changes")
    result = {"setting": setting, "recipe": recipe, "gate": gate, "seed": seed}
    result["loss"] = [round(value, 4) for value in history["loss"]]
    for name in SETS:
        result[name] = [round(accuracy(model, *utils.load_test_set(name)), 4)]
    return result


if __name__ == "__main__":
    sys.exit(main())
