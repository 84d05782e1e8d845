"""What a student handed in: where it lies, and what was read of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from grading.submissions.places import printable
from grading.submissions.unread import Unread


@dataclass(frozen=True)
class Entry:
    """One student's place in the folder of submissions.

    Attributes:
        student: the name shown everywhere: printable, unique in the class.
        files: where each part lies, with its place in the entry; that is empty for a part that is
            not told from the entry itself.
        earlier: parts that a later one replaces, likewise with the reason.
        notes: what there is to say about it, a line each.
        skipped: why nothing of it is read; empty where something is.
    """

    student: str
    files: tuple[tuple[Path, str], ...]
    earlier: tuple[tuple[Path, str], ...] = ()
    notes: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def names(self) -> list[str]:
        """What its parts are called in the folder of submissions, as far as it can be printed."""
        return [printable(path.name) for path, _ in (*self.files, *self.earlier)]


@dataclass(frozen=True)
class Notebook:
    """The code of one notebook.

    Attributes:
        name: its file name.
        cells: its code cells in order.
        path: its place in the entry, with "/"; archives stand as folders do.
    """

    name: str
    cells: tuple[str, ...]
    path: str = ""


@dataclass(frozen=True)
class Submission:
    """What a student handed in.

    Attributes:
        student: as in `Entry`.
        notebooks: the readable notebooks that are the student's own, ordered by path.
        digest: SHA-256 in hex of all that is told here: a mark holds for one digest.
        problems: what could not be read, one line each.
        accounts: each notebook, and each place that may hold some, and what became of it.
        unread: what could not be read, and which exercises may be in it.
        copied: the exercises whose solution stands in a notebook word for word.
        notes: what there is to say about it, a line each.
        entries: what its parts are called in the folder of submissions.
    """

    student: str
    notebooks: tuple[Notebook, ...]
    digest: str
    problems: tuple[str, ...] = field(default=())
    accounts: tuple[tuple[str, str], ...] = ()
    unread: tuple[Unread, ...] = ()
    copied: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
