"""Train lesson 5's ResNet50 for twenty epochs on the course's images, in two ways.

    python benchmarks/course_training.py          # its FULL_TRAINING, then lesson 6 with the result
    python benchmarks/course_training.py plain    # as it trains in its first two epochs

Prints the accuracies that lesson 5 states, and the seconds. The solved lessons' cells run as they
are, in a copy of the course.
"""

from __future__ import annotations

import argparse
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
PLAIN = """
network = ResNet50(input_shape=(64, 64, 3), classes=6)
adam = keras.optimizers.Adam(learning_rate=3e-4)
network.compile(optimizer=adam, loss="categorical_crossentropy", metrics=["accuracy"])
history = network.fit(X_train, Y_train, epochs=20, batch_size=32, verbose=0)
print(f"training accuracy in the last epoch: {history.history['accuracy'][-1]:.3f}")
print(f"test accuracy after the last epoch: {network.evaluate(X_test, Y_test, verbose=0)[1]:.3f}")
"""


def main() -> None:
    """Run one of the two trainings."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe", nargs="?", choices=["lesson", "plain"], default="lesson")
    recipe = parser.parse_args().recipe
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        course = Path(folder) / "course"
        shutil.copytree(ROOT, course, ignore=shutil.ignore_patterns(*UNWANTED))
        lessons = course / "notebooks" / "solutions"
        lesson = nbformat.read(lessons / "5_train_on_signs.ipynb", 4)
        if recipe == "plain":
            end = lesson.cells.index(_cell(lesson, "prepare")) + 1
            lesson.cells[end:] = [nbformat.v4.new_code_cell(PLAIN, id="plain")]
            show(run(lesson, lessons), "plain")
            return
        change(lesson, "full-define", "FULL_TRAINING = False", "FULL_TRAINING = True")
        show(run(lesson, lessons), "full-run")
        own = nbformat.read(lessons / "6_your_own_hand.ipynb", 4)
        change(own, "model", '"models/ResNet50.h5"', '"scratch/my_ResNet50.keras"')
        show(run(own, lessons), "model")


def change(notebook: nbformat.NotebookNode, cell: str, old: str, new: str) -> None:
    """Replace `old`, which must be there, in a cell."""
    changed = _cell(notebook, cell)
    assert old in changed.source, f"cell {cell} has no {old}"
    changed.source = changed.source.replace(old, new)


def _cell(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    (named,) = [cell for cell in notebook.cells if cell.id == name]
    return named


def run(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """Execute all cells; an error in a cell ends the program."""
    started = time.monotonic()
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, km=kernel_manager(), timeout=None, resources=resources).execute()
    print(f"{time.monotonic() - started:.0f} s for the whole notebook")
    return notebook


def show(notebook: nbformat.NotebookNode, cell: str) -> None:
    """Print a cell's standard output."""
    outputs = _cell(notebook, cell).outputs
    print("".join(out.text for out in outputs if out.get("name") == "stdout").strip())


if __name__ == "__main__":
    main()
