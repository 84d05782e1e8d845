"""Catch exceptions in a learner's code and find the learner's own line behind them.

Who calls it: the checks, whenever they run what a learner wrote.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import re
import sysconfig
import textwrap
import traceback
from collections.abc import Callable
from pathlib import Path

_LIBRARY = Path(__file__).resolve().parents[1]  # the package resnets
_LIBRARIES = tuple(
    {sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)

# Keras's longest messages have a few thousand characters; to search 100 million takes seconds.
LONGEST_MESSAGE = 50_000


def call_safely(call: Callable[[], object]) -> tuple[object, BaseException | None]:
    """Return (what `call()` returned, None), or (None, the exception that it raised).

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed during the call.
    """
    try:
        return call(), None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a learner's sys.exit() must not end the kernel
        return None, error


def own_line(error: BaseException, function: Callable) -> tuple[int, str] | None:
    """Return the number and text of the learner's line that raised `error`, or None.

    A line of `function` itself is preferred; otherwise the innermost line outside the libraries.
    """
    if isinstance(error, SyntaxError) and error.text:
        return error.lineno or 0, error.text.strip()
    frames = traceback.extract_tb(error.__traceback__)
    code = getattr(inspect.unwrap(function), "__code__", None)
    own_frames = [f for f in frames if code is not None and f.filename == code.co_filename]
    own_frames = own_frames or [f for f in frames if _is_learners(f.filename)]
    if not own_frames:
        return None
    text = own_frames[-1].line or linecache.getline(
        own_frames[-1].filename, own_frames[-1].lineno or 0
    )
    return own_frames[-1].lineno or 0, text.strip()


def _is_learners(filename: str) -> bool:
    if filename.startswith(_LIBRARIES) or filename.startswith("<frozen"):
        return False
    return not Path(filename).is_relative_to(_LIBRARY)


def short_text(error: BaseException) -> str:
    """Return the exception's message on one line of at most 300 characters.

    Keras's lists of arguments and TensorFlow's node names are dropped: a learner cannot use them.
    """
    text = str(error)[:LONGEST_MESSAGE].strip() or type(error).__name__
    text = re.split(r"\n\s*\n?Arguments received by|\n\nCall arguments received", text)[0]
    text = re.sub(r"\x1b\[[0-9;]*m|\{\{function_node [^}]*\}\}", "", text)
    text = " ".join(text.split())
    return textwrap.shorten(text, 300, placeholder=" ...")


def unfinished_lines(function: Callable) -> list[str]:
    """Return the lines of the function's source that still have to be filled in."""
    lines = []
    tree, _ = source_tree(function)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Assign | ast.AnnAssign) and _is_none(node.value):
            lines.append(ast.unparse(node))
        elif isinstance(node, ast.Call) and any(_is_none(a) for a in node.args):
            lines.append(ast.unparse(node))
        elif isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node):
            lines.append(ast.unparse(node))
    return lines


def source_tree(function: Callable) -> tuple[ast.AST | None, int]:
    """Return the syntax tree of a function and its first line number, or (None, 0).

    (None, 0) means that Python cannot find or parse the source, as for a built-in function.
    """
    try:
        lines, first = inspect.getsourcelines(function)
        return ast.parse(textwrap.dedent("".join(lines))), first
    except (OSError, TypeError, SyntaxError, ValueError):
        return None, 0


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or node.value is ...)
