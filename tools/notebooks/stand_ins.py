"""Store the solved exercises for `resnets.stand_ins`, which lends them to stuck learners.

The solved lessons are the source: of each exercise the definition and what it needs is kept.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path

from resnets import stand_ins
from resnets.exercises import EXERCISES
from resnets.reader.notebooks import SOLVED, Notebook
from resnets.reader.slices import needed
from tools.notebooks.files import code_cells, find_lessons, read_notebook, write_atomically


def solutions(root: Path) -> dict[str, str]:
    """Return the source of each solved exercise of the course at `root`, with what it needs."""
    sources = {}
    for lesson in find_lessons(root):
        cells = [cell.source for cell in code_cells(read_notebook(lesson.source))]
        notebook = Notebook(lesson.name, cells)
        for exercise in EXERCISES.values():
            if exercise.lesson == lesson.number and notebook.state(exercise.name) == SOLVED:
                statements = needed(notebook, exercise.name, exercise.calls)
                lines = [ast.unparse(statement.node) for statement in statements]
                sources[exercise.name] = "\n".join(lines)
    return sources


def write(root: Path) -> None:
    """Renew the file of the course at `root`, if that course has one and a solution changed."""
    path = root / "resnets" / stand_ins.FILE.name
    if path.exists() and not is_current(root):
        packed = {name: stand_ins.pack(source) for name, source in solutions(root).items()}
        write_atomically(path, json.dumps(packed, indent=1, sort_keys=True) + "\n")


def is_current(root: Path) -> bool:
    """Whether the file has the solutions; their code is compared, not how it is compressed."""
    path = root / "resnets" / stand_ins.FILE.name
    stored = json.loads(path.read_text(encoding="utf-8"))
    kept = {name: _tree(stand_ins.unpack(text)) for name, text in stored.items()}
    return kept == {name: _tree(source) for name, source in solutions(root).items()}


def _tree(source: str) -> str:
    return ast.dump(ast.parse(source))
