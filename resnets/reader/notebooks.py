"""Read what a notebook defines, in the same way for the next lesson and for the grader.

Who calls it: `resnets.lessons` (`from_lesson`), and the grader inside its sandbox. This module
decides for both which notebook counts, which definition of an exercise counts, and whether that is
still the empty exercise. `cells` parses the cells; `slices` runs what the definition needs.
"""

from __future__ import annotations

import ast
import difflib
import functools
import json
import linecache
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from resnets.exercises import EXERCISES
from resnets.reader.cells import Cell, Statement, cell_of
from resnets.reader.stubs import is_stub

_COPY = re.compile(
    r"(?i)(?:^|[^a-z])(?:copy|kopie|old|alt|backup|bak|orig(?:inal)?|checkpoints?|previous|tmp)"
    r"(?:[^a-z]|$)|\(\d+\)$"
)
_SIMILAR = 0.75  # difflib's ratio from which a name may be a misspelling of another

SOLVED, EMPTY, MISSING = "solved", "empty", "missing"


class Notebook:
    """The definitions in one notebook's code cells.

    Args:
        name: its file name.
        sources: the text of each code cell.
        path: its path among the other notebooks; the name by default.
    """

    def __init__(self, name: str, sources: Iterable[str], path: str = "") -> None:
        self.name = name
        self.path = path or name
        self.sources = tuple(sources)
        self._states: dict[str, tuple[str, int | None]] = {}

    @functools.cached_property
    def cells(self) -> list[Cell]:
        """The code cells, parsed when they are first asked for: few questions need all lessons."""
        return [cell_of(self.name, *numbered) for numbered in enumerate(self.sources, start=1)]

    @functools.cached_property
    def statements(self) -> list[Statement]:
        """The statements of all cells."""
        return [Statement(node, cell) for cell in self.cells for node in cell.body]

    def _mentions(self, name: str) -> bool:
        return any(name in source for source in self.sources)

    def bindings(self, name: str) -> list[int]:
        """Return the indices of the `statements` that may bind `name`."""
        if not self._mentions(name):
            return []
        return [
            index
            for index, statement in enumerate(self.statements)
            if name in statement.cell.text
            and statement.names is not None
            and name in statement.names.binds
        ]

    def state(self, name: str) -> str:
        """Return whether the exercise `name` is SOLVED here, still EMPTY, or MISSING."""
        return self._state_and_index(name)[0]

    def last_solved(self, name: str) -> int | None:
        """Return the index of the last statement that solves `name`; None if no statement does.

        An untouched copy of the exercise below a solution does not count as a definition.
        """
        return self._state_and_index(name)[1]

    def _state_and_index(self, name: str) -> tuple[str, int | None]:
        if name not in self._states:
            self._states[name] = self._find_state(name)
        return self._states[name]

    def _find_state(self, name: str) -> tuple[str, int | None]:
        indices = [i for i in self.bindings(name) if not _fetches(self.statements[i].node, name)]
        for index in reversed(indices):
            if not _is_stub_of(self.statements[index].node, name):
                return SOLVED, index
        return (EMPTY, indices[-1]) if indices else (MISSING, None)

    def broken_cell(self, name: str) -> Cell | None:
        """Return the last cell with a syntax error that begins a definition of `name`, or None."""
        if not self._mentions(name):
            return None
        pattern = re.compile(rf"^[ \t]*(?:async\s+)?(?:def|class)\s+{name}\b|^{name}\s*=[^=]", re.M)
        broken = [cell for cell in self.cells if cell.error and pattern.search(cell.text)]
        return broken[-1] if broken else None

    def misspelt(self, name: str) -> str | None:
        """Return a function or class here whose name may be a misspelling of `name`, or None."""
        defined = {
            node.name
            for node in (statement.node for statement in self.statements)
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name not in EXERCISES
        }
        folded = {other.lower(): other for other in sorted(defined)}
        near = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=_SIMILAR)
        return folded[near[0]] if near else None


def read(path: Path) -> Notebook:
    """Return the notebook in a file.

    Raises:
        ValueError: the file cannot be read, or is not a complete notebook.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        sources = [cell["source"] for cell in content["cells"] if cell["cell_type"] == "code"]
        return Notebook(path.name, ["".join(source) for source in sources])
    except (OSError, ValueError, KeyError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(f"{path.name} is not a complete notebook ({error!r})") from error


def choose(notebooks: Iterable[Notebook], name: str) -> list[Notebook]:
    """Return the notebooks that define the exercise `name`, the one that counts first.

    A solved one comes before an empty one. Then the lesson's own file counts, nearest to the top
    folder, before copies of it and before other notebooks.
    """
    holders = [notebook for notebook in notebooks if notebook.state(name) != MISSING]
    return sorted(holders, key=lambda notebook: _rank(notebook, name))


def why_chosen(first: Notebook, second: Notebook, name: str) -> str:
    """Return why `first` counts for `name` and not `second`, as the end of a sentence."""
    stem, lesson = _home(name)
    reasons = (
        "the exercise is still empty in the other file",
        "the other file looks like a copy",
        f"the lesson's own file is {stem}.ipynb",
        f"the file of lesson {lesson} comes first",
        "the file nearest to the top comes first",
    )
    for first_value, second_value, reason in zip(
        _rank(first, name), _rank(second, name), reasons, strict=False
    ):
        if first_value != second_value:
            return reason
    return "its name is shorter or comes first in the alphabet"


def _rank(notebook: Notebook, name: str) -> tuple:
    path = PurePosixPath(notebook.path)
    stem, lesson = _home(name)
    return (
        notebook.state(name) != SOLVED,
        any(_COPY.search(part) for part in (*path.parts[:-1], path.stem)),
        path.stem != stem,
        not re.match(rf"0*{lesson}[_\W]", notebook.name),
        len(path.parts),
        len(notebook.name),
        notebook.path,
    )


def _home(name: str) -> tuple[str, int | None]:
    """Return the notebook and the lesson of an exercise; (name, None) if it is not an exercise."""
    exercise = EXERCISES.get(name)
    return (exercise.notebook, exercise.lesson) if exercise else (name, None)


def keep_source(cells: Iterable[Cell]) -> None:
    """Make the lines of these cells available to tracebacks and `inspect.getsource`."""
    for cell in cells:
        lines = cell.text.splitlines(keepends=True)
        linecache.cache[cell.filename] = (len(cell.text), None, lines, cell.filename)


def jupyter_names() -> dict[str, object]:
    """Return the names that a notebook may use without an import: `display`, `get_ipython`."""
    from IPython.display import display

    return {"display": display, "get_ipython": _shell}


def _shell():
    """Return the running IPython, or a new one without history."""
    from IPython.core.getipython import get_ipython
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    if (shell := get_ipython()) is not None:
        return shell
    config = Config()
    config.HistoryManager.enabled = False
    return InteractiveShell.instance(config=config)


def _is_stub_of(node: ast.stmt, name: str) -> bool:
    """Return whether every definition of `name` in the statement is the empty exercise."""
    functions = [
        part
        for part in ast.walk(node)
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name == name
    ]
    return bool(functions) and all(map(is_stub, functions))


def _fetches(node: ast.stmt, name: str) -> bool:
    """Return whether the statement takes `name` from another lesson's notebook or from a module."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    values = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    fetched = any(
        getattr(call.func, "attr", getattr(call.func, "id", None)) == "from_lesson"
        for call in values
    )
    defines = any(isinstance(p, ast.FunctionDef) and p.name == name for p in ast.walk(node))
    return fetched and not defines
