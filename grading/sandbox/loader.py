"""Get a student's function out of notebooks, inside the sandbox.

The notebooks are read as the lessons' own `from_lesson` reads them (see `resnets.reader`): a
function is found by its name in any cell of any notebook, and what it needs is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable

from grading.sandbox import namespace
from resnets.exercises import EXERCISES
from resnets.lessons import LessonNotReady
from resnets.reader.notebooks import (
    EMPTY,
    SOLVED,
    Cell,
    Notebook,
    Statement,
    choose,
    keep_source,
    why_chosen,
)
from resnets.reader.slices import Failure, cause_of, needed, run

MAX_SHOWN = 60_000  # characters of a function that a feedback page shows
MAX_HELPERS = 20


class NotThere(LookupError):
    """No notebook defines the function, or only as the empty exercise."""


class BrokenCell(SyntaxError):
    """The cell that should define the function is not Python; `place` says where."""

    def __init__(self, cell: Cell) -> None:
        super().__init__(cell.error.msg)
        self.place = f"{cell.filename[1:-1]}, line {cell.error.lineno or 1}"


class Loader:
    """The definitions of one submission.

    Args:
        notebooks: name, code cells and, where it is known, path of each notebook.

    Attributes:
        failures: what failed while the latest function was loaded, by the names that it lacks.
    """

    def __init__(self, notebooks: list[dict]) -> None:
        self.notebooks = [
            Notebook(given["name"], given["cells"], given.get("path", "")) for given in notebooks
        ]
        self.failures: dict[str, Failure] = {}
        self._instead: dict[str, Callable] = {}
        self._asked: tuple[str, ...] = ()
        for notebook in self.notebooks:
            keep_source(notebook.cells)

    def load(self, name: str, instead: dict[str, Callable] | None = None) -> Callable:
        """Return the function `name`, made in a fresh namespace.

        Args:
            instead: functions that stand there in place of the student's of the same names.

        Raises:
            NotThere: no notebook defines it.
            BrokenCell: only a cell with a syntax error does.
            NotImplementedError: it is still the empty exercise.
            Exception: whatever the statement that makes it raises, or one that it needs.
        """
        self.failures, self._instead, self._asked = {}, instead or {}, ()
        return self._load(name)

    def fetch(self, number: int, name: str) -> Callable:
        """What `from_lesson(number, name)` gives in a submission's notebook.

        Raises:
            LessonNotReady: no notebook of the submission solves that exercise.
        """
        if (function := self._other(name)) is None:
            raise LessonNotReady(f"Lesson {number}: {name} is not solved in this submission")
        return function

    def _load(self, name: str) -> Callable:
        notebook = self._where(name)
        names = namespace.classic_names()
        statements = needed(notebook, name, names)
        before, self._asked = self._asked, (*self._asked, name)
        # A block that ResNet50 calls may stand in another notebook, without being fetched.
        made = {bound for statement in statements for bound in statement.names.binds}
        for other in _read_by(statements) & EXERCISES.keys() - made:
            if (function := self._other(other)) is not None:
                names[other] = function
        fixed = {other: function for other, function in self._instead.items() if other != name}
        failures = run(statements, names, fixed)
        self._asked = before or self._asked  # the outermost may fetch when it is called
        self.failures |= failures
        if failure := failures.get(name):
            raise (cause_of(failure.error, failures) or failure).error
        if name not in names:
            raise NotThere(f"{name} is not defined")
        return names[name]

    def _other(self, name: str) -> Callable | None:
        """A function of another exercise; None where no notebook solves it."""
        if name in self._instead:
            return self._instead[name]
        if name in self._asked or not any(nb.state(name) == SOLVED for nb in self.notebooks):
            return None
        return self._load(name)

    def source(self, name: str) -> list[dict]:
        """The text of the function `name` as `load` takes it, then of what it uses beside it.

        Returns:
            [{"notebook": str, "cell": int, "first": line of the cell, "text": str, "cut": bool}];
            empty when no notebook defines it. An empty exercise is shown as it stands, and so is
            a cell that is not Python.
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
        stands = notebook.statements[notebook.bindings(name)[-1] if solved is None else solved]
        pieces, left = [], MAX_SHOWN
        for statement in (stands, *self._helpers(notebook, name, stands)):
            node = statement.node
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            pieces.append(_piece(notebook, statement.cell, first, node.end_lineno, left))
            left -= len(pieces[-1]["text"])
        return pieces

    def _helpers(self, notebook: Notebook, name: str, stands: Statement) -> Iterable[Statement]:
        """What the function uses of its notebook, beside imports and other exercises."""
        statements = needed(notebook, name, namespace.classic_names())
        return [
            statement
            for statement in statements
            if statement is not stands
            and not isinstance(statement.node, ast.Import | ast.ImportFrom)
            and EXERCISES.keys().isdisjoint(statement.names.binds)
        ][:MAX_HELPERS]

    def notes(self, name: str) -> list[str]:
        """Where several notebooks define an exercise: which one is marked, and why."""
        first, *others = choose(self.notebooks, name) or [None]
        return [
            f"{name}: {first.path} is marked, {other.path} is not: {why_chosen(first, other, name)}"
            for other in others
            if other.state(name) != EMPTY
        ]

    def _where(self, name: str) -> Notebook:
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
        cells = [(notebook, notebook.broken_cell(name)) for notebook in self.notebooks]
        return next(((notebook, cell) for notebook, cell in cells if cell is not None), None)


def _read_by(statements: Iterable[Statement]) -> set[str]:
    return {name for s in statements for name in (*s.names.reads, *s.names.reads_later)}


def _piece(notebook: Notebook, cell: Cell, first: int, last: int | None, room: int) -> dict:
    lines = re.split(r"\r\n|\r|\n", cell.text)
    shown = "\n".join(lines[first - 1 : last])
    return {
        "notebook": notebook.name,
        "cell": cell.number,
        "first": first,
        "text": shown[: max(room, 0)],
        "cut": len(shown) > room,
    }
