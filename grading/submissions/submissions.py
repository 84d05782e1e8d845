"""Find and read what students handed in, without running, unpacking or trusting any of it.

An entry is a folder, a zip, a tar or a single notebook, or several of these as a learning platform
downloads them; its name is the student's. Only notebooks are read, into memory, within limits; no
file is written, no link followed, no device opened. Each entry and each notebook is accounted for.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from grading.submissions import folders, own_solutions, students
from grading.submissions.notebook_files import Code, Damaged, code_of
from grading.submissions.places import (
    FOREIGN,
    OTHER,
    Found,
    ending,
    is_junk,
    joined,
    kind,
    why_not_opened,
)
from grading.submissions.search import Search
from grading.submissions.students import Student
from grading.submissions.submission import Entry, Notebook, Submission
from grading.submissions.unread import (
    SubmissionError,
    Unread,
    may_hold,
    printable,
    reason,
    short_hash,
)

MAX_CODE = 16 << 20  # characters, of all notebooks together
MAX_PROBLEMS = 30
MAX_TOLD = 300  # places
_GRADESCOPE = re.compile(r"submission_\d+")
_GRADESCOPE_LIST = "submission_metadata.yml"


def find(folder: Path) -> list[Entry]:
    """List the entries of a folder of submissions, a student each, ordered by name.

    Raises:
        SubmissionError: the folder is missing, is no folder, may not be read, or holds no entry.
    """
    try:
        items = {item.name: item for item in os.scandir(folder) if not is_junk(item.name)}
    except (FileNotFoundError, NotADirectoryError):
        raise SubmissionError(
            f"{folder}: expected a folder with one entry a student (a folder, a zip or a notebook)"
        ) from None
    except OSError as error:
        raise SubmissionError(
            f"{folder}: cannot be read ({error.strerror}); expected a folder that you may list "
            "and enter"
        ) from None
    if any(map(_GRADESCOPE.fullmatch, items)):
        items.pop(_GRADESCOPE_LIST, None)
    if not items:
        raise SubmissionError(f"{folder}: no submission in it (folders, .zip or .ipynb files)")
    found = students.group(sorted(items), lambda name: _beginning(folder / name))
    opened = [any(_is_opened(items[name]) for name, _ in student.files) for student in found]
    names = _names(found, opened, items)
    return [
        _entry(folder, student, name, is_opened)
        for student, name, is_opened in zip(found, names, opened, strict=True)
    ]


def read(entry: Entry) -> Submission:
    """Read one entry's notebooks.

    Raises:
        SubmissionError: nothing in it can be read as a notebook.
    """
    search, reading = Search(), _Reading()
    for path, place in entry.files:
        try:
            for found in _found(search, path, place):
                reading.take(found)
        except (OSError, SubmissionError) as error:
            reading.take(Found(place, why=reason(error)))
    reading.accounts += [(printable(path.name), f"not read: {why}") for path, why in entry.earlier]
    return reading.submission(entry, search.others)


def _beginning(path: Path) -> str:
    """The first lines of a text; "" where it cannot be read."""
    try:
        with folders.opened(path) as file:
            return file.read(1000).decode("utf-8", "replace")
    except (OSError, SubmissionError):
        return ""


def _is_opened(item: os.DirEntry) -> bool:
    """Whether there is anything to read in an entry, as far as its name tells."""
    # A link is shown as a problem of its student.
    return item.is_dir() or item.is_symlink() or kind(item.name) not in (FOREIGN, OTHER)


def _stem(item: os.DirEntry) -> str:
    if item.is_dir(follow_symlinks=False):
        return item.name
    return item.name[: len(item.name) - len(ending(item.name))] or item.name


def _names(found: list[Student], opened: list[bool], items: dict[str, os.DirEntry]) -> list[str]:
    """What each student is called: by the entry without its ending, where that is one student."""
    stems = [student.name or _stem(items[student.files[0][0]]) for student in found]
    of_opened = Counter(stem for stem, is_opened in zip(stems, opened, strict=True) if is_opened)
    names = []
    for student, stem, is_opened in zip(found, stems, opened, strict=True):
        alone = (
            of_opened[stem] == 1 if is_opened else not of_opened[stem] and stems.count(stem) == 1
        )
        names.append(printable(stem if alone or student.name else student.files[0][0]))
    return [
        # two names that differ only in what cannot be printed, or that a platform gave to two
        f"{name} ({short_hash(student.files[0][0])})" if names.count(name) > 1 else name
        for name, student in zip(names, found, strict=True)
    ]


def _entry(folder: Path, student: Student, name: str, is_opened: bool) -> Entry:
    files = [(folder / entry, joined("", place)) for entry, place in student.files]
    return Entry(
        name,
        tuple(files),
        tuple((folder / entry, why) for entry, why in student.earlier),
        tuple(map(printable, student.notes)),
        "" if is_opened else "; ".join(dict.fromkeys(why_not_opened(p.name) for p, _ in files)),
    )


def _found(search: Search, path: Path, place: str) -> Iterator[Found]:
    """What is in one part of an entry."""
    if path.is_symlink():
        yield Found(place, why="it is a link; expected a folder, a zip or a notebook")
    elif path.is_dir():
        yield from search.through(folders.items(path))
    elif kind(path.name) in (FOREIGN, OTHER):
        lost = kind(path.name) == FOREIGN
        yield Found(place, why=why_not_opened(path.name), lost=lost)
    else:
        with folders.opened(path) as file:
            yield from search.content(file, path.name, place)


class _Reading:
    """What is found in an entry, taken in one by one."""

    def __init__(self) -> None:
        self.notebooks: dict[str, Notebook] = {}
        self.accounts: list[tuple[str, str]] = []
        self.unread: list[Unread] = []
        self._own: list[str] = []
        self._room = MAX_CODE

    def take(self, found: Found) -> None:
        """Read what was found, or note why it is not read."""
        if found.content is None:
            self.accounts.append((found.path or "all of it", f"not read: {found.why}"))
            if found.lost:
                self.unread.append(Unread(found.path, found.why, may_hold(found.path, None, False)))
            return
        try:
            self._keep(found.path, code_of(found.content))
        except Damaged as error:
            held = may_hold(found.path, found.content, error.whole)
            self.unread.append(Unread(found.path, str(error), held))
            self.accounts.append((found.path, f"not read: {error}"))

    def _keep(self, path: str, code: Code) -> None:
        self._room -= sum(map(len, code.cells))
        if self._room < 0:
            raise Damaged(f"more than {MAX_CODE >> 20} MB of code in all")
        if lesson := own_solutions.own_lesson(code):
            self.accounts.append((path, f"not marked: the course's own solved lesson {lesson}"))
            self._own.append(path)
            return
        if path in self.notebooks:  # as when a tar is unpacked, the last one replaces the others
            self.accounts.remove((path, "read"))
            self.accounts.append((path, "not read: it comes again further on, which counts"))
        self.accounts.append((path, "read"))
        self.notebooks[path] = Notebook(path.rpartition("/")[2], code.cells, path)
        for number, text in code.conflicts():
            why = f"code cell {number} is in merge conflict: it holds <<<<<<< and >>>>>>>"
            self.unread.append(Unread(path, why, may_hold("", text.encode(), True)))

    def submission(self, entry: Entry, others: Counter[str]) -> Submission:
        """All that was taken in.

        Raises:
            SubmissionError: that is nothing to mark.
        """
        problems = list(map(str, self.unread))
        if not self.notebooks and not self._own:
            why = "; ".join(problems) or self._why_nothing(others)
            raise SubmissionError(why, self.accounts[:MAX_TOLD])
        if len(problems) > MAX_PROBLEMS:
            problems[MAX_PROBLEMS:] = [f"and {len(problems) - MAX_PROBLEMS} more like these"]
        if len(self.accounts) > MAX_TOLD:
            more = f"{len(self.accounts) - MAX_TOLD} more"
            self.accounts[MAX_TOLD:] = [("and", more)]
        notebooks = [self.notebooks[path] for path in sorted(self.notebooks)]
        cells = [cell for notebook in notebooks for cell in notebook.cells]
        told = {
            "problems": tuple(problems),
            "accounts": tuple(self.accounts),
            "unread": tuple(self.unread),
            "copied": own_solutions.copied_exercises(cells),
            "notes": (*entry.notes, *self._notes()),
        }
        text = json.dumps([[notebook.path, notebook.cells] for notebook in notebooks])
        digest = hashlib.sha256(f"{text} {told}".encode("utf-8", "surrogatepass")).hexdigest()
        return Submission(
            entry.student, tuple(notebooks), digest, entries=tuple(entry.names), **told
        )

    def _why_nothing(self, others: Counter[str]) -> str:
        held = [f"{end or 'no ending'} ({count})" for end, count in others.most_common(8)]
        seen = [f"{place}: {what}" for place, what in self.accounts[:8]]
        found = "; ".join(seen + ([f"only: {', '.join(held)}"] if held else []))
        return "there is no notebook (.ipynb) in it" + (f"; {found}" if found else "")

    def _notes(self) -> list[str]:
        if not self._own:
            return []
        own = ", ".join(self._own)
        return [f"The course's own solved lessons are nobody's work and not marked: {own}"]
