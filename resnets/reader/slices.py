"""Run what an exercise's function needs from its notebook, and nothing else.

Who calls it: `resnets.lessons` in the learner's kernel and the grader inside its sandbox.

The function may use whatever the notebook had defined by the time its check ran: imports,
constants, other functions, objects made by calls, loops or `with`. So this module picks the
statements that define the names it uses, then those that define the names these use, and so on. It
runs them in the notebook's order. Statements that only train, plot, download or fail are left out.
"""

from __future__ import annotations
import __future__

import ast
import asyncio
import builtins
import functools
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from resnets.reader.cells import Statement
from resnets.reader.notebooks import Notebook

_FUTURE = {name: getattr(__future__, name).compiler_flag for name in __future__.all_feature_names}


@dataclass(frozen=True)
class Failure:
    """A needed statement that raised an exception.

    Attributes:
        error: the exception.
        place: notebook, cell and line, as text.
    """

    error: BaseException
    place: str


def needed(notebook: Notebook, name: str, given: Iterable[str] = ()) -> list[Statement]:
    """Return the statements that define `name` and everything it uses, in the order to run them.

    Args:
        given: names that the namespace already holds.
    """
    return _Slice(notebook, name).statements(set(given) | set(dir(builtins)))


def run(
    statements: Iterable[Statement], namespace: dict, fixed: Mapping[str, object] | None = None
) -> dict[str, Failure]:
    """Run statements in `namespace`, as a notebook's cells would.

    Args:
        namespace: filled with what they define.
        fixed: names that keep these values even if a statement assigns to them.

    Returns:
        The failures, by the names that the failed statements should have defined.
    """
    failures: dict[str, Failure] = {}
    flags = 0
    namespace.update(fixed or {})
    again: list[Statement] = []
    for statement in statements:
        node = statement.node
        if _is_future(node):
            flags |= sum(_FUTURE.get(alias.name, 0) for alias in node.names)
            continue
        error = _run_one(statement, namespace, flags, failures)
        again += [statement] if isinstance(error, NameError) else []
        namespace.update(fixed or {})
    for statement in again:  # their cells were run after cells further down in the notebook
        _run_one(statement, namespace, flags, failures)
        namespace.update(fixed or {})
    return failures


def _run_one(
    statement: Statement, namespace: dict, flags: int, failures: dict[str, Failure]
) -> BaseException | None:
    """Run one statement and return the exception that it raised, or None.

    If it raises one, `failures` gets an entry for each name that it should have defined.
    """
    node, filename = statement.node, statement.cell.filename
    names = statement.names.binds | statement.names.changes
    error: BaseException | None = None
    try:
        _execute(node, filename, namespace, flags)
    except (Exception, SystemExit) as raised:
        # In Jupyter `exit()` does not end the notebook either.
        error = raised
        failures.update(dict.fromkeys(names, Failure(error, statement.place)))
        is_import = isinstance(node, ast.ImportFrom)
        names = _import_what_exists(node, filename, namespace) if is_import else set()
    for name in names:
        failures.pop(name, None)
    return error


def cause_of(error: BaseException, failures: Mapping[str, Failure]) -> Failure | None:
    """Return the failed statement behind a NameError; None for any other error."""
    return failures.get(error.name) if isinstance(error, NameError) and error.name else None


def _execute(node: ast.stmt, filename: str, namespace: dict, flags: int) -> None:
    flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(ast.Module([node], []), filename, "exec", flags, dont_inherit=True)
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, namespace))
    else:
        exec(code, namespace)


def _import_what_exists(node: ast.ImportFrom, filename: str, namespace: dict) -> set[str]:
    """Import one by one the names of a `from ... import a, b` that exist; return them.

    Old notebooks import names that newer versions no longer have, often without using them.
    """
    imported = set()
    for alias in node.names:
        single = ast.ImportFrom(node.module, [alias], node.level)
        try:
            _execute(ast.fix_missing_locations(single), filename, namespace, 0)
        except Exception:
            continue
        imported.add(alias.asname or alias.name)
    return imported


