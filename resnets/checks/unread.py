"""Notice that the cell of an exercise has not run because of a syntax error.

Who calls it: `cell_gate` registers `watch` in IPython, and the checks call `syntax_error`. After a
syntax error the earlier function still exists, and a check would judge that one.
"""

from __future__ import annotations

import re

from resnets.checks.messages import finding
from resnets.checks.result import CheckResult
from resnets.exercises import EXERCISES

_unread: dict[str, SyntaxError] = {}


def watch(result) -> None:
    """Remember a syntax error in the cell of an exercise; IPython calls this after each cell."""
    text = result.info.raw_cell or ""
    error = result.error_before_exec or result.error_in_exec
    for name in EXERCISES:
        if re.search(rf"^\s*def\s+{name}\b", text, re.MULTILINE):
            if isinstance(error, SyntaxError):
                _unread[name] = error
            elif error is None:
                _unread.pop(name, None)


def syntax_error(exercise: str) -> SyntaxError | None:
    """Return the syntax error that kept the exercise's cell from running; None if it has none."""
    return _unread.get(exercise)


def not_read(exercise: str, error: SyntaxError) -> CheckResult:
    """Return the result for an exercise whose cell has not run."""
    line = (error.text or "").strip()
    place = f"line {error.lineno}: `{line}`" if line else f"line {error.lineno}"
    how = "Correct the line, run the cell of the exercise, then run this check again."
    details = [("Its cell has not run", place), ("Python says", f"{error.msg}")]
    return finding(exercise, "syntax", details, how)


def forget() -> None:
    """Forget all errors, as in a new kernel."""
    _unread.clear()


def checked_without(lines: list[str]) -> list[str]:
    """Return the exercises whose check these lines call although their cell has not run."""
    text = "".join(lines)
    return [name for name in _unread if re.search(rf"checks\.check_\w+\({name}\)", text)]
