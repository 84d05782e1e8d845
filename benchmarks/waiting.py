"""How long a learner waits: for the course's modules, for a check, and for the live hand's answer.

    python benchmarks/waiting.py [--rounds 3]

Compares the import of `resnets_utils` with that of TensorFlow and Keras alone, and the checks of
the blocks and of ResNet50 with the time that the learner's own function takes to build one, and the
two ways to answer an image with probabilities and Grad-CAM. Each round has a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks._comparison import Comparison, in_its_own_process, in_turns  # noqa: E402

IMPORTS = ("tensorflow and keras", "resnets_utils")
LIVE = "live hand"
TWO_CALLS, ONE_FUNCTION = "predict, then Grad-CAM", "one compiled function"
IMAGES = 30
CHECKED = {
    "identity_block": (2, (15, 15, 256), {"f": 3, "filters": [64, 64, 256]}),
    "convolutional_block": (3, (15, 15, 64), {"f": 3, "filters": [64, 64, 256]}),
    "ResNet50": (4, None, {"input_shape": (64, 64, 3), "classes": 6}),
}


def main() -> int:
    """Print the comparisons; the exit status is 1 if a run failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--run", choices=[*IMPORTS, *CHECKED, LIVE], help="measure once, here")
    options = parser.parse_args()
    if options.run:
        print(json.dumps(measured(options.run)))
        return 0
    comparisons = compared(options.rounds)
    print(*comparisons, sep="\n")
    return int(not comparisons)


def compared(rounds: int) -> list[Comparison]:
    """Return the comparisons of imports and checks; empty if a run failed."""
    imports = Comparison("Import", "s", "in a new process", IMPORTS[0])
    checks = {
        name: Comparison(
            f"The check of {name}", "s", "passes; not the first in its kernel", "build"
        )
        for name in CHECKED
    }
    live = Comparison("An image of the live hand", "s", "equal probabilities and maps", TWO_CALLS)
    failed: list[str] = []

    def measure(way: str) -> None:
        run = in_its_own_process(__file__, "--run", way)
        if run is None:
            failed.append(way)
        elif way in IMPORTS:
            imports.add(way, run["import"])
        else:
            for name, seconds in run.items():
                (live if way == LIVE else checks[way]).add(name, seconds)

    in_turns([*IMPORTS, *CHECKED, LIVE], rounds, measure)
    return [] if failed else [imports, *checks.values(), live]


def measured(what: str) -> dict[str, float]:
    """Measure one of the things in this process; seconds by name."""
    if what == LIVE:
        return answered()
    return imported(what) if what in IMPORTS else checked(what)


def imported(what: str) -> dict[str, float]:
    """Import in this process; the seconds that it takes."""
    started = time.monotonic()
    if what == "resnets_utils":
        import resnets_utils  # noqa: F401
    else:
        import keras  # noqa: F401
        import tensorflow  # noqa: F401
    return {"import": time.monotonic() - started}


def checked(exercise: str) -> dict[str, float]:
    """Build with the solved lesson's function and check it; the seconds of the second time each."""
    import resnets_utils as utils  # isort: skip - it loads TensorFlow quietly
    import keras

    from resnets import checks

    os.chdir(ROOT / "notebooks" / "solutions")
    lesson, shape, arguments = CHECKED[exercise]
    function = utils.from_lesson(lesson, exercise)
    check = getattr(checks, f"check_{exercise.lower()}")
    seconds = {}
    for number in range(2):
        label = {} if shape is None else {"stage": 1, "block": "ab"[number]}
        positional = () if shape is None else (keras.Input(shape),)
        started = time.monotonic()
        function(*positional, **arguments, **label)
        seconds["build"] = time.monotonic() - started
        started = time.monotonic()
        assert check(function).passed
        seconds["check"] = time.monotonic() - started
    return seconds


def answered() -> dict[str, float]:
    """Answer images with the trained network in both ways; seconds for each but the first."""
    import numpy as np

    import resnets_utils as utils
    from resnets.heat_map import prepare_gradcam

    model = utils.load_network(utils.course_path("models/ResNet50.h5"))
    look = prepare_gradcam(model)

    def in_two_calls(x):
        return model.predict(x, verbose=0)[0], utils.compute_gradcam(model, x)

    images = np.random.default_rng(0).random((IMAGES + 1, 1, 64, 64, 3), np.float32)
    seconds, answers = {}, {}
    for name, answer in ((TWO_CALLS, in_two_calls), (ONE_FUNCTION, look)):
        answer(images[0])
        started = time.monotonic()
        answers[name] = [answer(x) for x in images[1:]]
        seconds[name] = (time.monotonic() - started) / IMAGES
    for (shares, heat), (other_shares, other_heat) in zip(*answers.values(), strict=True):
        assert np.allclose(shares, other_shares, atol=1e-4)
        assert np.allclose(heat, other_heat, atol=1e-3)
    return seconds


if __name__ == "__main__":
    sys.exit(main())
