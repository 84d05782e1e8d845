"""Store every mark: one record for each submission, written completely or not at all.

`RESULTS/records/` has one JSON file for each student. A record's key is made from the submission's
digest and the grader's version, so a later run knows whether the record is still valid.
`grades.csv` is made from the records and can always be made again.

`RESULTS/students.json` says who is in the class. A record outlives its student, so that the mark
comes back with the submission, but it is neither exported nor reported in the meantime.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from grading.errors import GradingError
from grading.results.files import UNFINISHED, write_whole
from grading.results.spreadsheet import no_formula
from resnets.exercises import NAMES

FORMAT = 3
CLASS = "students.json"
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)  # Windows' own names
# A status is one of these words, or begins with one, a colon and the reason.
GRADED, UNGRADED = "graded", "ungraded"
INCOMPLETE, UNREADABLE, SKIPPED = "incomplete", "unreadable", "skipped"
ABSENT = "absent"  # only in exports: a student who is no longer in the class


class ResultsError(GradingError):
    """The results folder cannot be used; the message says why and what to do."""


@dataclass
class Mark:
    """The mark for one exercise.

    Attributes:
        points, maximum: the points earned, and the maximum points.
        aspects: the rubric's aspects, each from 0 to 1.
        mistake: the id of a mistake (its words are in `resnets.words`); None if there is none.
        detail: what is special about this case, in addition to those words.
        line: the place in the notebook that raised an exception, or None.
        partial: the rubric's share for the mistake, if it decided the points; otherwise 0.
    """

    points: float
    maximum: float
    aspects: dict[str, float] = field(default_factory=dict)
    mistake: str | None = None
    detail: str = ""
    line: str | None = None
    partial: float = 0.0


@dataclass
class Piece:
    """Some lines of a submission: an exercise's function, or code that it uses.

    Attributes:
        notebook, cell, first: the notebook, the code cell and the first line, both from 1.
        text: the lines.
        cut: whether lines were left out because there were too many.
    """

    notebook: str
    cell: int
    first: int
    text: str
    cut: bool = False


@dataclass
class Record:
    """Everything that is stored about one submission.

    Attributes:
        student: the name of the student.
        key: the record is valid while the submission and the grader still give this key.
        status: GRADED, or another status word with its reason.
        seed: the random seed of the arguments that the functions were called with.
        marks: a mark for each exercise that has one.
        problems: one line for each part that could not be read.
        sources: for each exercise the code that was marked, the function itself first.
        sandbox: "isolated", "none", or "without" and what the sandbox lacked.
        limits: the seconds and the bytes of memory that each exercise could use.
        seconds, peak_memory: time and bytes of memory that marking took.
        ungraded: exercises without a mark because a file that may hold them is unreadable, with
            the reason; the status is `incomplete` then.
        notebooks: [path, whether and why it was read] of everything that may hold notebooks.
        notes: lines for the student and the teacher about which files count.
        copied: the exercises whose solution by the course is in it word for word.
        entries: the names of its files in the folder of submissions.
    """

    student: str
    key: str
    status: str
    seed: int = 0
    marks: dict[str, Mark] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    sources: dict[str, list[Piece]] = field(default_factory=dict)
    sandbox: str = "isolated"
    limits: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    peak_memory: int = 0
    ungraded: dict[str, str] = field(default_factory=dict)
    notebooks: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    copied: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    format: int = FORMAT

    @property
    def kind(self) -> str:
        """The status without its reason."""
        return self.status.partition(":")[0]

    @property
    def reason(self) -> str:
        """Why it is not graded; "" if the status says no more."""
        return self.status.partition(": ")[2]

    @property
    def total(self) -> float | None:
        """The sum of the points; None if an exercise has no mark."""
        if self.ungraded:
            return None
        return round(sum(mark.points for mark in self.marks.values()), 2)

    @property
    def maximum(self) -> float:
        """The sum of the maximum points."""
        return round(sum(mark.maximum for mark in self.marks.values()), 2)


class Results:
    """A results folder.

    Raises:
        ResultsError: the folder cannot be made or written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.records = folder / "records"
        self.explained = folder / "explained"
        try:
            self.records.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ResultsError(
                f"{folder}: cannot store results there ({error.strerror})"
            ) from error

    def save(self, record: Record) -> None:
        """Write one record; a power failure leaves the old one or the whole new one."""
        self.write(self._path(record.student), json.dumps(asdict(record), indent=1))

    def load(self, student: str) -> Record | None:
        """Return a student's record; None if there is none that can be read."""
        try:
            content = json.loads(self._path(student).read_text(encoding="utf-8"))
            if content["format"] != FORMAT or content["student"] != student:
                return None
            content["marks"] = {name: Mark(**mark) for name, mark in content["marks"].items()}
            content["sources"] = {
                name: [Piece(**piece) for piece in pieces]
                for name, pieces in content["sources"].items()
            }
            return Record(**content)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None  # it will be graded again

    def set_class(self, students: Iterable[str]) -> None:
        """Store who is in the class; the records of everybody else stay, but `all` skips them."""
        self.write(self.folder / CLASS, json.dumps({"students": list(students)}, indent=1))

    def all(self) -> list[Record]:
        """Return the readable records of everybody in the class, ordered by student."""
        return self._stored(present=True)

    def absent(self) -> list[Record]:
        """Return the readable records of those who are no longer in the class, by student."""
        return self._stored(present=False)

    def _class(self) -> frozenset[str] | None:
        """Return who is in the class; None if an earlier version of the grader did not store it."""
        path = self.folder / CLASS
        try:
            return frozenset(json.loads(path.read_text(encoding="utf-8"))["students"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ResultsError(
                f"{path}: expected the names of the class, as `grade` writes them ({error}); run "
                f"`python -m grading grade SUBMISSIONS --out {self.folder}` again: it writes the "
                "file anew, and stored marks are kept"
            ) from error

    def _stored(self, present: bool) -> list[Record]:
        students = self._class()
        records = []
        for path in self.records.glob("*.json"):
            try:
                student = json.loads(path.read_text(encoding="utf-8"))["student"]
                is_present = students is None or student in students
            except (OSError, ValueError, KeyError, TypeError):
                continue
            if is_present == present and (record := self.load(student)) is not None:
                records.append(record)
        return sorted(records, key=lambda record: record.student)

    def findings(self, version: str) -> Path:
        """Return the folder of the verdict cache for this version of the grader."""
        return self.explained / version

    def clear_unfinished(self) -> None:
        """Remove temporary files of a grader that was killed; call this only with the lock held."""
        explained = self.explained.glob("*")
        for folder in (self.folder, self.records, self.folder / "feedback", *explained):
            for path in folder.glob(f"{UNFINISHED}*"):
                with suppress(OSError):  # without permission, saving the first mark reports it
                    path.unlink()

    def write_grades(self, students: Iterable[str]) -> Path:
        """Write `grades.csv` with a row for each student, in this order; return its path.

        Students without a record are `ungraded`.
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["student", "status", *NAMES, "total", "max", "mistakes"])
        for student in students:
            writer.writerow(_row(student, self.load(student)))
        path = self.folder / "grades.csv"
        self.write(path, text.getvalue())
        return path

    def write(self, path: Path, text: str) -> None:
        """Write a file in this folder, completely or not at all.

        Raises:
            ResultsError: it cannot be written; an older file is unchanged.
        """
        try:
            path.parent.mkdir(exist_ok=True)
            write_whole(path, text)
        except OSError as error:
            raise ResultsError(
                f"{path}: cannot be written ({error.strerror}); free some disk space, or allow "
                "this user to write there, and run the same command again: stored marks are kept, "
                "and the missing ones are made"
            ) from error

    def _path(self, student: str) -> Path:
        # A student's name may contain any character; its digest is a safe file name.
        return self.records / f"{hashlib.sha256(student.encode()).hexdigest()[:32]}.json"


def existing(folder: Path) -> Results:
    """Return a results folder; raise ResultsError if it has no marks, and do not create one."""
    if not (folder / "records").is_dir() or not Results(folder).all():
        raise ResultsError(
            f"{folder}: no marks in it; run `python -m grading grade SUBMISSIONS --out {folder}` "
            "first"
        )
    return Results(folder)


def _row(student: str, record: Record | None) -> list[object]:
    safe = no_formula(student)
    if record is None or record.kind not in (GRADED, INCOMPLETE):
        return [safe, no_formula(record.status) if record else UNGRADED, *[""] * (len(NAMES) + 3)]
    points = {name: UNGRADED for name in record.ungraded}
    points |= {name: f"{mark.points:g}" for name, mark in record.marks.items()}
    totals = [record.total, record.maximum] if record.total is not None else ["", ""]
    mistakes = [f"{n}:{m.mistake}" for n, m in record.marks.items() if m.mistake]
    columns = [points.get(name, "") for name in NAMES]
    return [safe, no_formula(record.status), *columns, *totals, " ".join(mistakes)]


def file_stem(student: str) -> str:
    """Return a file name for a student, without an ending; two students never get the same one."""
    name = re.sub(r"[^\w@+-][^\w.@+-]*", "_", student)
    name = name.encode()[:150].decode(errors="ignore") or "_"
    if name == student and not re.search(r"-[0-9a-f]{8}$", name) and not _DEVICE.match(name):
        return name
    return f"{name}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"
