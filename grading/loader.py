"""Get a student's function out of notebooks, inside the sandbox.

Imports, definitions and constants run; nothing else does, so no training starts. A function is
found by its name in any cell of any notebook: cells may be missing, repeated or in another order.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from grading import scope
from resnets_lessons import from_lesson_call, is_stub, only_defines, plain_python

MAX_SHOWN = 60_000  # characters of a function that a feedback page shows
MAX_HELPERS = 20
LESSON_OF = {"gradient_norms": 1, "identity_block": 2, "convolutional_block": 3, "ResNet50": 4}


class NotThere(LookupError):
    """No notebook defines the function, or only as the empty exercise."""


class Loader:
    """The definitions of one submission.

    Args:
        notebooks: name and code cells of each notebook.
    """

    def __init__(self, notebooks: list[dict]) -> None:
        self.notebooks = [_statements(notebook) for notebook in notebooks]

    def load(
        self, name: str, instead: dict[str, Callable] | None = None, _asked: tuple[str, ...] = ()
    ) -> Callable:
        """Return the function `name`, defined in a fresh scope.

        Args:
            instead: functions that stand there in place of the student's of the same names.

        Raises:
            NotThere: no notebook defines it.
            NotImplementedError: it is still the empty exercise.
            Exception: whatever its own definition raises (a default value, a decorator).
        """
        notebook = self._where(name)
        names, instead, asked = scope.classic_names(), instead or {}, (*_asked, name)
        used = _used_by(name, notebook)
        for node, filename in notebook["statements"]:
            if earlier := _fetched(node):
                if used.intersection(_targets(node)):
                    function = self._earlier(earlier, instead, asked)
                    names.update(dict.fromkeys(_targets(node), function) if function else {})
            # A decorator is a call: `@interact` would run what it decorates.
            elif not getattr(node, "decorator_list", None) or node.name in used:
                self._execute(node, filename, names, name)
        names.update(instead)
        for other in LESSON_OF:  # a block that ResNet50 calls and another notebook defines
            if other in used and other not in names:
                if function := self._earlier(other, instead, asked):
                    names[other] = function
        if name not in names:
            raise NotThere(f"{name} is not defined")
        return names[name]

    def source(self, name: str) -> list[dict]:
        """The text of the function `name` as `load` takes it, then of what it uses beside it.

        Returns:
            [{"notebook": str, "cell": int, "first": line of the cell, "text": str, "cut": bool}];
            empty when no notebook defines it. An empty exercise is shown as it stands.
        """
        holders = [notebook for notebook in self.notebooks if name in notebook["defines"]]
        if not holders:
            return []
        try:
            notebook = self._where(name)
        except NotImplementedError:
            notebook = holders[-1]
        pieces, waiting, seen, left = [], [name], {name, *LESSON_OF}, MAX_SHOWN
        while waiting and len(pieces) <= MAX_HELPERS:
            found = _last_definition(notebook, waiting.pop(0))
            if found is None:
                continue
            node, filename = found
            piece = _piece(node, filename, notebook, left)
            left -= len(piece["text"])
            pieces.append(piece)
            used = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
            waiting += [other for other in dict.fromkeys(used) if other not in seen]
            seen.update(used)
        return pieces

    def _where(self, name: str) -> dict:
        """The notebook to take `name` from: solved before empty, its own lesson's before others."""
        found = [notebook for notebook in self.notebooks if name in notebook["defines"]]
        if not found:
            raise NotThere(f"no notebook defines {name}")
        solved = [notebook for notebook in found if notebook["defines"][name]]
        if not solved:
            raise NotImplementedError(f"{name} is still the empty exercise")
        lesson = LESSON_OF.get(name)
        own = [nb for nb in solved if re.match(rf"0*{lesson}[_\W]", nb["name"])]
        return (own or solved)[-1]

    def _defines(self, name: str) -> bool:
        return any(notebook["defines"].get(name) for notebook in self.notebooks)

    def _earlier(self, name: str, instead: dict, asked: tuple[str, ...]) -> Callable | None:
        """A function that another notebook defines; None where none does."""
        if name in instead:
            return instead[name]
        if name in asked or not self._defines(name):
            return None
        return self.load(name, instead, asked)

    def _execute(self, node: ast.stmt, filename: str, names: dict, wanted: str) -> None:
        if isinstance(node, ast.FunctionDef) and is_stub(node) and node.name in names:
            return  # an empty copy further down does not undo the solution above
        if not only_defines(node):
            return
        try:
            _run(node, filename, names)
        except Exception:
            if getattr(node, "name", None) == wanted:
                raise
            if isinstance(node, ast.ImportFrom):
                _import_what_exists(node, filename, names)


