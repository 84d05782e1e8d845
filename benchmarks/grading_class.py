"""Mark a large class whose marks are known beforehand, and a few of it with nbgrader.

    python benchmarks/grading_class.py [COUNT] [--jobs N] [--nbgrader N] [--catalogue]

The class (1,000 students unless told otherwise) is made of right, equivalent, mistaken and empty
programs, handed in as folders and zips of this course's notebooks and as single notebooks of the
classic. `python -m grading grade` marks it, sandbox and all; every mark that is not as known is
listed. In the same run nbgrader's autograde marks some of these students: the lessons' import,
exercise and check cells alone, so that nothing trains. Ends with the ratio of the two throughputs.
`--catalogue` marks instead one student for each mistake of the catalogue.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import nbformat  # noqa: E402
import psutil  # noqa: E402

from benchmarks import _class_students as students  # noqa: E402
from grading.results.records import Results  # noqa: E402


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
            f"load after: {os.getloadavg()[0]:.1f}",
            flush=True,
        )
        sample = [student for student in chosen if not student.form.startswith("classic")]
        if sample := sample[: options.nbgrader]:
            _compare_speed(sample, place, seconds / len(chosen))
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--nbgrader", type=int, default=5, help="how many nbgrader marks too")
    parser.add_argument("--catalogue", action="store_true", help="one student for each mistake")
    return parser.parse_args()


def _chosen(options: argparse.Namespace) -> list[students.Student]:
    return students.one_mistake_each() if options.catalogue else students.students(options.count)


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


def _watch(pid: int, peak: list[int]) -> None:
    """Note the largest sum of proportional set sizes: shared pages count once."""
    while psutil.pid_exists(pid):
        total = 0
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
        time.sleep(2)


def compared(chosen: list[students.Student], results: Path) -> list[str]:
    """Every mark that is not as known."""
    kept = Results(results)
    class_seed = json.loads((results / "class_seed.json").read_text())["seed"]
    return [
        line
        for student in chosen
        for line in students.deviations(student, kept.load(student.name), class_seed)
    ]


def _compare_speed(sample: list[students.Student], place: Path, ours: float) -> None:
    course = place / "nbgrader"
    api = nbgrader_course(course)
    seconds = []
    for student in sample:
        submit(student, course)
        started = time.monotonic()
        outcome = api.autograde("resnets", student.name)
        seconds.append(time.monotonic() - started)
        if not outcome["success"]:
            raise SystemExit(outcome["log"][-2000:])
    theirs = sum(seconds) / len(seconds)
    each = ", ".join(f"{one:.1f}" for one in seconds)
    print(f"nbgrader: {each} s; {1 / theirs:.3f} submissions a second")
    print(f"grade has {theirs / ours:.0f} times nbgrader's throughput")


def nbgrader_course(course: Path):
    """An nbgrader course with the four exercises and their checks, released."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["PYTHONPATH"] = str(ROOT)
    source = course / "source" / "resnets"
    source.mkdir(parents=True)
    for lesson, cell in students.CELLS.values():
        notebook = nbformat.read(students.SOLUTIONS / f"{lesson}.ipynb", 4)
        wanted = {"imports", "blocks", cell, f"check-{cell.removeprefix('exercise-')}"}
        notebook.cells = [one for one in notebook.cells if one.id in wanted]
        nbformat.write(notebook, source / f"{lesson}.ipynb")
    config = Config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.db_url = f"sqlite:///{course / 'gradebook.db'}"
    api = NbGraderAPI(config=config)
    outcome = api.generate_assignment("resnets")
    if not outcome["success"]:
        raise SystemExit(outcome["log"][-2000:])
    return api


def submit(student: students.Student, course: Path) -> None:
    """Hand a student's four functions in where nbgrader looks for them."""
    folder = course / "submitted" / student.name / "resnets"
    shutil.copytree(course / "release" / "resnets", folder)
    for exercise, (lesson, cell) in students.CELLS.items():
        notebook = nbformat.read(folder / f"{lesson}.ipynb", 4)
        (exercise_cell,) = [one for one in notebook.cells if one.id == cell]
        exercise_cell.source = student.done[exercise].text
        nbformat.write(notebook, folder / f"{lesson}.ipynb")


if __name__ == "__main__":
    sys.exit(main())
