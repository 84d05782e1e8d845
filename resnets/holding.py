"""Hold back the cells that use a function of an earlier lesson that is not there yet.

Who calls it: `from_lesson`, in a notebook only. Such a cell prints one line instead of running, and
so does each cell that uses what the cells before it would have defined. An exception would stop
"Run All Cells".
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from resnets.reader.names import names_of

# A name in the notebook -> the function that it waits for.
_held: dict[str, str] = {}


def hold(name: str) -> None:
    """Hold back the cells that use the function `name`, directly or not."""
    from IPython import get_ipython

    _held[name] = name
    transformers = get_ipython().input_transformers_cleanup
    if transform not in transformers:
        transformers.append(transform)


def release(name: str) -> None:
    """Let the cells run that wait for the function `name`."""
    for held in [held for held, reason in _held.items() if reason == name]:
        del _held[held]


def placeholder(error: Exception) -> Callable:
    """Return a function that raises `error` when it is called."""

    def not_ready(*arguments, **keywords):
        raise error

    return not_ready


def transform(lines: list[str]) -> list[str]:
    """Replace a cell that has to wait; IPython calls this with the lines of every cell.

    A function whose body uses a name that is held can be defined, but not used.
    """
    try:
        statements = [names_of(node) for node in ast.parse("".join(lines)).body] if _held else []
    except (SyntaxError, ValueError, RecursionError):
        return lines
    held = dict(_held)
    reason = ""
    for names in statements:
        reason = reason or next((held[name] for name in sorted(names.reads) if name in held), "")
        inside = next((held[name] for name in sorted(names.reads_later) if name in held), "")
        for name in names.binds:
            held.pop(name, None)
            if reason or inside:
                held[name] = reason or inside
    if statements:
        _held.clear()
        _held.update(held)
    if not reason:
        return lines
    say = "__import__('resnets.offer', fromlist=['say']).say"
    return [f"{say}('This cell is waiting for {reason}, which is not there yet.')\n"]


# IPython leaves out such a transformer where it only looks whether a cell is complete.
transform.has_side_effects = True
