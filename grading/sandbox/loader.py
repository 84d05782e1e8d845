"""Load a student's function from notebooks, inside the sandbox.

The notebooks are read in the same way as by the lessons' own `from_lesson` (see `resnets.reader`):
a function is found by its name in any cell of any notebook, and only the statements that it needs
are run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from grading.sandbox import namespace
from resnets.exercises import EXERCISES
from resnets.lessons import LessonNotReady
from resnets.reader.cells import Cell, Statement
from resnets.reader.notebooks import (
    EMPTY,
    SOLVED,
    Notebook,
    choose,
    keep_source,
    read,
    why_chosen,
)
from resnets.reader.slices import Failure, cause_of, needed, run

MAX_SHOWN = 60_000  # characters of a function and its helpers that a feedback page shows
MAX_HELPERS = 20  # helper functions and constants that a feedback page shows


def parse_ahead(folder: Path) -> None:
    """Parse the cells of the lessons as they are handed out, which most submissions still have.

    Forks of this process need not parse them again. Cells that define functions are left out:
    someone may have solved a lesson in this folder, and a student's code could find the solution.

    Args:
        folder: the learner's notebooks. Files that are no notebooks are passed over.
    """
    defines = re.compile(rf"\b(?:def|class|lambda)\b|\b(?:{'|'.join(EXERCISES)})\s*=")
    for path in sorted(folder.glob("*.ipynb")):
        with suppress(ValueError):
            notebook = read(path)
            given = [text for text in notebook.sources if not defines.search(text)]
            for statement in Notebook(notebook.name, given).statements:
                _ = statement.names


class NotThere(LookupError):
    """No notebook defines the function."""


class BrokenCell(SyntaxError):
    """The cell that should define the function has a syntax error; `place` says in which line."""

    def __init__(self, cell: Cell) -> None:
        super().__init__(cell.error.msg)
        self.place = f"{cell.filename[1:-1]}, line {cell.error.lineno or 1}"


class Loader:
    """Loads functions from the notebooks of one submission.

    Args:
        notebooks: the notebooks, parsed.

    Attributes:
        failures: statements that failed while the latest function was loaded, by the names that
            they should have defined.
    """

    def __init__(self, notebooks: list[Notebook]) -> None:
        self.notebooks = notebooks
        self.failures: dict[str, Failure] = {}
        self._instead: dict[str, Callable] = {}
        self._asked: tuple[str, ...] = ()

    def load(self, name: str, instead: dict[str, Callable] | None = None) -> Callable:
        """Return the function `name`, defined in a fresh namespace.

        Args:
            instead: functions to use in place of the student's functions of the same names.

        Raises:
            NotThere: no notebook defines it.
            BrokenCell: only a cell with a syntax error defines it.
            NotImplementedError: it is still the empty exercise.
            Exception: anything that the statement that defines it, or one that it needs, raises.
        """
        self.failures, self._instead, self._asked = {}, instead or {}, ()
        return self._load(name)

    def fetch(self, number: int, name: str) -> Callable:
        """Return what `from_lesson(number, name)` returns inside the submission.

        Raises:
            LessonNotReady: no notebook of the submission solves that exercise.
        """
        if (function := self._other(name)) is None:
            raise LessonNotReady(f"Lesson {number}: {name} is not solved in this submission")
        return function

    def _load(self, name: str) -> Callable:
        notebook = self.notebook_of(name)
        keep_source(notebook.cells)
        names = namespace.classic_names()
        statements = needed(notebook, name, names)
        before, self._asked = self._asked, (*self._asked, name)
        try:
            # A block that ResNet50 calls may be in another notebook, even without `from_lesson`.
            defined = {bound for statement in statements for bound in statement.names.binds}
            for other in _read_by(statements) & EXERCISES.keys() - defined:
                if (function := self._other(other)) is not None:
                    names[other] = function
            fixed = {other: function for other, function in self._instead.items() if other != name}
            failures = run(statements, names, fixed)
        finally:
            # The outermost function may fetch others when it is called.
            self._asked = before or self._asked
        self.failures |= failures
        if failure := failures.get(name):
            raise (cause_of(failure.error, failures) or failure).error
        if name not in names:
            raise NotThere(f"{name} is not defined")
        return names[name]

    def _other(self, name: str) -> Callable | None:
        """Return the function of another exercise, or None if no notebook solves it.

        `_asked` holds the names that are being loaded: two exercises that use each other must not
        load each other for ever.
        """
        if name in self._instead:
            return self._instead[name]
        if name in self._asked or not any(nb.state(name) == SOLVED for nb in self.notebooks):
            return None
        return self._load(name)

    def source(self, name: str) -> list[dict]:
        """Return the source text of the function `name`, then that of its helpers.

        Returns:
            A list of {"notebook": str, "cell": int, "first": first line in the cell, "text": str,
            "cut": whether the text is incomplete}; empty if no notebook defines the function. An
            empty exercise and a cell with a syntax error are included as they are.
        """
        chosen = choose(self.notebooks, name)
        if not chosen or chosen[0].state(name) != SOLVED:
            if (broken := self._broken(name)) is not None:
                notebook, cell = broken
                return [_piece(notebook, cell, 1, None, MAX_SHOWN)]
        if not chosen:
            return []
        notebook = chosen[0]
        solved = notebook.last_solved(name)
        definition = notebook.statements[notebook.bindings(name)[-1] if solved is None else solved]
        pieces, left = [], MAX_SHOWN
        for statement in (definition, *self._helpers(notebook, name, definition)):
            node = statement.node
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            pieces.append(_piece(notebook, statement.cell, first, node.end_lineno, left))
            left -= len(pieces[-1]["text"])
        return pieces

    def _helpers(self, notebook: Notebook, name: str, definition: Statement) -> list[Statement]:
        """Return the statements that a function needs, without imports and other exercises."""
        statements = needed(notebook, name, namespace.classic_names())
        return [
            statement
            for statement in statements
            if statement is not definition
            and not isinstance(statement.node, ast.Import | ast.ImportFrom)
            and EXERCISES.keys().isdisjoint(statement.names.binds)
        ][:MAX_HELPERS]

    def notes(self, name: str) -> list[str]:
        """Return a line for each other notebook that solves `name`: why it is not marked."""
        first, *others = choose(self.notebooks, name) or [None]
        return [
            f"{name}: {first.path} is marked, {other.path} is not: {why_chosen(first, other, name)}"
            for other in others
            if other.state(name) != EMPTY
        ]

    def notebook_of(self, name: str) -> Notebook:
        """Return the notebook whose solution of `name` is marked, without running any code.

        Raises:
            NotThere, BrokenCell, NotImplementedError: no notebook solves it; see `load`.
        """
        chosen = choose(self.notebooks, name)
        if chosen and chosen[0].state(name) == SOLVED:
            return chosen[0]
        if (broken := self._broken(name)) is not None:
            raise BrokenCell(broken[1])
        if chosen:
            raise NotImplementedError(f"{name} is still the empty exercise")
        for notebook in self.notebooks:
            if other := notebook.misspelt(name):
                raise NotThere(f"{notebook.name} defines {other}. Was {name} meant?")
        raise NotThere("")

    def _broken(self, name: str) -> tuple[Notebook, Cell] | None:
        """Return the first cell with a syntax error that seems to define `name`, or None."""
        cells = [(notebook, notebook.broken_cell(name)) for notebook in self.notebooks]
        return next(((notebook, cell) for notebook, cell in cells if cell is not None), None)


def _read_by(statements: Iterable[Statement]) -> set[str]:
    """Return the names that the statements read, now or when a function in them is called."""
    return {name for s in statements for name in (*s.names.reads, *s.names.reads_later)}


def _piece(notebook: Notebook, cell: Cell, first: int, last: int | None, room: int) -> dict:
    """Return lines `first` to `last` of a cell, of which at most `room` characters are kept."""
    lines = re.split(r"\r\n|\r|\n", cell.text)
    shown = "\n".join(lines[first - 1 : last])
    return {
        "notebook": notebook.name,
        "cell": cell.number,
        "first": first,
        "text": shown[: max(room, 0)],
        "cut": len(shown) > room,
    }
