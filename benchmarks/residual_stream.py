"""Train transformers with three kinds of block to sort; lesson 8 shows the results.

    python benchmarks/residual_stream.py                          # what is still missing
    python benchmarks/residual_stream.py --kinds residual --depths 6 --seeds 1
    python benchmarks/residual_stream.py --anew                   # forget the stored results first

Networks and task are those of the solved lesson: 12 numbers to sort, a width of 64, 400 steps. The
kind with the normalisation after the sum is trained with 6 blocks only. All runs take about twenty
minutes on one core. Ends with a table: for each kind of network the share of
right tokens at the end, from the lowest to the highest of its seeds.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._series import Series, options_of, spread  # noqa: E402

SETTINGS = {"sorting": {"tokens": 12, "values": 16, "width": 64, "heads": 4, "steps": 400}}
KINDS = ("residual", "no shortcuts", "norm after the sum")


def main() -> int:
    """Make the runs that are missing, and print the table; the exit status is 1 if one failed."""
    parser = options_of(__doc__)
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=KINDS)
    parser.add_argument("--depths", type=int, nargs="*", default=[6, 12])
    options = parser.parse_args()
    if options.run:
        print(json.dumps([trained(**json.loads(options.run))]))
        return 0
    series = Series(Path(__file__).resolve(), SETTINGS)
    if options.anew:
        series.file.unlink(missing_ok=True)
    groups = [
        {"kind": kind, "depth": depth}
        for depth in options.depths
        for kind in options.kinds
        if (kind, depth) != (KINDS[-1], 12)
    ]
    tasks = [{**group, "seed": seed} for seed in options.seeds for group in groups]
    if not series.complete(tasks, options.most):
        return 1
    for group in groups:
        right = [run["accuracy"][-1] for run in series.runs(group)]
        if right:
            print(f"{group['kind']}, {group['depth']} blocks: {spread(right)}")
    return 0


def trained(kind: str, depth: int, seed: int) -> dict:
    """Train once; the share of right tokens after each 50 steps."""
    import resnets_utils as utils  # isort: skip - it loads TensorFlow quietly

    os.chdir(ROOT / "notebooks" / "solutions")
    transformer = utils.from_lesson(8, "transformer")
    accuracy = utils.train_to_sort(transformer(depth, kind, seed=seed), seed=seed)
    rounded = [round(share, 4) for share in accuracy]
    return {"setting": "sorting", "kind": kind, "depth": depth, "seed": seed, "accuracy": rounded}


if __name__ == "__main__":
    sys.exit(main())
