"""Parse the cells of a notebook: which of their code Jupyter would run as Python, and its names.

Who calls it: `notebooks`. A cell's text is parsed once in a process, because the grader reads the
cells of a lesson in every submission (see `grading.sandbox.loader`).
"""

from __future__ import annotations

import ast
import functools
import itertools
import re
from dataclasses import dataclass

from resnets.reader.names import Names, names_of

# What IPython may change in valid Python: prompts of a session, and blanks on empty lines.
_CHANGED = re.compile(r">>>|\.\.\.:|In \[|^[^\S\n]+$", re.M)
# Cell magics whose body IPython runs in the notebook's own namespace. Any other magic (%%script,
# %%bash, %%writefile, %%timeit, one that does not exist) defines no names there.
_PYTHON_MAGICS = {"time", "capture", "prun", "debug"}
_KEPT = 2000  # parsed cells and statements; the lessons have 300 cells and 900 statements


@dataclass(frozen=True)
class Cell:
    """A code cell as Python.

    Attributes:
        number: its position among the notebook's code cells, from 1.
        filename: its name in a traceback.
        text: its code without IPython's own syntax; "" if Jupyter would not run it as Python.
        body: its statements; empty if they cannot be parsed.
        error: why they cannot be parsed, or None.
    """

    number: int
    filename: str
    text: str
    body: tuple[ast.stmt, ...]
    error: SyntaxError | None


@dataclass(frozen=True)
class Statement:
    """A top-level statement of a notebook, and its cell."""

    node: ast.stmt
    cell: Cell

    @functools.cached_property
    def names(self) -> Names | None:
        """The names that it defines and needs; None if Python cannot compile it."""
        return _names_of(self.node)

    @property
    def place(self) -> str:
        """Its notebook, cell and line, as text."""
        return f"{self.cell.filename[1:-1]}, line {self.node.lineno}"


def python_of(source: str) -> str:
    """Return a cell's code as Python, with the same line numbers.

    `%magic`, `!command` and `name?` become calls; a cell in another language becomes "".
    """
    if _is_python(source):
        return source if source.endswith("\n") else f"{source}\n"
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


def _is_python(source: str) -> bool:
    """Return whether a cell has no syntax of IPython's own.

    Most cells have none, and parsing them is three times faster than having IPython search them.
    """
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return not _CHANGED.search(source)


def cell_of(name: str, number: int, source: str) -> Cell:
    """Return code cell `number` of the notebook `name`, parsed."""
    return Cell(number, f"<{name}, code cell {number}>", *_parsed(source))


# Several cells may share the statements that this returns; nothing changes them.
@functools.lru_cache(_KEPT)
def _parsed(source: str) -> tuple[str, tuple[ast.stmt, ...], SyntaxError | None]:
    """Return a cell's text, body and error (see `Cell`)."""
    try:
        text = python_of(source)
        return text, tuple(ast.parse(text).body), None
    except SyntaxError as error:
        return source, (), error
    except (ValueError, RecursionError, MemoryError) as error:
        return source, (), SyntaxError(str(error))


@functools.lru_cache(_KEPT)
def _names_of(node: ast.stmt) -> Names | None:
    try:
        return names_of(node)
    except (SyntaxError, ValueError, RecursionError):
        return None
