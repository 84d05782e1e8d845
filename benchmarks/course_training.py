"""Measure the numbers that lesson 5 states: its own cells, run with several seeds or for longer.

    python benchmarks/course_training.py two-epochs [--seeds 3]   # up to the three test sets
    python benchmarks/course_training.py plain                    # the optional twenty epochs
    python benchmarks/course_training.py "four changes"           # the same, with the changes

The solved lesson's cells run as they are, in a copy of the course. `two-epochs` prints each number
that the lesson reports, for each seed, and then their ranges; the others print the accuracies on
the three test sets, and the seconds.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.notebooks.execution import kernel_manager  # noqa: E402

UNWANTED = (".git", ".venv*", ".lab", "scratch", "__pycache__", ".ipynb_checkpoints")
LESSON = "5_train_on_signs.ipynb"
LAST_CELL = "sets-yours"  # of the sections on two epochs
REPORT = re.compile(r"^(.+): (-?[\d.]+), (?:NOT )?between ", re.MULTILINE)
STATISTICS = """
for name, row in accuracies.items():
    for images, share in row.items():
        print(f"{images} accuracy, {name}: {share:.3f}, between 0 and 1")
"""


def main() -> None:
    """Run one of the measurements."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["two-epochs", "plain", "four changes"])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        course = Path(folder) / "course"
        shutil.copytree(ROOT, course, ignore=shutil.ignore_patterns(*UNWANTED))
        lessons = course / "notebooks" / "solutions"
        if options.what == "two-epochs":
            two_epochs(lessons, options.seeds)
        else:
            lesson = nbformat.read(lessons / LESSON, 4)
            change(lesson, "full-define", "= None", f'= "{options.what}"')
            run(lesson, lessons)
            print(said(lesson, "full-run"))


def two_epochs(lessons: Path, seeds: int) -> None:
    """Run the lesson up to its three test sets with each seed; print its numbers."""
    values: dict[str, list[float]] = {}
    for seed in range(1, seeds + 1):
        lesson = nbformat.read(lessons / LESSON, 4)
        change(lesson, "compile", "set_random_seed(1)", f"set_random_seed({seed})")
        _cell(lesson, "riddle-plot").source += STATISTICS
        lesson.cells[lesson.cells.index(_cell(lesson, LAST_CELL)) + 1 :] = []
        run(lesson, lessons)
        text = "\n".join(said(lesson, cell.id) for cell in lesson.cells)
        for name, value in dict(REPORT.findall(text)).items():  # some numbers are printed twice
            values.setdefault(name, []).append(float(value))
    for name, numbers in values.items():
        each = ", ".join(f"{number:.3f}" for number in numbers)
        print(f"{name}: {min(numbers):.3f} to {max(numbers):.3f} ({each})")


def change(notebook: nbformat.NotebookNode, cell: str, old: str, new: str) -> None:
    """Replace `old`, which must be there, in a cell."""
    changed = _cell(notebook, cell)
    assert old in changed.source, f"cell {cell} has no {old}"
    changed.source = changed.source.replace(old, new, 1)


def _cell(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    (named,) = [cell for cell in notebook.cells if cell.id == name]
    return named


def run(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Execute all cells; an error in a cell ends the program."""
    started = time.monotonic()
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, km=kernel_manager(), timeout=None, resources=resources)
    client.execute(cleanup_kc=True)  # otherwise the kernel of a given manager stays
    print(f"{time.monotonic() - started:.0f} s for the whole notebook", flush=True)


def said(notebook: nbformat.NotebookNode, cell: str) -> str:
    """Return a cell's standard output."""
    outputs = _cell(notebook, cell).get("outputs", [])
    return "".join(out.text for out in outputs if out.get("name") == "stdout").strip()


if __name__ == "__main__":
    main()
