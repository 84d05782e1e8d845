"""Mark a large class whose marks are known beforehand.

    python benchmarks/grading_class.py [COUNT] [--jobs N] [--exercises four|lessons-1-6|all]
    python benchmarks/grading_class.py --catalogue [--jobs N]

The class (1,000 students unless told otherwise) is made of right, equivalent, mistaken and empty
programs, handed in as folders and zips of this course's notebooks and as single notebooks of the
classic. `python -m grading grade` marks it, sandbox and all; every mark that is not as known is
listed. The second half of a class is faster than the first, since more of what it built is known.
`--exercises four` leaves out all but the blocks, ResNet50 and the gradients of the first lessons.
`--catalogue` marks instead one student for each mistake of the catalogue. See `against_graders.py`
for the same work done by others.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import psutil  # noqa: E402

from benchmarks import _class_students as students  # noqa: E402
from grading.results.records import Results  # noqa: E402
from resnets.exercises import EXERCISES as REGISTRY  # noqa: E402

EXERCISES = {
    "four": students.FIRST_FOUR,
    "lessons-1-6": [name for name, entry in REGISTRY.items() if entry.notebook[0] <= "6"],
    "all": students.NAMES,
}


def main() -> int:
    """Run the measurement; the exit status is 1 if a mark is not as known."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="class-") as folder:
        place = Path(folder)
        chosen = _chosen(options)
        students.write(place / "submissions", chosen)
        print(f"{len(chosen)} submissions, load before: {os.getloadavg()[0]:.1f}", flush=True)
        seconds, memory = graded(place / "submissions", place / "results", options.jobs)
        wrong = compared(chosen, place / "results")
        for line in wrong:
            print(f"  not as known: {line}")
        print(f"marks as known: {len(chosen)} students, {len(wrong)} deviations")
        print(
            f"grade: {seconds:.0f} s, {len(chosen) / seconds:.2f} submissions a second, "
            f"peak memory {memory / 2**30:.1f} GB, {options.jobs} jobs, "
            f"load after: {os.getloadavg()[0]:.1f}"
        )
        first, second = halves(place / "results")
        print(f"one submission: {first:.2f} s in the first half of the class, {second:.2f} s later")
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--exercises", choices=EXERCISES, default="all")
    parser.add_argument("--catalogue", action="store_true", help="one student for each mistake")
    return parser.parse_args()


def _chosen(options: argparse.Namespace) -> list[students.Student]:
    if options.catalogue:
        return students.one_mistake_each()
    return students.students(options.count, only=EXERCISES[options.exercises])


def graded(folder: Path, results: Path, jobs: int) -> tuple[float, int]:
    """Run `grade`; its seconds, and the most memory that its processes held together, in bytes."""
    command = [sys.executable, "-m", "grading", "grade", folder, "--out", results]
    started = time.monotonic()
    with open(results.with_suffix(".log"), "wb") as log:
        process = subprocess.Popen(
            [*map(str, command), "--jobs", str(jobs)], cwd=ROOT, stdout=log, stderr=log
        )
        peak = [0]
        watcher = threading.Thread(target=_watch, args=(process.pid, peak), daemon=True)
        watcher.start()
        code = process.wait()
    seconds = time.monotonic() - started
    watcher.join()
    if code:
        raise SystemExit(results.with_suffix(".log").read_text()[-2000:])
    return seconds, peak[0]


def halves(results: Path) -> tuple[float, float]:
    """The mean seconds of a submission in the first and in the second half, in the order marked."""
    kept = sorted((results / "records").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    seconds = [json.loads(path.read_text())["seconds"] for path in kept]
    half = len(seconds) // 2
    return statistics.mean(seconds[:half]), statistics.mean(seconds[half:])


def _watch(pid: int, peak: list[int]) -> None:
    """Note the largest sum of proportional set sizes: shared pages count once."""
    while psutil.pid_exists(pid):
        started, total = time.monotonic(), 0
        try:
            top = psutil.Process(pid)
            for process in [top, *top.children(recursive=True)]:
                try:
                    total += process.memory_full_info().pss
                except psutil.Error:
                    continue  # it has just ended
        except psutil.Error:
            return
        peak[0] = max(peak[0], total)
        # To look takes the kernel a while, which the grader would lack.
        time.sleep(max(2.0, 30 * (time.monotonic() - started)))


def compared(chosen: list[students.Student], results: Path) -> list[str]:
    """Every mark that is not as known."""
    kept = Results(results)
    class_seed = json.loads((results / "class_seed.json").read_text())["seed"]
    return [
        line
        for student in chosen
        for line in students.deviations(student, kept.load(student.name), class_seed)
    ]


if __name__ == "__main__":
    sys.exit(main())
