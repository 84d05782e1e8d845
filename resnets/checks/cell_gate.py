"""Hold back cells whose first line is `# needs: identity_block` until that exercise is solved.

Who calls it: `resnets.checks`, once, when it is imported in IPython. Such a cell does not run
before its exercises have passed their checks in this kernel. It prints one line instead of raising
an exception, because an exception would stop "Run All Cells". Under the line stands a button that
lends the course's own function (see `resnets.offer`); then the cell runs with that one.
"""

from __future__ import annotations

import re

from resnets import stand_ins
from resnets.checks import unread

_NEEDS = re.compile(r"^\s*#\s*needs:\s*(?P<names>[\w, \t]+?)\s*$", re.IGNORECASE)

# exercise -> whether its latest check passed
_checked: dict[str, bool] = {}


def note(exercise: str, passed: bool) -> None:
    """Remember whether the latest check of `exercise` passed."""
    _checked[exercise] = passed


def forget() -> None:
    """Forget all outcomes, as in a new kernel."""
    _checked.clear()
    unread.forget()


def needed(lines: list[str]) -> list[str]:
    """Return the exercises that a cell's first line names; [] for an ordinary cell.

    Args:
        lines: the cell's source, one string for each line.
    """
    first = next((line for line in lines if line.strip()), "")
    match = _NEEDS.match(first)
    return [name for name in re.split(r"[,\s]+", match["names"]) if name] if match else []


def waiting_line(names: list[str]) -> str | None:
    """Return the line that a cell needing `names` prints instead of running; None if it may run."""
    missing = [name for name in _not_passed(names) if stand_ins.lent(name) is None]
    if not missing:
        return None
    reasons = [
        f"{name}, whose check has "
        + ("not passed yet" if name in _checked else "not been run in this session")
        for name in missing
    ]
    return (
        f"This cell is waiting for {'; and for '.join(reasons)}. "
        "Finish the exercise, run its check, then run this cell again."
    )


def transform(lines: list[str]) -> list[str]:
    """Replace a cell that has to wait; IPython calls this with the lines of every cell.

    For a cell that uses a lent function, the comment in its first line becomes the assignment, so
    that a stub that was run again does not take its place and the other lines keep their numbers.
    """
    # So that the check can say why the function is missing.
    for name in unread.checked_without(lines):
        lines = [f"{name} = globals().get({name!r}); {lines[0]}", *lines[1:]]
    names = needed(lines)
    line = waiting_line(names)
    if line is not None:
        wait = "__import__('resnets.offer', fromlist=['wait']).wait"
        return [f"{wait}({line!r}, {_not_passed(names)!r})\n"]
    own = "__import__('resnets.stand_ins', fromlist=['lent']).lent"
    loans = "; ".join(f"{name} = {own}({name!r})" for name in _not_passed(names))
    first = next((index for index, text in enumerate(lines) if text.strip()), 0)
    return [*lines[:first], loans + "\n", *lines[first + 1 :]] if loans else lines


def _not_passed(names: list[str]) -> list[str]:
    return [name for name in names if not _checked.get(name, False)]


# IPython runs transformers without side effects also when it only looks whether a cell is complete.
transform.has_side_effects = False


def register() -> None:
    """Add `transform` to the running IPython; do nothing outside IPython."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is None:
        return
    transformers = shell.input_transformers_cleanup
    # After a reload of this module the old transformer would otherwise run as well.
    transformers[:] = [
        t
        for t in transformers
        if getattr(t, "__name__", "") != "transform" or getattr(t, "__module__", "") != __name__
    ]
    transformers.append(transform)
    for callback in [c for c in shell.events.callbacks["post_run_cell"] if c.__name__ == "watch"]:
        shell.events.unregister("post_run_cell", callback)
    shell.events.register("post_run_cell", unread.watch)
