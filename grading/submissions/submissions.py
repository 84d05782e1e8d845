"""Find and read what students handed in, without running, unpacking or trusting any of it.

An entry is a folder, a zip, a tar or a single notebook, or several of these from a learning
platform; its name is that of the student. Only notebooks are read, into memory and within limits;
no file is written, no link followed, no device opened. The results list every entry and every
notebook, whether it was read or not.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from grading.submissions import folders, own_solutions, students
from grading.submissions.file_kinds import (
    FOREIGN,
    OTHER,
    SearchResult,
    ending,
    is_junk,
    joined,
    kind,
    why_not_opened,
)
from grading.submissions.notebook_files import Code, Damaged, code_of
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
from resnets.exercises import EXERCISES

MAX_CODE = 16 << 20  # characters, of all notebooks together
MAX_PROBLEMS = 30
MAX_TOLD = 300  # paths in the account of what was read, and parts that could not be read
GRADESCOPE_FOLDER = re.compile(r"submission_\d+")
_GRADESCOPE_LIST = "submission_metadata.yml"


def find(folder: Path) -> list[Entry]:
    """Return the entries of a folder of submissions, one for each student, ordered by name.

    Raises:
        SubmissionError: the folder is missing, is not a folder, cannot be read, or is empty.
    """
    try:
        items = {item.name: item for item in os.scandir(folder) if not is_junk(item.name)}
    except (FileNotFoundError, NotADirectoryError):
        raise SubmissionError(
            f"{folder}: expected a folder with an entry for each student (folder, zip or notebook)"
        ) from None
    except OSError as error:
        raise SubmissionError(
            f"{folder}: cannot be read ({error.strerror}); expected a folder that you are allowed "
            "to list and enter"
        ) from None
    if any(map(GRADESCOPE_FOLDER.fullmatch, items)):
        items.pop(_GRADESCOPE_LIST, None)
    if not items:
        raise SubmissionError(f"{folder}: no submission in it (folders, .zip or .ipynb files)")
    grouped = students.group(sorted(items), lambda name: _beginning(folder / name))
    opened = [any(_is_opened(items[name]) for name, _ in student.files) for student in grouped]
    names = _names(grouped, opened, items)
    return [
        _entry(folder, student, name, is_opened)
        for student, name, is_opened in zip(grouped, names, opened, strict=True)
    ]


def read(entry: Entry) -> Submission:
    """Return the notebooks of one entry.

    Raises:
        SubmissionError: nothing in it can be read as a notebook.
    """
    search, reading = Search(), _Reading()
    for path, path_in_entry in entry.files:
        try:
            for part in _notebooks_in(search, path, path_in_entry):
                reading.take(part)
        except (OSError, SubmissionError) as error:
            reading.take(SearchResult(path_in_entry, why=reason(error)))
    reading.accounts += [(printable(path.name), f"not read: {why}") for path, why in entry.earlier]
    return reading.submission(entry, search.others)


def _beginning(path: Path) -> str:
    """Return the first 1000 bytes of a file as text; "" if it cannot be read."""
    try:
        with folders.opened(path) as file:
            return file.read(1000).decode("utf-8", "replace")
    except (OSError, SubmissionError):
        return ""


def _is_opened(item: os.DirEntry) -> bool:
    """Return whether an entry, judged by its name, has anything to read."""
    # A link is not followed, but the student's page and the report should mention it.
    # A link comes first: is_dir() raises OSError for one that points at itself.
    return item.is_symlink() or item.is_dir() or kind(item.name) not in (FOREIGN, OTHER)


def _stem(item: os.DirEntry) -> str:
    if item.is_dir(follow_symlinks=False):
        return item.name
    return item.name[: len(item.name) - len(ending(item.name))] or item.name


def _names(grouped: list[Student], opened: list[bool], items: dict[str, os.DirEntry]) -> list[str]:
    """Return each student's name: the entry's without its ending, if that is unique."""
    stems = [student.name or _stem(items[student.files[0][0]]) for student in grouped]
    of_opened = Counter(stem for stem, is_opened in zip(stems, opened, strict=True) if is_opened)
    names = []
    for student, stem, is_opened in zip(grouped, stems, opened, strict=True):
        alone = (
            of_opened[stem] == 1 if is_opened else not of_opened[stem] and stems.count(stem) == 1
        )
        names.append(printable(stem if alone or student.name else student.files[0][0]))
    return [
        # two names may differ only in unprintable characters, or a platform may use one twice
        f"{name} ({short_hash(student.files[0][0])})" if names.count(name) > 1 else name
        for name, student in zip(names, grouped, strict=True)
    ]


def _entry(folder: Path, student: Student, name: str, is_opened: bool) -> Entry:
    files = [(folder / entry, joined("", path_in_entry)) for entry, path_in_entry in student.files]
    return Entry(
        name,
        tuple(files),
        tuple((folder / entry, why) for entry, why in student.earlier),
        tuple(map(printable, student.notes)),
        "" if is_opened else "; ".join(dict.fromkeys(why_not_opened(p.name) for p, _ in files)),
    )


def _notebooks_in(search: Search, path: Path, path_in_entry: str) -> Iterator[SearchResult]:
    """Yield the notebooks in one file or folder of an entry."""
    if path.is_symlink():
        yield SearchResult(
            path_in_entry, why="it is a link; expected a folder, a zip or a notebook"
        )
    elif path.is_dir():
        yield from search.through(folders.items(path))
    elif kind(path.name) in (FOREIGN, OTHER):
        lost = kind(path.name) == FOREIGN
        yield SearchResult(path_in_entry, why=why_not_opened(path.name), lost=lost)
    else:
        with folders.opened(path) as file:
            yield from search.content(file, path.name, path_in_entry)


class _Reading:
    """Collects what the search of an entry yields, and makes a submission of it."""

    def __init__(self) -> None:
        self.notebooks: dict[str, Notebook] = {}
        self.accounts: list[tuple[str, str]] = []
        self.unread: list[Unread] = []
        self._untold = 0  # accounts beyond MAX_TOLD: an archive can hold many thousands of files
        self._more_unread = 0  # unread parts beyond MAX_TOLD, and the exercises that may be in them
        self._in_more: set[str] = set()
        self._own: list[str] = []
        self._room = MAX_CODE

    def take(self, found: SearchResult) -> None:
        """Read a notebook, or note why something is not read."""
        if found.content is None:
            if len(self.accounts) < MAX_TOLD:
                what = f"not read: {found.why}"
                self.accounts.append((found.path or "the whole submission", what))
            else:
                self._untold += 1
            if found.lost:
                self._lose(found.path, found.why, partial(may_hold, found.path, None, False))
            return
        try:
            self._keep(found.path, code_of(found.content))
        except Damaged as error:
            held = partial(may_hold, found.path, found.content, error.whole)
            self._lose(found.path, str(error), held)
            self.accounts.append((found.path, f"not read: {error}"))

    def _lose(self, path: str, why: str, held: Callable[[], tuple[str, ...]]) -> None:
        """Note an unread part; of those beyond MAX_TOLD, only their number and what they may hold.

        Args:
            held: returns the exercises that may be in it, which takes some time for a large file.
        """
        if len(self.unread) < MAX_TOLD:
            self.unread.append(Unread(path, why, held()))
            return
        self._more_unread += 1
        if len(self._in_more) < len(EXERCISES):
            self._in_more.update(held())

    def _keep(self, path: str, code: Code) -> None:
        self._room -= sum(map(len, code.cells))
        if self._room < 0:
            raise Damaged(f"more than {MAX_CODE >> 20} MB of code in all")
        if lesson := own_solutions.own_lesson(code):
            self.accounts.append((path, f"not marked: the course's own solved lesson {lesson}"))
            self._own.append(path)
            return
        if path in self.notebooks:  # as in an unpacked tar, the last file replaces the others
            self.accounts.remove((path, "read"))
            self.accounts.append((path, "not read: a later file with the same path counts"))
        self.accounts.append((path, "read"))
        self.notebooks[path] = Notebook(path.rpartition("/")[2], code.cells, path)
        conflicts = code.conflicts()
        for number, text in conflicts[:MAX_PROBLEMS]:
            why = f"code cell {number} is in a merge conflict: it has <<<<<<< and >>>>>>>"
            self._lose(path, why, partial(may_hold, "", text.encode(), True))
        if rest := "\n".join(text for _, text in conflicts[MAX_PROBLEMS:]):
            why = "more code cells are in a merge conflict"
            self._lose(path, why, partial(may_hold, "", rest.encode(), True))

    def submission(self, entry: Entry, others: Counter[str]) -> Submission:
        """Return the submission.

        Args:
            others: the number of files that cannot hold notebooks, by their ending.

        Raises:
            SubmissionError: there is nothing to mark.
        """
        problems = list(map(str, self.unread))
        if not self.notebooks and not self._own:
            why = "; ".join(problems) or self._why_nothing(others)
            raise SubmissionError(why, self.accounts[:MAX_TOLD])
        if (more := len(problems) + self._more_unread - MAX_PROBLEMS) > 0:
            problems[MAX_PROBLEMS:] = [f"and {more} more like these"]
        if (more := len(self.accounts) + self._untold - MAX_TOLD) > 0:
            self.accounts[MAX_TOLD:] = [("and", f"{more} more")]
        if self._more_unread:
            held = tuple(name for name in EXERCISES if name in self._in_more)
            why = f"{self._more_unread} more parts could not be read"
            self.unread.append(Unread("", why, held))
        notebooks = [self.notebooks[path] for path in sorted(self.notebooks)]
        cells = [cell for notebook in notebooks for cell in notebook.cells]
        content = {
            "problems": tuple(problems),
            "accounts": tuple(self.accounts),
            "unread": tuple(self.unread),
            "copied": own_solutions.copied_exercises(cells),
            "notes": (*entry.notes, *self._notes()),
        }
        text = json.dumps([[notebook.path, notebook.cells] for notebook in notebooks])
        digest = hashlib.sha256(f"{text} {content}".encode("utf-8", "surrogatepass")).hexdigest()
        return Submission(
            entry.student, tuple(notebooks), digest, entries=tuple(entry.names), **content
        )

    def _why_nothing(self, others: Counter[str]) -> str:
        other_files = [f"{end or 'no ending'} ({count})" for end, count in others.most_common(8)]
        account_lines = [f"{path_in_entry}: {what}" for path_in_entry, what in self.accounts[:8]]
        summary = "; ".join(
            account_lines + ([f"only: {', '.join(other_files)}"] if other_files else [])
        )
        return "there is no notebook (.ipynb) in it" + (f"; {summary}" if summary else "")

    def _notes(self) -> list[str]:
        if not self._own:
            return []
        own = ", ".join(self._own)
        return [f"The course's own solved lessons are not your work and were not marked: {own}"]
