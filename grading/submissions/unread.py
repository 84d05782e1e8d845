"""What cannot be read of a submission: how that is said, and which exercises it may cost.

An exercise that may be in an unreadable notebook, and that no readable one solves, is `ungraded`:
nobody is given a 0 for work that nothing has looked at.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from grading.results.records import GRADED, INCOMPLETE, Record
from resnets.exercises import EXERCISES

MAX_SAID = 200  # characters about one thing that cannot be read
MAX_STATUS = 300
MAX_PLACES = 100_000  # where a text may name a function: no notebook of a person has more
_IS_MADE = re.compile(rb" *=(?! *[\w.]*from_lesson)[^=]")


class SubmissionError(ValueError):
    """A submission that cannot be read; the message says what was found and what is expected.

    Attributes:
        notebooks: each place that was looked at, and what became of it.
    """

    def __init__(self, message: str, notebooks: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.notebooks = list(notebooks)


@dataclass(frozen=True)
class Unread:
    """Something that is no use as it is and may hold exercises.

    Attributes:
        path: its place in the entry; empty for the entry itself.
        why: why it cannot be read.
        exercises: those that may be in it.
    """

    path: str
    why: str
    exercises: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.path}: {self.why}" if self.path else self.why


def printable(name: str, most: int = 120) -> str:
    """A name as it can stand on a line, in a table and on a page."""
    text = name.encode("utf-8", "replace").decode("utf-8")
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if len(text) <= most else f"{text[: most - 20]}... ({short_hash(name)})"


def short_hash(name: str) -> str:
    """Eight characters that tell a name from others."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def reason(error: Exception, what: str = "") -> str:
    """One line about what went wrong, without the paths of this machine."""
    why = str(error)
    if isinstance(error, OSError) and error.strerror:
        why = error.strerror
    elif not isinstance(error, SubmissionError):
        why = f"{type(error).__name__}: {error}"
    return printable(f"{what}: {why}" if what else why, MAX_SAID)


def may_hold(path: str, content: bytes | None, whole: bool) -> tuple[str, ...]:
    """The exercises that may be in a file that cannot be read.

    A name that begins with a lesson's number promises that lesson's exercise; of any other name
    nothing is known but what the text says, if it is all there.

    Args:
        path: its place in the entry.
        content: its bytes as far as there are any.
        whole: whether these are all.
    """
    found = {name for name in EXERCISES if content and _defines(content, name)}
    number = re.match(r"0*(\d+)[_\W]", path.rpartition("/")[2])
    if number:
        found |= {name for name in EXERCISES if EXERCISES[name].lesson == int(number[1])}
    elif not whole:
        found = set(EXERCISES)
    return tuple(name for name in EXERCISES if name in found)


def _defines(content: bytes, name: str) -> bool:
    """Whether a notebook's JSON defines `name`; to fetch it from a lesson is no definition."""
    for place in itertools.islice(re.finditer(rf"{name}\b".encode(), content), MAX_PLACES):
        before = content[max(0, place.start() - 40) : place.start()]
        if re.search(rb"(?:def|class) +$", before):
            return True
        after = content[place.end() : place.end() + 60]
        if re.search(rb'(?:"|\\n|\n)[ \t]*$', before) and _IS_MADE.match(after):
            return True
    return False


def settle(record: Record, unread: Iterable[Unread]) -> None:
    """Take back each mark of a graded record that an unreadable notebook may have cost.

    A mark stays where the function is right, or where nothing unreadable may hold the exercise.
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
