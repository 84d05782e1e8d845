"""Measure how long each solved lesson takes, and which cells take longest.

    python benchmarks/lesson_seconds.py [LESSON ...]   # 5, for example; without any: all

Runs every cell of the solved lessons, in a copy of the course, as JupyterLab's *Run All* does.
Prints a row for each lesson: all seconds, those until the first cell has run (the kernel starts and
imports TensorFlow), those of the cells that train, and the longest other cell.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.course_training import UNWANTED  # noqa: E402
from tools.notebooks.execution import kernel_manager  # noqa: E402

TRAINING = (".fit(", "TrainingProgress(", "estimate_training(")  # words of a cell that trains


def main() -> None:
    """Run the lessons and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="numbers of lessons")
    wanted = parser.parse_args().lessons
    print("| lesson | seconds | until the first cell has run | training | longest other cell |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        course = Path(folder) / "course"
        shutil.copytree(ROOT, course, ignore=shutil.ignore_patterns(*UNWANTED))
        for path in sorted((course / "notebooks" / "solutions").glob("*.ipynb")):
            if not wanted or path.name.split("_")[0] in wanted:
                print(_row(path), flush=True)


def _row(path: Path) -> str:
    lesson = nbformat.read(path, 4)
    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(lesson, km=kernel_manager(), timeout=None, resources=resources)
    started = time.monotonic()
    client.execute(cleanup_kc=True)  # otherwise the kernel of a given manager stays
    total = time.monotonic() - started
    cells = [cell for cell in lesson.cells if "execution" in cell.metadata]
    training = [cell for cell in cells if any(word in cell.source for word in TRAINING)]
    others = [cell for cell in cells if cell not in training]
    longest = max(others, key=_seconds)
    start = total - sum(map(_seconds, cells[1:]))
    columns = [f"{total:.0f}", f"{start:.0f}", f"{sum(map(_seconds, training)):.0f}"]
    return f"| {path.stem} | {' | '.join(columns)} | {_seconds(longest):.0f} ({longest.id}) |"


def _seconds(cell: nbformat.NotebookNode) -> float:
    """Return how long a cell ran, as its kernel reported it."""
    times = cell.metadata["execution"]
    start, end = (
        datetime.fromisoformat(times[name].replace("Z", "+00:00"))
        for name in ("iopub.execute_input", "shell.execute_reply")
    )
    return (end - start).total_seconds()


if __name__ == "__main__":
    main()
