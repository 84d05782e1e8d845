"""What a notebook defines: one reading for the learner's next lesson and for the grader.

Who calls it: `resnets.lessons` (`from_lesson`), and the grader inside its sandbox. Both ask the
same questions here: which notebook counts, which of its cells Jupyter would run as Python, which
definition of an exercise stands, and whether that is still the empty exercise. `slices`
then runs what the definition needs.
"""

from __future__ import annotations

import ast
import difflib
import functools
import itertools
import linecache
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from resnets.exercises import EXERCISES
from resnets.reader.names import Names, names_of
from resnets.reader.stubs import is_stub

# Cell magics whose body IPython runs in the notebook's own namespace. The body of any other
# (%%script, %%bash, %%writefile, %%timeit, one that does not exist) leaves no name behind.
_PYTHON_MAGICS = {"time", "capture", "prun", "debug"}
_COPY = re.compile(
    r"(?i)(?:^|[^a-z])(?:copy|kopie|old|alt|backup|bak|orig(?:inal)?|checkpoints?|previous|tmp)"
    r"(?:[^a-z]|$)|\(\d+\)$"
)
_ALIKE = 0.75  # how much two names share where one may be a slip of the pen for the other

SOLVED, EMPTY, MISSING = "solved", "empty", "missing"


@dataclass(frozen=True)
class Cell:
    """A code cell as Python.

    Attributes:
        number: its place among the notebook's code cells, from 1.
        filename: what Python calls it in a traceback.
        text: its code without IPython's own syntax; empty where Jupyter would not run it as Python.
        body: its statements; empty where they cannot be parsed.
        error: why not, or None.
    """

    number: int
    filename: str
    text: str
    body: tuple[ast.stmt, ...]
    error: SyntaxError | None


@dataclass(frozen=True)
class Statement:
    """A top-level statement of a notebook and the cell it stands in."""

    node: ast.stmt
    cell: Cell

    @functools.cached_property
    def names(self) -> Names | None:
        """Its names; None where Python cannot compile it."""
        try:
            return names_of(self.node)
        except (SyntaxError, ValueError, RecursionError):
            return None

    @property
    def place(self) -> str:
        return f"{self.cell.filename[1:-1]}, line {self.node.lineno}"


class Notebook:
    """The definitions in one notebook's code cells.

    Args:
        name: its file name.
        sources: the text of each code cell.
        path: its place among other notebooks, with folders; the name where it is left out.
    """

    def __init__(self, name: str, sources: Iterable[str], path: str = "") -> None:
        self.name = name
        self.path = path or name
        self.cells = [_cell(name, *numbered) for numbered in enumerate(sources, start=1)]
        self.statements = [Statement(node, cell) for cell in self.cells for node in cell.body]

    def bindings(self, name: str) -> list[int]:
        """The places in `statements` that may bind `name`."""
        return [
            index
            for index, statement in enumerate(self.statements)
            if name in statement.cell.text
            and statement.names is not None
            and name in statement.names.binds
        ]

    def state(self, name: str) -> str:
        """Whether `name` is SOLVED here, still EMPTY, or MISSING."""
        return self._state_and_place(name)[0]

    def last_solved(self, name: str) -> int | None:
        """The place of the definition that stands: the last one that is not the empty exercise."""
        return self._state_and_place(name)[1]

    @functools.cache  # noqa: B019 - a notebook lives as long as the reading of it
    def _state_and_place(self, name: str) -> tuple[str, int | None]:
        places = [i for i in self.bindings(name) if not _fetches(self.statements[i].node, name)]
        for place in reversed(places):
            if not _is_stub_of(self.statements[place].node, name):
                return SOLVED, place
        return (EMPTY, places[-1]) if places else (MISSING, None)

    def broken_cell(self, name: str) -> Cell | None:
        """The last cell with a syntax error whose text begins a definition of `name`."""
        pattern = re.compile(rf"^[ \t]*(?:async\s+)?(?:def|class)\s+{name}\b|^{name}\s*=[^=]", re.M)
        broken = [cell for cell in self.cells if cell.error and pattern.search(cell.text)]
        return broken[-1] if broken else None

    def misspelt(self, name: str) -> str | None:
        """A function here whose name is nearly `name` and that no exercise has; None without."""
        defined = {
            node.name
            for node in (statement.node for statement in self.statements)
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name not in EXERCISES
        }
        folded = {other.lower(): other for other in sorted(defined)}
        near = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=_ALIKE)
        return folded[near[0]] if near else None


