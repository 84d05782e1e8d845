"""The records of a submission: its files before, and its notebooks after reading."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from grading.sandbox.job import Notebook
from grading.submissions.file_kinds import printable
from grading.submissions.unread import Unread


@dataclass(frozen=True)
class Entry:
    """One student's files in the folder of submissions.

    Attributes:
        student: the name shown everywhere: printable, unique in the class.
        files: (file or folder, its path in the entry); the path is "" if it is the whole entry.
        earlier: (file or folder, why it does not count) of files that a later one replaces.
        notes: lines for the teacher and the student about which files count.
        skipped: why nothing of it is read; "" if something is.
    """

    student: str
    files: tuple[tuple[Path, str], ...]
    earlier: tuple[tuple[Path, str], ...] = ()
    notes: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def names(self) -> list[str]:
        """The names of its files in the folder of submissions, printable."""
        return [printable(path.name) for path, _ in (*self.files, *self.earlier)]


@dataclass(frozen=True)
class Submission:
    """What was read of a student's entry.

    Attributes:
        student: as in `Entry`.
        notebooks: the readable notebooks that are the student's own, ordered by path.
        digest: SHA-256 in hex of all the other attributes but `student` and `entries`. A mark is
            valid for one digest.
        problems: one line for each part that could not be read.
        accounts: (path, whether and why it was read) of everything that may hold notebooks.
        unread: the parts that could not be read, with the exercises that may be in them.
        copied: the exercises whose solution by the course is in a notebook word for word.
        notes: lines for the teacher and the student about which files count.
        entries: the names of its files in the folder of submissions.
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
