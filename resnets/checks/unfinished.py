"""Say that an exercise is still empty, and which lines of it.

Who calls it: the checks, before they look at anything else.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

from resnets.checks.attempt import Attempt, State
from resnets.checks.errors import unfinished_lines
from resnets.checks.messages import finding
from resnets.checks.result import CheckResult


def unfinished(exercise: str, function: Callable, attempt: Attempt) -> CheckResult | None:
    """Return the result for an exercise that is still empty, wholly or in part; None otherwise."""
    lines = unfinished_lines(function)
    if isinstance(attempt.error, NotImplementedError):
        if "NotImplementedError" in " ".join(lines) or not str(attempt.error):
            return _unfinished(exercise, ["raise NotImplementedError()"])
    if attempt.state == State.ERROR:
        # `None` in a finished function, as in np.clip(x, 0, None), does not raise by itself.
        from_a_gap = re.search("None|[Ee]llipsis", f"{attempt.error!r}") is not None
        return _unfinished(exercise, lines) if lines and from_a_gap else None
    if attempt.state not in (State.NOTHING, State.FOREIGN):
        return None
    return _unfinished(exercise, lines) if lines or _is_empty(function) else None


def _unfinished(exercise: str, lines: list[str]) -> CheckResult:
    where = ", ".join(f"`{line}`" for line in lines[:3])
    result = finding(exercise, "unfinished", [("Still to do", where)])
    result.status = "unfinished"
    return result


def _is_empty(function: Callable) -> bool:
    """Return whether the function only returns None (`pass`, a docstring, `...`)."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and not code.co_names and code.co_consts[-1:] == (None,)