def _statements(notebook: dict) -> dict[str, Any]:
    """Parse a notebook's cells; a cell that is not Python is passed over."""
    statements, defines, lines = [], {}, {}
    for number, cell in enumerate(notebook["cells"], start=1):
        filename = f"<{notebook['name']}, code cell {number}>"
        try:
            text = plain_python(cell)
            tree = ast.parse(text, filename)
        except (SyntaxError, ValueError, RuntimeError, MemoryError):
            continue
        lines[filename] = (number, text)
        for node in tree.body:
            statements.append((node, filename))
            for name in _defined_names(node):
                solved = not (isinstance(node, ast.FunctionDef) and is_stub(node))
                defines[name] = defines.get(name, False) or solved
    return {
        "name": notebook["name"],
        "statements": statements,
        "defines": defines,
        "cells": lines,
    }


def _fetched(node: ast.stmt) -> str | None:
    """The function's name if `node` is `block = utils.from_lesson(2, "identity_block")`."""
    earlier = from_lesson_call(node.value) if isinstance(node, ast.Assign) else None
    return earlier[1] if earlier else None


def _targets(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]


def _used_by(name: str, notebook: dict) -> set[str]:
    """The names that `name` is made of in this notebook, and what these are made of."""
    made_of: dict[str, set[str]] = {}
    for node, _ in notebook["statements"]:
        parts = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        for defined in _targets(node) if _fetched(node) else _defined_names(node):
            made_of.setdefault(defined, set()).update(parts)
    used, waiting = set(), [name]
    while waiting:
        found = waiting.pop()
        if found not in used:
            used.add(found)
            waiting += made_of.get(found, ())
    return used


def _last_definition(notebook: dict, name: str) -> tuple[ast.stmt, str] | None:
    """The statement that `name` comes from: the last one, or the last solved one."""
    found = [pair for pair in notebook["statements"] if name in _defined_names(pair[0])]
    solved = [p for p in found if not (isinstance(p[0], ast.FunctionDef) and is_stub(p[0]))]
    return (solved or found or [None])[-1]


def _piece(node: ast.stmt, filename: str, notebook: dict, room: int) -> dict:
    number, text = notebook["cells"][filename]
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    shown = "\n".join(re.split(r"\r\n|\r|\n", text)[first - 1 : node.end_lineno])
    return {
        "notebook": notebook["name"],
        "cell": number,
        "first": first,
        "text": shown[:room],
        "cut": len(shown) > room,
    }


def _defined_names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign) and only_defines(node):
        return _targets(node)
    return []


def _run(node: ast.stmt, filename: str, names: dict) -> None:
    exec(compile(ast.Module([node], []), filename, "exec"), names)


def _import_what_exists(node: ast.ImportFrom, filename: str, names: dict) -> None:
    """Import the names of a `from ... import a, b` that still exist, one by one."""
    for alias in node.names:
        single = ast.ImportFrom(node.module, [alias], node.level)
        try:
            _run(ast.fix_missing_locations(single), filename, names)
        except Exception:
            continue  # `scope` has what the classic assignment needs under this name
