"""Validate the lines that come out of the sandbox: each must be JSON of a known form.

The process that wrote them also ran a student's code, so a line may contain anything. A validated
answer can be stored in a record, shown on a page and passed to other programs without more checks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields

MAX_DEPTH = 6  # levels of nested lists and objects; the deepest genuine answer has 4


class ClaimError(ValueError):
    """The line is not a valid answer to a call."""


@dataclass(frozen=True)
class Answer:
    """The answer to one call; each part is None if there is no such part.

    Attributes:
        model: the network that the function built, as Keras JSON.
        begun: if building it failed, the part that had been built, as Keras JSON.
        error: what went wrong: "exception", "missing", "timeout" and others.
        detail: more about the error, for example the exception's message.
        line: the notebook line where it happened.
        state: if building a network failed, its `resnets.checks.attempt.State`.
        numbers: the numbers that the function returned.
        source: pieces of the function's source code (see `Loader.source`). Beside it, `error` is
            set if no notebook solves the exercise.
        notes: notes on the notebooks that it was found in (see `Loader.notes`).
        ended: if building a network failed, the exception's kind and the shapes in its message.
        changed: the parameters whose default the student changed.
    """

    model: str | None = None
    begun: str | None = None
    error: str | None = None
    detail: str | None = None
    line: str | None = None
    state: str | None = None
    numbers: list | None = None
    source: list | None = None
    notes: list | None = None
    ended: list | None = None
    changed: list | None = None

    @property
    def architecture(self) -> str | None:
        """The JSON of the network, complete or as far as it was built."""
        return self.begun if self.model is None else self.model

    def to_line(self, call: str) -> bytes:
        """Return the line that answers the call with this id."""
        parts = {name: value for name, value in vars(self).items() if value is not None}
        # Half of a surrogate pair has no form in UTF-8; as "?" it does not end the whole answer.
        text = json.dumps({"id": call, **parts}, ensure_ascii=False)
        return (text + "\n").encode("utf-8", "replace")


def read(line: bytes) -> tuple[str, Answer]:
    """Return the id of the call that a line answers, and the answer without unknown keys.

    Raises:
        ClaimError: the line is not JSON, not an object with an id, or a value has the wrong type.
    """
    try:
        content = json.loads(line)
    except (ValueError, RecursionError, MemoryError) as error:
        raise ClaimError(f"not JSON: {type(error).__name__}") from None
    if not isinstance(content, dict) or not isinstance(content.get("id"), str):
        raise ClaimError("expected an object with an id")
    parts = {
        part.name: _checked(part.name, part.type, content[part.name])
        for part in fields(Answer)
        if part.name in content
    }
    return content["id"], Answer(**parts)


def _checked(name: str, kind: str, value: object) -> str | list:
    """Return the value of a part of `Answer` that is annotated as `kind`.

    Raises:
        ClaimError: the value has another type, or is nested too deeply.
    """
    if kind.startswith("str"):
        if not isinstance(value, str):
            raise ClaimError(f"{name} is not a text")
        # JSON can contain half of a surrogate pair, which no file or database can store.
        return value.encode("utf-8", "replace").decode("utf-8")
    if not isinstance(value, list) or _depth(value) > MAX_DEPTH:
        raise ClaimError(f"{name} is not a list, or is nested too deeply")
    return value


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
