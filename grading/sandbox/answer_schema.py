"""Validate the lines that come out of the sandbox: each must be JSON of a known form.

The process that wrote them also ran a student's code, so a line may contain anything. A validated
answer can be stored in a record, shown on a page and passed to other programs without more checks.
"""

from __future__ import annotations

import json

TEXTS = ("model", "begun", "error", "detail", "line", "state")
LISTS = ("numbers", "source", "notes", "ended", "changed")
MAX_DEPTH = 6  # levels of nested lists and objects; the deepest genuine answer has 4


class ClaimError(ValueError):
    """The line is not a valid answer to a call."""


def read(line: bytes) -> tuple[str, dict]:
    """Return the id of the call that a line answers, and the answer.

    Returns:
        The id, and a dict with those of the keys `TEXTS` and `LISTS` that the line has. Other keys
        are dropped.

    Raises:
        ClaimError: the line is not JSON, not an object with an id, or a value has the wrong type.
    """
    try:
        content = json.loads(line)
    except (ValueError, RecursionError, MemoryError) as error:
        raise ClaimError(f"not JSON: {type(error).__name__}") from None
    if not isinstance(content, dict) or not isinstance(content.get("id"), str):
        raise ClaimError("expected an object with an id")
    answer: dict[str, object] = {}
    for name in TEXTS:
        value = content.get(name)
        if isinstance(value, str):
            # JSON can contain half of a surrogate pair, which no file or database can store.
            answer[name] = value.encode("utf-8", "replace").decode("utf-8")
        elif value is not None:
            raise ClaimError(f"{name} is not a text")
    for name in LISTS:
        if name in content:
            if not isinstance(content[name], list) or _depth(content[name]) > MAX_DEPTH:
                raise ClaimError(f"{name} is not a list, or is nested too deeply")
            answer[name] = content[name]
    return content["id"], answer


def _depth(value: object) -> int:
    """Return how many levels of lists and objects a value has, counting up to MAX_DEPTH + 1.

    Not recursive: a student can nest deeper than Python's recursion limit.
    """
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
