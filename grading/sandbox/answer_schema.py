"""What comes out of the sandbox, line by line: JSON of a known form, or nothing.

Who wrote it shared a process with a student's code, so a line may hold anything. What passes here
can be kept in a record, shown on a page and handed to other programs without a second look.
"""

from __future__ import annotations

import json

TEXTS = ("model", "begun", "error", "detail", "line", "state")
LISTS = ("numbers", "source", "notes", "ended", "changed")
MAX_DEPTH = 6  # lists and objects within one another; the deepest answer has 4


class ClaimError(ValueError):
    """The line is not what a call is answered with."""


def read(line: bytes) -> tuple[str, dict]:
    """The id of the call that a line answers, and the answer.

    Returns:
        The id, and `TEXTS` and `LISTS` as far as they were given; what else there was is left out.

    Raises:
        ClaimError: it is no JSON, no object with an id, or holds something of another kind.
    """
    try:
        content = json.loads(line)
    except (ValueError, RecursionError, MemoryError) as error:
        raise ClaimError(f"no JSON: {type(error).__name__}") from None
    if not isinstance(content, dict) or not isinstance(content.get("id"), str):
        raise ClaimError("expected an object with an id")
    answer: dict[str, object] = {}
    for name in TEXTS:
        value = content.get(name)
        if isinstance(value, str):
            # Half a character passes through JSON, but not into a file or a database.
            answer[name] = value.encode("utf-8", "replace").decode("utf-8")
        elif value is not None:
            raise ClaimError(f"{name} is not a text")
    for name in LISTS:
        if name in content:
            if not isinstance(content[name], list) or _depth(content[name]) > MAX_DEPTH:
                raise ClaimError(f"{name} is not a list, or too deep a one")
            answer[name] = content[name]
    return content["id"], answer


def _depth(value: object) -> int:
    """How deep lists and objects lie within one another, counted as far as it matters."""
    level, depth = [value], 0
    while level and depth <= MAX_DEPTH:
        level = [
            inner
            for outer in level
            if isinstance(outer, list | dict)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        depth += 1
    return depth
