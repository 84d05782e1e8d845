"""Find what a learner's function builds but does not use: `Activation('relu')(X)` without `X =`.

Who calls it: the checks, to add a line to the mistake that they name. If a result is not assigned,
or a layer starts from the wrong tensor, the built network looks as if a layer were missing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import keras

from resnets.checks.attempt import Attempt, State
from resnets.checks.describe import describe
from resnets.checks.errors import source_tree
from resnets.checks.graph import open_ends, producer, tensors_before
from resnets.checks.result import CheckResult

_MOST = 3
_KERAS_MODULES = ("keras", "layers", "ops")


def with_unused(result: CheckResult, function: Callable, attempt: Attempt) -> CheckResult:
    """Add to `result` a line about layers that are built but not used, if any; return it."""
    ends = unused(attempt)
    if not ends:
        return result
    names = ", ".join(f"`{describe(end)}`{_location(end)}" for end in ends[:_MOST])
    lines = [f"line {number}: `{text}`" for number, text in unassigned_lines(function)]
    if lines:
        kept = " and ".join(f"`{name} = ...`" for name in _wanted_names(function)[:_MOST])
        advice = f"The result is not kept in {', '.join(lines[:_MOST])}. Write {kept} there."
    else:
        advice = "Look at the tensor that the next layer, or `return`, starts from."
    result.details.insert(0, ("Built, but its result is not used", f"{names}. {advice}"))
    return result


def unused(attempt: Attempt) -> list[keras.KerasTensor]:
    """Return the tensors computed from the input that neither a layer nor the result uses."""
    if attempt.state not in (State.TENSOR, State.MODEL):
        return []
    used = {id(tensor) for tensor in tensors_before(attempt.tensors)}
    return [tensor for tensor in open_ends(attempt.start) if id(tensor) not in used]


def _location(tensor: keras.KerasTensor) -> str:
    """Return text that locates `tensor` by the name of the last layer with weights before it."""
    text = " (`{name}`)"
    while inputs := producer(tensor).input_tensors:
        operation = producer(tensor).operation
        if getattr(operation, "weights", []):
            return text.format(name=operation.name)
        tensor, text = inputs[0], " after `{name}`"
    return ""


def unassigned_lines(function: Callable) -> list[tuple[int, str]]:
    """Return number and text of the lines that call a layer or a block without using the result."""
    tree, first = source_tree(function)
    return [(first + node.lineno - 1, ast.unparse(node)) for node in _lost_calls(tree)]


def _wanted_names(function: Callable) -> list[str]:
    """Return the variable for each lost result: the one that the layer was called on, or X."""
    tree, _ = source_tree(function)
    arguments = [node.value.args[:1] for node in _lost_calls(tree)]
    names = [args[0].id if args and isinstance(args[0], ast.Name) else "X" for args in arguments]
    return list(dict.fromkeys(names))


def _lost_calls(tree: ast.AST | None) -> Iterator[ast.Expr]:
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Call) or _builds(called):
                yield node


def _builds(called: ast.expr) -> bool:
    """Return whether `called` is one of the exercises' blocks or a function of Keras."""
    if isinstance(called, ast.Name):
        return called.id.endswith("_block")
    while isinstance(called, ast.Attribute):
        called = called.value
    return isinstance(called, ast.Name) and called.id in _KERAS_MODULES
