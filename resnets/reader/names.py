"""Find the names that a notebook's statement defines and those that it needs.

Who calls it: `notebooks`. No code is run: the names come from Python's own symbol table.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator
from dataclasses import dataclass, fields

# A comprehension runs with its statement; the body of a function or lambda runs when it is called.
_RUNS_AT_ONCE = {"listcomp", "setcomp", "dictcomp", "genexpr"}
# Calls that may bind a name that does not appear in the code.
_BINDERS = {"exec", "eval", "globals", "locals", "vars", "setattr", "get_ipython"}


@dataclass(frozen=True)
class Names:
    """The global names of one top-level statement.

    Attributes:
        binds: names that the statement may bind.
        replaces: names that it always binds, so that their earlier values no longer matter.
        changes: names whose object it may change: `x[0] = 1`, `x.y = 2`.
        calls: names whose methods it calls or that it passes to a call: `x.append(1)`, `fill(x)`.
        reads: names that it reads when it runs.
        reads_later: names that the functions in it read when they are called.
        binds_later: names that these functions declare global and bind.
        anything: whether it may bind names that do not appear in it: `from m import *`,
            `exec(...)`.
        star: whether it is a `from m import *`.
    """

    binds: frozenset[str]
    replaces: frozenset[str]
    changes: frozenset[str]
    calls: frozenset[str]
    reads: frozenset[str]
    reads_later: frozenset[str]
    binds_later: frozenset[str]
    anything: bool
    star: bool


def names_of(node: ast.stmt) -> Names:
    """Return the names of a top-level statement.

    Raises:
        SyntaxError: Python parses the statement but cannot compile it (a `return` outside a
            function).
    """
    if (inner := _executed(node)) is not None:
        return _together([names_of(statement) for statement in inner])
    star = isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    table = _table(node)
    binds = {s.get_name() for s in table.get_symbols() if _is_bound(s)} - {"*"}
    reads = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
    later: set[str] = set()
    bound_later: set[str] = set()
    for child, at_once in _scopes(table, True):
        for symbol in child.get_symbols():
            if not symbol.is_global():
                continue
            # `n += 1` reads a name that is declared global; the symbol table does not say so.
            if symbol.is_referenced() or symbol.is_declared_global():
                (reads if at_once else later).add(symbol.get_name())
            if _is_bound(symbol):
                (binds if at_once else bound_later).add(symbol.get_name())
    binds |= _keys_of_globals(node)
    changes, calls = _touched(node)
    return Names(
        frozenset(binds),
        frozenset(_replaced(node) - (reads if isinstance(node, ast.Assign) else set())),
        frozenset(changes),
        frozenset(calls),
        frozenset(reads),
        frozenset(later),
        frozenset(bound_later),
        star or not _BINDERS.isdisjoint(reads),
        star,
    )


def _executed(node: ast.stmt) -> list[ast.stmt] | None:
    """Return the statements in `exec("...")`; None for any other statement."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not (isinstance(call, ast.Call) and getattr(call.func, "id", None) == "exec" and call.args):
        return None
    text = call.args[0]
    if not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
        return None
    return ast.parse(text.value).body


def _together(parts: list[Names]) -> Names:
    """Return the names of several statements as if they were one."""
    merged = {
        field.name: frozenset().union(*(getattr(part, field.name) for part in parts))
        for field in fields(Names)
        if field.type == "frozenset[str]"
    }
    star, anything = (any(getattr(part, key) for part in parts) for key in ("star", "anything"))
    return Names(**merged, star=star, anything=anything)


def _keys_of_globals(node: ast.stmt) -> set[str]:
    """Return names that are bound by their text: `globals()["x"] = 1`."""
    return {
        part.slice.value
        for part in ast.walk(node)
        if isinstance(part, ast.Subscript)
        and isinstance(part.ctx, ast.Store)
        and isinstance(part.value, ast.Call)
        and getattr(part.value.func, "id", None) in ("globals", "locals", "vars")
        and isinstance(part.slice, ast.Constant)
        and isinstance(part.slice.value, str)
    }


def _table(node: ast.stmt) -> symtable.SymbolTable:
    # symtable takes only text, and refuses a top-level await, which IPython allows.
    text = ast.unparse(node)
    try:
        return symtable.symtable(text, "<statement>", "exec")
    except SyntaxError:
        if not any(isinstance(part, ast.Await) for part in ast.walk(node)):
            raise
        text = ast.unparse(_WithoutAwait().visit(ast.parse(text)))
        return symtable.symtable(text, "<statement>", "exec")


class _WithoutAwait(ast.NodeTransformer):
    def visit_Await(self, node: ast.Await) -> ast.expr:  # noqa: N802 - ast's own name
        return self.visit(node.value)


def _is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()


def _scopes(table: symtable.SymbolTable, at_once: bool) -> Iterator[tuple]:
    """Yield (scope, whether its code runs with the statement) for all scopes in a statement."""
    for child in table.get_children():
        runs = at_once and (child.get_type() == "class" or child.get_name() in _RUNS_AT_ONCE)
        yield child, runs
        yield from _scopes(child, runs)


def _replaced(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names} - {"*"}
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = list(node.targets)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets = [node.target]
    return {part.id for target in targets for part in _flat(target) if isinstance(part, ast.Name)}


def _flat(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from _flat(element)
    elif isinstance(target, ast.Starred):
        yield from _flat(target.value)
    else:
        yield target


def _touched(node: ast.stmt) -> tuple[set[str], set[str]]:
    """Return (names whose object an assignment changes, names whose object a call may change)."""
    changes: set[str] = set()
    calls: set[str] = set()
    for part in _run_with(node):
        if isinstance(part, ast.Attribute | ast.Subscript):
            if isinstance(part.ctx, ast.Store | ast.Del):
                changes |= _root(part)
        elif isinstance(part, ast.Call):
            calls |= _root(part.func) if isinstance(part.func, ast.Attribute) else set()
            for argument in (*part.args, *(keyword.value for keyword in part.keywords)):
                calls |= {argument.id} if isinstance(argument, ast.Name) else set()
    return changes, calls


def _run_with(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a statement that run with it, so not the bodies of functions."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += [*part.decorator_list, part.args]
        elif isinstance(part, ast.Lambda):
            waiting.append(part.args)
        else:
            waiting += ast.iter_child_nodes(part)


def _root(node: ast.expr) -> set[str]:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return {node.id} if isinstance(node, ast.Name) else set()