def choose(notebooks: Iterable[Notebook], name: str) -> list[Notebook]:
    """The notebooks that define the exercise `name`, the one that counts first.

    A solved one comes before an empty one; then the lesson's own file, nearest to the top, before
    copies of it and before other notebooks.
    """
    holders = [notebook for notebook in notebooks if notebook.state(name) != MISSING]
    return sorted(holders, key=lambda notebook: _rank(notebook, name))


def why_chosen(first: Notebook, second: Notebook, name: str) -> str:
    """Why `first` counts for `name` and `second` does not, as the end of a sentence."""
    stem, lesson = _home(name)
    reasons = (
        "it is still the empty exercise there",
        "that looks like a copy",
        f"the lesson's own file is {stem}.ipynb",
        f"the file of lesson {lesson} comes first",
        "the file nearest to the top comes first",
    )
    for one, other, reason in zip(_rank(first, name), _rank(second, name), reasons, strict=False):
        if one != other:
            return reason
    return "the shorter name, and then the alphabet, decides"


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
    """The notebook that the function `name` belongs to and its lesson, if it is an exercise."""
    exercise = EXERCISES.get(name)
    return (exercise.notebook, exercise.lesson) if exercise else (name, None)


def keep_source(cells: Iterable[Cell]) -> None:
    """Let a traceback and `inspect.getsource` show the lines of these cells."""
    for cell in cells:
        lines = cell.text.splitlines(keepends=True)
        linecache.cache[cell.filename] = (len(cell.text), None, lines, cell.filename)


def jupyter_names() -> dict[str, object]:
    """What a notebook may use without an import: `display` and `get_ipython`."""
    from IPython.display import display

    return {"display": display, "get_ipython": _shell}


def _shell():
    """The running IPython, or one made for the occasion, which keeps no history."""
    from IPython.core.getipython import get_ipython
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    if (shell := get_ipython()) is not None:
        return shell
    config = Config()
    config.HistoryManager.enabled = False
    return InteractiveShell.instance(config=config)


def python_of(source: str) -> str:
    """A cell as Python: `%magic`, `!command` and `name?` become calls, a foreign cell is empty.

    Lines keep their numbers.
    """
    from IPython.core.inputtransformer2 import TransformerManager

    lines = source.splitlines(keepends=True)
    blank = sum(1 for _ in itertools.takewhile(str.isspace, lines))  # IPython drops these
    first, _, rest = "".join(lines[blank:]).partition("\n")
    if first.startswith("%%"):
        magic = first[2:].split(maxsplit=1)
        body = python_of(rest) if magic and magic[0] in _PYTHON_MAGICS else ""
        return "\n" * (blank + 1) + body if body else ""
    try:
        return "\n" * blank + TransformerManager().transform_cell(source)
    except SyntaxError:
        return source


def _cell(name: str, number: int, source: str) -> Cell:
    filename = f"<{name}, code cell {number}>"
    try:
        text = python_of(source)
        return Cell(number, filename, text, tuple(ast.parse(text, filename).body), None)
    except SyntaxError as error:
        return Cell(number, filename, source, (), error)
    except (ValueError, RecursionError, MemoryError) as error:
        return Cell(number, filename, source, (), SyntaxError(str(error)))


def _is_stub_of(node: ast.stmt, name: str) -> bool:
    """Whether all that the statement defines as `name` is the empty exercise."""
    functions = [
        part
        for part in ast.walk(node)
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name == name
    ]
    return bool(functions) and all(map(is_stub, functions))


def _fetches(node: ast.stmt, name: str) -> bool:
    """Whether the statement takes `name` from another lesson's notebook or from a module."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    values = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
    fetched = any(
        getattr(call.func, "attr", getattr(call.func, "id", None)) == "from_lesson"
        for call in values
    )
    defines = any(isinstance(p, ast.FunctionDef) and p.name == name for p in ast.walk(node))
    return fetched and not defines
