"""What a second core brings: marking a class, and rendering images.

    python benchmarks/scaling.py [--students 24] [--images 1500] [--rounds 1]

Compares the seconds of one submission and of one image with one process and with two, and with the
solutions of four exercises and of all. Marks that are not as known stop it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

from benchmarks import _class_students as students  # noqa: E402
from benchmarks import grading_class  # noqa: E402
from benchmarks._comparison import Comparison, in_turns  # noqa: E402
from datasets.renderer import dataset  # noqa: E402

ONE, TWO, FOUR = "one process", "two processes", "two processes, four exercises"
JOBS = {ONE: 1, TWO: 2, FOUR: 2}


def main() -> int:
    """Print the comparisons."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, default=24)
    parser.add_argument("--images", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    print(*compared(options.rounds, options.students, options.images), sep="\n")
    return 0


def compared(rounds: int, count: int = 24, images: int = 1500) -> list[Comparison]:
    """Return the comparisons of marking and rendering.

    Raises:
        SystemExit: a mark is not as known.
    """
    work = f"{count} submissions in the sandbox, start-up included; all marks are as known"
    marking = Comparison("Marking a submission", "s", work, ONE)
    drawn = f"{images} images of 64x64, start-up included"
    rendering = Comparison("Rendering an image", "ms", drawn, ONE)
    classes = {
        ONE: students.students(count),
        FOUR: students.students(count, only=students.FIRST_FOUR),
    }
    classes[TWO] = classes[ONE]

    def mark(way: str) -> None:
        with tempfile.TemporaryDirectory(prefix="class-") as folder:
            place = Path(folder)
            students.write(place / "submissions", classes[way])
            jobs = JOBS[way]
            seconds, _ = grading_class.graded(place / "submissions", place / "results", jobs)
            if wrong := grading_class.compared(classes[way], place / "results"):
                raise SystemExit("\n".join(["marks are not as known:", *wrong]))
            marking.add(way, seconds / count)

    def render(way: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "set.h5"
            started = time.monotonic()
            dataset.write_set(path, images, 1, "full", "train", workers=JOBS[way], compress=False)
            rendering.add(way, 1000 * (time.monotonic() - started) / images)

    in_turns([*JOBS], rounds, mark)
    in_turns([ONE, TWO], rounds, render)
    return [marking, rendering]


if __name__ == "__main__":
    sys.exit(main())
