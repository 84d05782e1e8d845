"""Run what an exercise's function needs from its notebook, and nothing else.

Who calls it: `resnets.lessons` in the learner's kernel and the grader inside its sandbox.

The function may use whatever the notebook had made by the time its check ran: imports, constants,
other functions, objects made by calls, loops or `with`. So the statements that make the names it
uses are picked, and those that make the names these use, and so on; they run in the notebook's
order. What only trains, plots, downloads or fails stands in nobody's way, since it is not picked.
"""

from __future__ import annotations
import __future__

import ast
import asyncio
import builtins
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from resnets.reader.notebooks import Notebook, Statement

_FUTURE = {name: getattr(__future__, name).compiler_flag for name in __future__.all_feature_names}


@dataclass(frozen=True)
class Failure:
    """A statement that was needed and raised.

    Attributes:
        error: what it raised.
        place: its notebook, cell and line.
    """

    error: BaseException
    place: str


def needed(notebook: Notebook, name: str, given: Iterable[str] = ()) -> list[Statement]:
    """The statements that make `name` and what it uses, in the order in which they run.

    Args:
        given: names that the namespace holds beforehand.
    """
    return _Slice(notebook, name).statements(set(given) | set(dir(builtins)))


def run(
    statements: Iterable[Statement], namespace: dict, fixed: Mapping[str, object] | None = None
) -> dict[str, Failure]:
    """Run statements in `namespace`, as a notebook's cells would.

    Args:
        namespace: filled with what they make.
        fixed: names that keep these values whatever the statements bind them to.

    Returns:
        What failed, by the names that it should have made.
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
    for statement in again:  # whose cell was run after one that stands further down
        _run_one(statement, namespace, flags, failures)
        namespace.update(fixed or {})
    return failures


def _run_one(
    statement: Statement, namespace: dict, flags: int, failures: dict[str, Failure]
) -> BaseException | None:
    """Run one statement, note in `failures` which names it should have made; what it raised."""
    node, filename = statement.node, statement.cell.filename
    made = statement.names.binds | statement.names.changes
    error: BaseException | None = None
    try:
        _execute(node, filename, namespace, flags)
    except (Exception, SystemExit) as raised:  # `exit()` ends no notebook
        error = raised
        failures.update(dict.fromkeys(made, Failure(error, statement.place)))
        is_import = isinstance(node, ast.ImportFrom)
        made = _import_what_exists(node, filename, namespace) if is_import else set()
    for name in made:
        failures.pop(name, None)
    return error


def cause_of(error: BaseException, failures: Mapping[str, Failure]) -> Failure | None:
    """The failed statement behind a NameError; None for any other error."""
    return failures.get(error.name) if isinstance(error, NameError) and error.name else None


def _execute(node: ast.stmt, filename: str, namespace: dict, flags: int) -> None:
    flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(ast.Module([node], []), filename, "exec", flags, dont_inherit=True)
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, namespace))
    else:
        exec(code, namespace)


def _import_what_exists(node: ast.ImportFrom, filename: str, namespace: dict) -> set[str]:
    """Import the names of a `from ... import a, b` that still exist, one by one."""
    made = set()
    for alias in node.names:
        single = ast.ImportFrom(node.module, [alias], node.level)
        try:
            _execute(ast.fix_missing_locations(single), filename, namespace, 0)
        except Exception:
            continue
        made.add(alias.asname or alias.name)
    return made


class _Slice:
    """The statements that one name needs: a backward slice by the names they bind and read.

    It errs on the side of running a statement too many: a name stands for everything that any
    statement makes of it.
    """

    def __init__(self, notebook: Notebook, name: str) -> None:
        self._name = name
        self._all = [s for s in notebook.statements if s.names is not None]
        solved = notebook.last_solved(name)
        stands = None if solved is None else notebook.statements[solved]
        # An untouched copy of the exercise below the solution does not undo it.
        below = {id(notebook.statements[i]) for i in notebook.bindings(name)}
        seen, kept = stands is None, []
        for statement in self._all:
            if not (seen and stands is not None and id(statement) in below):
                kept.append(statement)
            seen = seen or statement is stands
        self._all = kept
        self._end = self._where_it_was_checked(stands)
        self._objects = self._made_by_calls()
        self._makers: dict[str, list[Statement]] = {}
        for statement in self._all:
            for made in self._makes(statement):
                self._makers.setdefault(made, []).append(statement)
        self._closures: dict[str, set[str]] = {}

    def statements(self, given: set[str]) -> list[Statement]:
        wanted = self._closure(self._name)
        first, rest = self._all[: self._end], self._all[self._end :]
        chosen = self._backward(first, wanted)
        # Cells are run out of order, too: what the check had seen may stand further down.
        made = {name for statement in chosen for name in self._makes(statement)}
        missing = wanted - made - given
        chosen += self._backward(rest, missing & self._makers.keys())
        if missing - self._makers.keys():  # made by `exec`, `globals()[...] =` and the like
            chosen += [s for s in first if s.names.anything]
        chosen += [s for s in self._all if s.names.star or _is_future(s.node)]
        picked = {id(statement) for statement in chosen}
        return [statement for statement in self._all if id(statement) in picked]

    def _where_it_was_checked(self, stands: Statement | None) -> int:
        """How far the notebook counts: up to the first check below the definition.

        Without a check, up to the first use of the function: what follows may be other experiments.
        """
        check = f"check_{self._name.lower()}"
        first_use, below = len(self._all), stands is None
        for index, statement in enumerate(self._all):
            if below and check in statement.names.reads | _attributes(statement.node):
                return index
            if below and self._name in statement.names.reads:
                first_use = min(first_use, index)
            below = below or statement is stands
        return first_use

    def _made_by_calls(self) -> set[str]:
        """Names whose object a method call may change: not modules, functions and classes."""
        fixed = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
        return {
            name
            for statement in self._all
            if not isinstance(statement.node, fixed)
            for name in statement.names.binds
        }

    def _makes(self, statement: Statement) -> set[str]:
        """The names that a statement binds, or whose object it changes."""
        names = statement.names
        made = set(names.binds | names.changes)
        if not isinstance(statement.node, ast.Expr | ast.For | ast.While | ast.With | ast.If):
            return made
        made |= names.calls & self._objects
        # Only what calls a function that declares a name global binds that name.
        called = {name for name in names.reads if name in self._binders}
        return made.union(*(self._binders[name] for name in called))

    @property
    def _binders(self) -> dict[str, frozenset[str]]:
        if not hasattr(self, "_binding_functions"):
            self._binding_functions = {
                name: statement.names.binds_later
                for statement in self._all
                if statement.names.binds_later
                for name in statement.names.binds
            }
        return self._binding_functions

    def _closure(self, name: str) -> set[str]:
        """`name` and all that it is made of, and what that is made of."""
        if name not in self._closures:
            found, waiting = set(), [name]
            while waiting:
                other = waiting.pop()
                if other not in found:
                    found.add(other)
                    for statement in self._makers.get(other, ()):
                        waiting += statement.names.reads | statement.names.reads_later
            self._closures[name] = found
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
