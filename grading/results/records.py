"""Keep every mark: one record a submission, written whole or not at all.

`RESULTS/records/` holds one JSON file a student. A record carries the key it was made under (the
submission's digest, the rubric, the grader's version), so a later run knows which still hold.
`grades.csv` is derived from the records and can always be made again.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from resnets.exercises import NAMES

FORMAT = 3
_FORMULA = frozenset("=+-@\N{MINUS SIGN}")  # what a formula in a spreadsheet begins with
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)  # on Windows
_WRITING = ".writing-"  # begins the name of a file that is not there yet
# What a status is, or begins with where a reason follows.
GRADED, UNGRADED = "graded", "ungraded"
INCOMPLETE, UNREADABLE, SKIPPED = "incomplete", "unreadable", "skipped"


class ResultsError(RuntimeError):
    """The results folder cannot be used; the message says why and what to do."""


@dataclass
class Mark:
    """The mark for one exercise.

    Attributes:
        points, maximum: what was earned, of what.
        aspects: the rubric's aspects, each from 0 to 1.
        mistake: the id of a mistake, whose words are in `resnets.words`; None when right.
        detail: what there is to say about this case beside these words.
        line: where in the notebook an exception arose.
        partial: the share that the rubric gives for the mistake, where it made up the points.
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
    """Some lines of a submission: an exercise's function, or what it uses beside it.

    Attributes:
        notebook, cell, first: where they stand; cells count from 1, and so do a cell's lines.
        text: the lines.
        cut: True when there were too many to keep.
    """

    notebook: str
    cell: int
    first: int
    text: str
    cut: bool = False


@dataclass
class Record:
    """All that is known about one submission.

    Attributes:
        sources: for each exercise the code that was marked, the function itself first.
        ungraded: the exercises that have no mark because what may hold them cannot be read, each
            with the reason; the status is `incomplete` then.
        notebooks: [place, what became of it] for each notebook, and what else may hold some.
        notes: what the student and the teacher should know about the reading, a line each.
        copied: the exercises whose solution by the course stands in it word for word.
        entries: what its parts are called in the folder of submissions.
    """

    student: str
    key: str
    status: str
    seed: int = 0
    marks: dict[str, Mark] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    sources: dict[str, list[Piece]] = field(default_factory=dict)
    sandbox: str = "isolated"
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
    def total(self) -> float | None:
        """The points of all exercises; None where one of them has no mark."""
        if self.ungraded:
            return None
        return round(sum(mark.points for mark in self.marks.values()), 2)

    @property
    def maximum(self) -> float:
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
            raise ResultsError(f"{folder}: cannot keep results there ({error.strerror})") from error

    def save(self, record: Record) -> None:
        """Write one record so that it is there whole, even if the power fails a moment later."""
        self.write(self._path(record.student), json.dumps(asdict(record), indent=1))

    def load(self, student: str) -> Record | None:
        """Read one record; None when there is none, or none that can be read."""
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

    def all(self) -> list[Record]:
        """Every record, ordered by student."""
        found = []
        for path in self.records.glob("*.json"):
            try:
                student = json.loads(path.read_text(encoding="utf-8"))["student"]
            except (OSError, ValueError, KeyError, TypeError):
                continue
            if (record := self.load(student)) is not None:
                found.append(record)
        return sorted(found, key=lambda record: record.student)

    def findings(self, version: str) -> Path:
        """Where this version of the grader keeps its judges' findings (`judge.verdict_cache`)."""
        return self.explained / version

    def clear_unfinished(self) -> None:
        """Remove what a killed grader had begun to write; only the one that holds the lock may."""
        explained = self.explained.glob("*")
        for place in (self.folder, self.records, self.folder / "feedback", *explained):
            for path in place.glob(f"{_WRITING}*"):
                with suppress(OSError):  # where nothing can be written, the first mark says so
                    path.unlink()

    def write_grades(self, students: Iterable[str]) -> Path:
        """Write `grades.csv`, a row a student, in the given order; unknown ones are `ungraded`."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["student", "status", *NAMES, "total", "max", "mistakes"])
        for student in students:
            writer.writerow(_row(student, self.load(student)))
        path = self.folder / "grades.csv"
        self.write(path, text.getvalue())
        return path

    def write(self, path: Path, text: str) -> None:
        """Write a file in this folder whole.

        Raises:
            ResultsError: it cannot be written; what was there before is as it was.
        """
        try:
            path.parent.mkdir(exist_ok=True)
            write_whole(path, text)
        except OSError as error:
            raise ResultsError(
                f"{path}: cannot be written ({error.strerror}); make room, or let this user write "
                "there, and run the same command again: every mark that was kept stays, and the "
                "others are made anew"
            ) from error

    def _path(self, student: str) -> Path:
        # A name may hold anything; its digest is a safe file name.
        return self.records / f"{hashlib.sha256(student.encode()).hexdigest()[:32]}.json"


def _row(student: str, record: Record | None) -> list[object]:
    safe = no_formula(student)
    if record is None:
        return [safe, UNGRADED, *[""] * (len(NAMES) + 3)]
    if record.kind not in (GRADED, INCOMPLETE):
        return [safe, record.status, *[""] * (len(NAMES) + 3)]
    points = {name: UNGRADED for name in record.ungraded}
    points |= {name: f"{mark.points:g}" for name, mark in record.marks.items()}
    totals = [record.total, record.maximum] if record.total is not None else ["", ""]
    mistakes = [f"{n}:{m.mistake}" for n, m in record.marks.items() if m.mistake]
    columns = [points.get(name, "") for name in NAMES]
    return [safe, record.status, *columns, *totals, " ".join(mistakes)]


def no_formula(text: str) -> str:
    """The text for a cell of a CSV, so that no spreadsheet takes it for a formula and runs it."""
    # As spreadsheets read it: full-width and other forms of a sign are the sign, and what cannot
    # be seen before it does not count.
    plain = unicodedata.normalize("NFKC", text)
    first = next((c for c in plain if unicodedata.category(c)[0] not in "CZ"), "")
    # A superscript minus is the mathematical one, U+2212, after that.
    return "'" + text if first in _FORMULA or text[:1] in ("\t", "\r") else text


def file_stem(student: str) -> str:
    """A file name for any student, without its ending; two students never get the same."""
    name = re.sub(r"[^\w@+-][^\w.@+-]*", "_", student)
    name = name.encode()[:150].decode(errors="ignore") or "_"
    if name == student and not re.search(r"-[0-9a-f]{8}$", name) and not _DEVICE.match(name):
        return name
    return f"{name}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"


def unfinished(path: Path) -> str:
    """How the name begins of what is written in the place of `path` until it is whole."""
    name = os.fsencode(path.name)[:150]  # a file system takes 255 bytes
    return f"{_WRITING}{os.fsdecode(name)}-"


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader, or the next run, sees the old one or the new one."""
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=unfinished(path))
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