class _Slice:
    """The statements that one name needs: a backward slice by the names they bind and read.

    In doubt it runs one statement too many: a name depends on every statement that binds it or may
    change its object.
    """

    def __init__(self, notebook: Notebook, name: str) -> None:
        self._name = name
        self._all = [s for s in notebook.statements if s.names is not None]
        solved = notebook.last_solved(name)
        definition = None if solved is None else notebook.statements[solved]
        # An untouched copy of the exercise below the solution does not undo it.
        below = {id(notebook.statements[i]) for i in notebook.bindings(name)}
        seen, kept = definition is None, []
        for statement in self._all:
            if not (seen and definition is not None and id(statement) in below):
                kept.append(statement)
            seen = seen or statement is definition
        self._all = kept
        self._end = self._where_it_was_checked(definition)
        self._objects = self._made_by_calls()
        self._makers: dict[str, list[Statement]] = {}
        for statement in self._all:
            for defined_name in self._makes(statement):
                self._makers.setdefault(defined_name, []).append(statement)
        self._closures: dict[str, set[str]] = {}

    def statements(self, given: set[str]) -> list[Statement]:
        """Return the statements to run; `given` are names that need no statement."""
        wanted = self._closure(self._name)
        first, rest = self._all[: self._end], self._all[self._end :]
        chosen = self._backward(first, wanted)
        # People run cells out of order, so what the check used may be defined further down.
        defined = {name for statement in chosen for name in self._makes(statement)}
        missing = wanted - defined - given
        chosen += self._backward(rest, missing & self._makers.keys())
        if missing - self._makers.keys():  # made by `exec`, `globals()[...] =` and the like
            chosen += [s for s in first if s.names.anything]
        chosen += [s for s in self._all if s.names.star or _is_future(s.node)]
        picked = {id(statement) for statement in chosen}
        return [statement for statement in self._all if id(statement) in picked]

    def _where_it_was_checked(self, definition: Statement | None) -> int:
        """Return the index of the first check below the definition; later statements do not count.

        Without a check, it is the first use of the function: what follows may be experiments.
        """
        check = f"check_{self._name.lower()}"
        first_use, below = len(self._all), definition is None
        for index, statement in enumerate(self._all):
            if below and check in statement.names.reads | _attributes(statement.node):
                return index
            if below and self._name in statement.names.reads:
                first_use = min(first_use, index)
            below = below or statement is definition
        return first_use

    def _made_by_calls(self) -> set[str]:
        """Return names whose object a method call may change: not modules, functions, classes."""
        fixed = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
        return {
            name
            for statement in self._all
            if not isinstance(statement.node, fixed)
            for name in statement.names.binds
        }

    def _makes(self, statement: Statement) -> set[str]:
        """Return the names that a statement binds, or whose object it may change."""
        names = statement.names
        defined = set(names.binds | names.changes)
        if not isinstance(statement.node, ast.Expr | ast.For | ast.While | ast.With | ast.If):
            return defined
        defined |= names.calls & self._objects
        # A name that a function declares global is bound only by a statement that calls it.
        called = {name for name in names.reads if name in self._binders}
        return defined.union(*(self._binders[name] for name in called))

    @functools.cached_property
    def _binders(self) -> dict[str, frozenset[str]]:
        return {
            name: statement.names.binds_later
            for statement in self._all
            if statement.names.binds_later
            for name in statement.names.binds
        }

    def _closure(self, name: str) -> set[str]:
        """Return `name` and every name that it depends on, directly or not."""
        if name not in self._closures:
            closure, waiting = set(), [name]
            while waiting:
                current = waiting.pop()
                if current not in closure:
                    closure.add(current)
                    for statement in self._makers.get(current, ()):
                        waiting += statement.names.reads | statement.names.reads_later
            self._closures[name] = closure
        return self._closures[name]

    def _backward(self, statements: list[Statement], wanted: set[str]) -> list[Statement]:
        live, chosen = set(wanted), []
        for statement in reversed(statements):
            if live.isdisjoint(self._makes(statement)):
                continue
            chosen.append(statement)
            live -= statement.names.replaces
            for name in statement.names.reads | statement.names.reads_later:
                live |= self._closure(name)
        return chosen


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _attributes(node: ast.AST) -> set[str]:
    return {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
