"""Store the solved exercises for `resnets.stand_ins`, which lends them to stuck learners.

The solved lessons are the source. Of each exercise the definition and what it needs is kept, in the
lesson's own words: so the grader recognises a lent function that somebody hands in.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path

from resnets import stand_ins
from resnets.exercises import EXERCISES
from resnets.reader.cells import Statement
from resnets.reader.notebooks import SOLVED, Notebook
from resnets.reader.slices import needed
from tools.notebooks.files import code_cells, find_lessons, read_notebook, write_atomically
from tools.notebooks.release import BEGIN, END

_MARKS = (f"### {BEGIN}", f"### {END}")


def solutions(root: Path) -> dict[str, str]:
    """Return the source of each solved exercise of the course at `root`, with what it needs."""
    sources = {}
    for lesson in find_lessons(root):
        cells = [cell.source for cell in code_cells(read_notebook(lesson.source))]
        notebook = Notebook(lesson.name, cells)
        for exercise in EXERCISES.values():
            if exercise.lesson == lesson.number and notebook.state(exercise.name) == SOLVED:
                statements = needed(notebook, exercise.name, exercise.calls)
                sources[exercise.name] = "\n".join(map(_text, statements))
    return sources


def write(root: Path) -> None:
    """Renew the file of the course at `root`, if that course has one and a solution changed."""
    path = root / "resnets" / stand_ins.FILE.name
    if path.exists() and not is_current(root):
        packed = {name: stand_ins.pack(source) for name, source in solutions(root).items()}
        write_atomically(path, json.dumps(packed, indent=1, sort_keys=True) + "\n")


def is_current(root: Path) -> bool:
    """Whether the file has the solutions, however they are compressed."""
    path = root / "resnets" / stand_ins.FILE.name
    stored = json.loads(path.read_text(encoding="utf-8"))
    return {name: stand_ins.unpack(text) for name, text in stored.items()} == solutions(root)


def _text(statement: Statement) -> str:
    """Return a statement as it stands in its cell, without the lines that enclose a solution."""
    text = ast.get_source_segment(statement.cell.text, statement.node)
    return "".join(line for line in text.splitlines(keepends=True) if line.strip() not in _MARKS)
