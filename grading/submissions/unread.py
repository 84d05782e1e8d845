"""Describe unreadable parts of a submission, and find the exercises that may be in them.

An exercise that may be in an unreadable notebook, and that no readable one solves, is `ungraded`:
no student gets a 0 for work that nobody could read.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from grading.errors import GradingError
from grading.results.records import GRADED, INCOMPLETE, Record
from resnets.exercises import EXERCISES

MAX_SAID = 200  # characters about one unreadable file
MAX_STATUS = 300
MAX_PLACES = 100_000  # of a function's name in one text; real notebooks have far fewer
# Looked up, because an archive may hold many thousands of files that cannot be read.
_OF_LESSON = {
    lesson: {name for name, exercise in EXERCISES.items() if exercise.lesson == lesson}
    for lesson in {exercise.lesson for exercise in EXERCISES.values()}
}
_IS_MADE = re.compile(rb" *=(?! *[\w.]*from_lesson)[^=]")


class SubmissionError(GradingError, ValueError):
    """A submission cannot be read; the message says what was found and what was expected.

    Attributes:
        notebooks: (path, whether and why it was read) of everything that may hold notebooks.
    """

    def __init__(self, message: str, notebooks: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.notebooks = list(notebooks)


@dataclass(frozen=True)
class Unread:
    """An unreadable file that may hold exercises.

    Attributes:
        path: its path in the entry; "" for the entry itself.
        why: why it cannot be read.
        exercises: the exercises that may be in it.
    """

    path: str
    why: str
    exercises: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.path}: {self.why}" if self.path else self.why


def printable(name: str, most: int = 120) -> str:
    """Return a name that can be shown on a line, in a table and on a page."""
    text = name.encode("utf-8", "replace").decode("utf-8")
    if not text.isprintable():
        text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if len(text) <= most else f"{text[: most - 20]}... ({short_hash(name)})"


def short_hash(name: str) -> str:
    """Return eight hexadecimal digits that distinguish a name from others."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def reason(error: Exception, what: str = "") -> str:
    """Return one line about an error, without paths of this machine.

    Args:
        what: put before the reason, such as "the zip is damaged".
    """
    why = str(error)
    if isinstance(error, OSError) and error.strerror:
        why = error.strerror
    elif not isinstance(error, SubmissionError):
        why = f"{type(error).__name__}: {error}"
    return printable(f"{what}: {why}" if what else why, MAX_SAID)


def may_hold(path: str, content: bytes | None, whole: bool) -> tuple[str, ...]:
    """Return the exercises that may be in a file that cannot be read.

    A name that begins with a lesson's number means that lesson's exercise. For any other name, only
    the complete text can rule an exercise out.

    Args:
        path: its path in the entry.
        content: its bytes; None if there are none.
        whole: whether the content is complete.
    """
    names = {name for name in EXERCISES if _defines(content, name)} if content else set()
    number = re.match(r"0*(\d+)[_\W]", path.rpartition("/")[2])
    if number:
        names |= _OF_LESSON.get(int(number[1]), set())
    elif not whole:
        names = set(EXERCISES)
    return tuple(name for name in EXERCISES if name in names)


def _defines(content: bytes, name: str) -> bool:
    """Return whether a notebook's JSON defines `name`; `from_lesson` does not count."""
    for match in itertools.islice(re.finditer(rf"{name}\b".encode(), content), MAX_PLACES):
        before = content[max(0, match.start() - 40) : match.start()]
        if re.search(rb"(?:def|class) +$", before):
            return True
        after = content[match.end() : match.end() + 60]
        if re.search(rb'(?:"|\\n|\n)[ \t]*$', before) and _IS_MADE.match(after):
            return True
    return False


def settle(record: Record, unread: Iterable[Unread]) -> None:
    """Remove the marks of a graded record that an unreadable file may have lowered.

    A mark stays if the function is right, or if no unreadable file may hold the exercise.
    """
    if record.status != GRADED:
        return
    for lost in unread:
        for name in lost.exercises:
            mark = record.marks.get(name)
            if mark is not None and mark.aspects.get("function") != 1.0:
                del record.marks[name]
                record.ungraded[name] = str(lost)
    if record.ungraded:
        names = [name for name in EXERCISES if name in record.ungraded]
        why = "; ".join(dict.fromkeys(record.ungraded[name] for name in names))
        status = f"{INCOMPLETE}: {', '.join(names)} ungraded: {why}"
        record.status = status if len(status) <= MAX_STATUS else f"{status[: MAX_STATUS - 4]} ..."
