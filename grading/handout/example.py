"""Make a small class to try the grading: `python -m grading example FOLDER`.

Fourteen typical students, made from the solved lessons: right answers in several styles, mistakes,
unfinished work, a broken file, and an attempt to cheat. Every run makes the same class.
"""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

from grading.errors import GradingError
from grading.programs import classic, hostile, unusual
from resnets.exercises import EXERCISES

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
LESSONS = tuple(dict.fromkeys(exercise.notebook for exercise in EXERCISES.values()))
# Solutions are reworded, because the report would name everyone who copies them word for word.
_SOLUTION = re.compile(r" *### BEGIN SOLUTION\n(.*?) *### END SOLUTION\n?", re.DOTALL)
_OWN_WORDS = {
    "kernels": "weights",
    "X_shortcut": "shortcut",
    "X_input": "image",
    "kept": "sure_enough",
    "heat": "map_of_answer",
    "images": "covered",
    "factors": "gate",
}
Notebooks = dict[str, list[str]]  # name without ending -> code cells


class ExampleError(GradingError):
    """The example class cannot be made; the message says why and what to do."""


def make(folder: Path) -> list[str]:
    """Write the example class into a new or empty folder; return the students' names.

    Raises:
        ExampleError: the folder is not empty or not writable, or the solved lessons are missing.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExampleError(f"{folder}: already exists and is not empty; name a new folder")
    solved = {name: _code(NOTEBOOKS / "solutions" / f"{name}.ipynb") for name in LESSONS}
    empty = {name: _code(NOTEBOOKS / f"{name}.ipynb") for name in LESSONS}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _write_all(folder, solved, empty)
    except OSError as error:
        raise ExampleError(f"{folder}: cannot be written to ({error.strerror})") from error


def _write_all(folder: Path, solved: Notebooks, empty: Notebooks) -> list[str]:
    for student, notebooks in _folders(solved, empty).items():
        (folder / student).mkdir()
        for name, cells in notebooks.items():
            (folder / student / f"{name}.ipynb").write_text(_notebook(cells), encoding="utf-8")
    ben = classic.notebook(classic.IDENTITY, classic.CONVOLUTIONAL, classic.RESNET50)
    (folder / "ben.ipynb").write_text(_notebook(ben), encoding="utf-8")
    stage_short = changed(solved, "4_resnet50", '(4, 256, "bcdef", 2)', '(4, 256, "bcde", 2)')
    with zipfile.ZipFile(folder / "eva.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, cells in stage_short.items():
            archive.writestr(zipfile.ZipInfo(f"my work/{name}.ipynb"), _notebook(cells))
    whole = (folder / "eva.zip").read_bytes()
    (folder / "hugo.zip").write_bytes(whole[: len(whole) // 2])  # as after a broken upload
    return sorted(path.stem for path in folder.iterdir())


def _folders(solved: Notebooks, empty: Notebooks) -> dict[str, Notebooks]:
    """Return the notebooks of each student who hands in a folder."""
    block = "2_identity_block"
    no_shortcut = changed(solved, block, "X = Add()([X, shortcut])", "pass")
    no_relu = changed(solved, "3_convolutional_block", 'return Activation("relu")(X)', "return X")
    norm = "float(tf.norm(gradient))"
    squared = changed(no_relu, LESSONS[0], norm, f"{norm} ** 2")
    names = 'bn_name = f"bn{stage}{block}_branch"\n    F1, F2, F3 = '
    fixed = changed(solved, block, f"{names}filters", f"{names}2, 4, 6")
    solves = [f"def {e.name}(" for e in EXERCISES.values() if e.notebook == block]
    others = [cell for cell in solved[block] if any(text in cell for text in solves[1:])]
    return {
        "ann": solved,
        "cleo": no_shortcut,
        "dan": squared,
        "finn": {**solved, **{name: empty[name] for name in LESSONS[2:]}},
        "gita": fixed,
        "ida": {**solved, block: [unusual.IN_A_LOOP, *others]},
        "jon": {**solved, block: [hostile.FORGED_IN_A_NOTEBOOK, *others]},
        "kim": {**solved, block: [unusual.ZEBRA, *others]},
        "lea": {**solved, block: [unusual.RENAMED, *others]},
        "mia": {**solved, block: [unusual.WITHOUT_NAMES, *others]},
        "noa": {block: solved[block], "3_notes": ["# Where did my lesson 3 go?"]},
    }


def changed(notebooks: Notebooks, name: str, before: str, after: str) -> Notebooks:
    """Return the notebooks with one text in the notebook `name` replaced.

    Raises:
        ExampleError: `before` is not there exactly once.
    """
    cells = [cell.replace(before, after) for cell in notebooks[name]]
    if sum(cell.count(before) for cell in notebooks[name]) != 1:
        raise ExampleError(f"lesson {name} does not contain {before!r} once; correct example.py")
    return {**notebooks, name: cells}


def _code(path: Path) -> list[str]:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except OSError as error:
        raise ExampleError(
            f"{path}: cannot be read, but the example is made from it; clone the whole course"
        ) from error
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return [_SOLUTION.sub(_in_own_words, text) for text in sources]


def _in_own_words(solution: re.Match) -> str:
    """Return a solution with other names, without the lines that enclose it."""
    return re.sub(r"\w+", lambda word: _OWN_WORDS.get(word[0], word[0]), solution[1])


def _notebook(cells: list[str]) -> str:
    code_cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(cells, start=1)
    ]
    return json.dumps(
        {"cells": code_cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1
    )
