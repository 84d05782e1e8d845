"""Decide whether a function is still the empty exercise.

Who calls it: `notebooks`. Only reachable code counts: a `raise NotImplementedError()` below a
`return` is a leftover, not a sign of an empty exercise.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

_RAISES, _LEAVES = "raises", "leaves"


def is_stub(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a call of the function always raises NotImplementedError or does nothing."""
    reached, end = _reached(function.body)
    # A function that returns its argument is a (wrong) answer: only names it assigned count here.
    own = {part.id for node in reached for part in ast.walk(node) if _is_stored(part)}
    return end == _RAISES or all(_does_nothing(node, own) for node in reached)


def _reached(body: Iterable[ast.stmt]) -> tuple[list[ast.stmt], str | None]:
    """Return the statements that may run and how they always end; None if they may go on."""
    reached: list[ast.stmt] = []
    for node in body:
        if isinstance(node, ast.Raise):
            unfinished = node.exc is not None and "NotImplementedError" in ast.dump(node.exc)
            return [*reached, node], _RAISES if unfinished else _LEAVES
        if isinstance(node, ast.Return):
            return [*reached, node], _LEAVES
        inner, end = _reached_inside(node)
        reached += inner
        if end is not None:
            return reached, end
    return reached, None


def _reached_inside(node: ast.stmt) -> tuple[list[ast.stmt], str | None]:
    if isinstance(node, ast.If) and isinstance(node.test, ast.Constant):
        return _reached(node.body if node.test.value else node.orelse)
    if isinstance(node, ast.If):
        branches = [_reached(node.body), _reached(node.orelse)]
        ends = {end for _, end in branches}
        end = None if None in ends else _LEAVES if _LEAVES in ends else _RAISES
        return [node], end
    if isinstance(node, ast.With):
        inner, end = _reached(node.body)
        return [node, *inner], end
    return [node], None


def _is_stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _does_nothing(node: ast.stmt, own: set[str]) -> bool:
    """Return whether a statement computes nothing; `own` are names assigned in the function."""
    if isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.Return):
        returns_own_name = isinstance(node.value, ast.Name) and node.value.id in own
        return node.value is None or isinstance(node.value, ast.Constant) or returns_own_name
    if isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign):  # docstring, ..., X = None
        return node.value is None or isinstance(node.value, ast.Constant)
    return False
