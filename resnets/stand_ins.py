"""Lend the course's own function to a learner who is stuck, so that the lesson can go on.

Who calls it: the cells that wait for an exercise (`checks.cell_gate`), and `from_lesson`. A lent
function is never counted: the check recognises it, the grader reads notebooks only, and inside the
grader nothing is lent. The functions are stored compressed, so that nobody reads a solution by
accident; `python -m tools.notebooks release` writes them from the solved lessons.
"""

from __future__ import annotations

import base64
import functools
import json
import zlib
from collections.abc import Callable
from pathlib import Path

from resnets.exercises import EXERCISES

FILE = Path(__file__).with_name("stand_ins.json")

_lent: dict[str, Callable] = {}
_refused = False


def pack(source: str) -> str:
    """Return a function's source in the stored form."""
    return base64.b64encode(zlib.compress(source.encode(), 9)).decode()


def unpack(stored: str) -> str:
    """Return the source from its stored form."""
    return zlib.decompress(base64.b64decode(stored)).decode()


def packed(name: str) -> str:
    """Return the course's own function of an exercise in the stored form; "" if there is none."""
    return _stored().get(name, "")


def available(name: str) -> bool:
    """Whether the course's own function of this exercise can be lent here."""
    return not _refused and name in _stored()


def lend(name: str) -> Callable:
    """Return the course's own function of an exercise, and lend it for the rest of the session.

    Raises:
        LookupError: there is none, or the grader runs this code.
    """
    if not available(name):
        raise LookupError(f"The course's own {name} cannot be lent here. Solve the exercise.")
    if name not in _lent:
        namespace = {other: lend(other) for other in EXERCISES[name].calls}
        exec(compile(unpack(_stored()[name]), f"<the course's own {name}>", "exec"), namespace)
        _lent[name] = namespace[name]
    return _lent[name]


def lent(name: str) -> Callable | None:
    """Return the function that was lent in this session, or None."""
    return _lent.get(name)


def is_lent(function: object) -> bool:
    """Whether this is a lent function, so not the learner's own."""
    return any(function is own for own in _lent.values())


def take_back(refuse: bool = False) -> None:
    """End all loans, as in a new kernel; with `refuse`, lend nothing from now on."""
    global _refused
    _lent.clear()
    _refused = refuse


@functools.cache
def _stored() -> dict[str, str]:
    try:
        return json.loads(FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
