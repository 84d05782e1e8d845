"""Cells that wait for an exercise: `# needs: identity_block` as a cell's first line.

Who calls it: `resnets.checks`, once, when it is imported in IPython. A waiting cell does not run
before its exercises have passed their checks in this kernel; it shows one line instead, without
an exception, so that Run All goes on.
"""

from __future__ import annotations

import re

_NEEDS = re.compile(r"^\s*#\s*needs:\s*(?P<names>[\w, \t]+?)\s*$", re.IGNORECASE)

# exercise -> whether its latest check passed
_checked: dict[str, bool] = {}


def note(exercise: str, passed: bool) -> None:
    """Remember the outcome of a check."""
    _checked[exercise] = passed


def forget() -> None:
    """As if no check had run."""
    _checked.clear()


def needed(lines: list[str]) -> list[str]:
    """The exercises that a cell's first line names; the empty list for an ordinary cell."""
    first = next((line for line in lines if line.strip()), "")
    match = _NEEDS.match(first)
    return [name for name in re.split(r"[,\s]+", match["names"]) if name] if match else []


def waiting_line(names: list[str]) -> str | None:
    """What a cell that needs `names` is waiting for, or None if it can run."""
    missing = [name for name in names if not _checked.get(name, False)]
    if not missing:
        return None
    reasons = [
        f"{name}, whose check has "
        + ("not passed yet" if name in _checked else "not been run in this session")
        for name in missing
    ]
    return (
        f"This cell is waiting for {'; and for '.join(reasons)}. "
        f"Finish that exercise, run its check, then run this cell again."
    )


def transform(lines: list[str]) -> list[str]:
    """IPython's input transformer: replace a cell that has to wait."""
    line = waiting_line(needed(lines))
    return lines if line is None else [f"print({line!r})\n"]


transform.has_side_effects = False


def register() -> None:
    """Have the running IPython, if there is one, treat waiting cells."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is None:
        return
    transformers = shell.input_transformers_cleanup
    # A module that was reloaded would otherwise be asked twice.
    transformers[:] = [
        t
        for t in transformers
        if getattr(t, "__name__", "") != "transform" or getattr(t, "__module__", "") != __name__
    ]
    transformers.append(transform)
