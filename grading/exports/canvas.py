"""Fill one assignment's column of the table that Canvas's gradebook exports, ready to be imported.

What Canvas makes of such a table is read from its own source (instructure/canvas-lms,
lib/gradebook_importer.rb and lib/gradebook_exporter.rb): the columns up to "Section" identify a
student, whose "ID" decides; an empty cell erases the mark that Canvas has; a row or a column that
is not there changes nothing. So the file holds those columns and one assignment, and a row for
who has a mark: whatever else Canvas holds, and has been given since the export, stays.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from grading.exports.common import ExportError, clear_unfinished, with_mark, writing
from grading.results.records import Record, no_formula, write_whole
from grading.submissions.students import canvas_user, moodle_name

COLUMN = "ResNets"
_NOT_NAMES = ("Root Account", "Section")
_OF_STUDENTS = (
    "Student",
    "LastName",
    "FirstName",
    "ID",
    "SIS User ID",
    "SIS Login ID",
    "Integration ID",
    *_NOT_NAMES,
)
# Canvas passes over a column whose title holds one of these, written like this, at any place:
# it takes it for a sum of its own ("Unposted Final Score (Fall)").
_OF_SUMS = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
_POINTS = "Points Possible"
# A student may be called by a file as Canvas downloads it, NAME_(LATE_)ID_FILE-ID_FILENAME.
_DOWNLOADED = re.compile(r"_(\d+)_\d+_")


@dataclass(frozen=True)
class _Roster:
    """Canvas's export: its header, the points possible if it says them, and a row a student."""

    header: list[str]
    points: list[str]
    students: list[list[str]]
    delimiter: str

    @property
    def width(self) -> int:
        """How many columns identify a student; "Section" is the last of them."""
        return self.header.index("Section") + 1


def _to_stderr(warning: str) -> None:
    print(f"warning: {warning}", file=sys.stderr)


def to_canvas(
    records: Iterable[Record],
    target: Path,
    roster: Path,
    column: str = COLUMN,
    warn: Callable[[str], None] = _to_stderr,
) -> dict[str, str]:
    """Write the CSV that Canvas's gradebook imports.

    Args:
        records: the class.
        target: the CSV to write.
        roster: Canvas's own export: it holds the IDs by which Canvas knows the students.
        column: the assignment's column there; a name without its "(ID)" will do. When the roster
            has no such column, Canvas offers to make the assignment.
        warn: told what Canvas's import will not do with this column as it is called.

    Returns:
        Who is left out, and why. A student is found by SIS Login ID, SIS User ID, ID or name, or
        by the file name that Canvas gives to a submission that is downloaded.

    Raises:
        ExportError: the roster is not a Canvas export, knows none of the students, its assignment
            is out of other points than the marks, or the column is one that identifies students.
    """
    known = _read(roster)
    index = _column(known, column, roster)
    graded, left_out = with_mark(records)
    if not graded:
        raise ExportError("no student has a mark yet, so there is nothing to import")
    maximum = _maximum(graded)
    _same_points(known, index, maximum, column)
    marks, lost = _place(graded, known)
    if not marks:
        raise ExportError(
            f"{roster}: none of the {len(graded)} students with a mark is in it; a submission is "
            "to be named by its student's SIS Login ID, SIS User ID, ID or name. First in the "
            f"class: {graded[0].student}"
        )
    title = column if index is None else known.header[index]
    lines = [[*known.header[: known.width], title]]
    lines.append([f"    {_POINTS}", *[""] * (known.width - 1), as_number(maximum)])
    for row, mark in sorted(marks.items()):
        ids = map(_harmless, known.students[row][: known.width])
        lines.append([*ids, as_number(mark.total)])
    text = io.StringIO()
    csv.writer(text, delimiter=known.delimiter, lineterminator="\n").writerows(lines)
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        clear_unfinished(target)
        write_whole(target, text.getvalue())
    if warning := _not_imported(title, is_new=index is None):
        warn(warning)
    return left_out | lost


def _read(roster: Path) -> _Roster:
    try:
        text = roster.read_bytes().decode("utf-8-sig")
        for delimiter in ",;":  # which of them is a setting of the person who exports
            lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
            if lines and _is_header(lines[0]):
                return _sort_lines(lines, delimiter)
    except OSError as error:
        raise ExportError(f"{roster}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ExportError(
            f"{roster}: not as Canvas exports it, a CSV in UTF-8 ({error}); export it again"
        ) from error
    raise ExportError(
        f"{roster}: not a Canvas gradebook export (its first line has no Student, ID and "
        "Section): in Canvas choose Grades, Export, Export Entire Gradebook"
    )


def _is_header(line: list[str]) -> bool:
    named = line[:2] == ["Student", "ID"] or line[:3] == ["LastName", "FirstName", "ID"]
    return named and "Section" in line


def _sort_lines(lines: list[list[str]], delimiter: str) -> _Roster:
    header, points, students = lines[0], [], []
    for line in lines[1:]:
        line += [""] * (len(header) - len(line))
        if _POINTS in line[0] and not line[header.index("ID")]:  # a person may be called so
            points = line
        else:  # also the line "Manual Posting": nobody's name or ID is in it
            students.append(line)
    return _Roster(header, points, students, delimiter)


def _column(known: _Roster, column: str, roster: Path) -> int | None:
    """Where the assignment's column is; None when there is none yet."""
    if column in _OF_STUDENTS:
        raise ExportError(
            f"Canvas knows students by the column {column!r}, so it can hold no marks: give the "
            "assignment's name as --column, with its (number) if it is called like this"
        )
    pattern = re.compile(rf"{re.escape(column)}( \(\d+\))?")
    found = [i for i, name in enumerate(known.header) if pattern.fullmatch(name)]
    exact = [i for i in found if known.header[i] == column]
    if len(exact or found) > 1:
        names = ", ".join(known.header[i] for i in found)
        raise ExportError(
            f"{roster}: more than one column fits {column!r}: {names}; give one whole"
        )
    return next(iter(exact or found), None)


def _maximum(graded: list[Record]) -> float:
    """The maximum points, which are the same in every record."""
    found = sorted({record.maximum for record in graded})
    if len(found) > 1:
        raise ExportError(
            f"the marks have {' and '.join(map(as_number, found))} points at most, but a column "
            "has one maximum: mark the class again, so that the same rubric holds for all"
        )
    return found[0]


def _same_points(known: _Roster, index: int | None, maximum: float, column: str) -> None:
    possible = known.points[index].strip() if index is not None and known.points else ""
    if not possible:
        return
    if "read only" in possible:
        raise ExportError(
            f"Canvas's column {column!r} says {possible}: Canvas computes it itself and lets "
            "nothing be imported; give an assignment's name as --column"
        )
    whole, _, decimals = possible.replace(",", ".").rpartition(".")  # as Canvas reads numbers
    try:
        same = float(f"{whole.replace('.', '')}.{decimals}" if whole else decimals) == maximum
    except ValueError:
        same = False
    if not same:
        points = as_number(maximum)
        raise ExportError(
            f"Canvas's column {column!r} has {possible} points at most, the marks have {points}: "
            f"set the assignment's points to {points} in Canvas and export the gradebook again, or "
            "give another --column"
        )


def _not_imported(title: str, is_new: bool) -> str | None:
    """What Canvas will not import, and what to do about it; None when all is well."""
    if sum_of_its_own := _OF_SUMS.search(title):
        return (
            f"Canvas's import leaves out each column with {sum_of_its_own[0]!r} in its title, and "
            f"so {title!r}: rename the assignment in Canvas, export the gradebook again and give "
            "the new name as --column"
        )
    if is_new and (number := re.search(r"\s\((\d+)\)$", title)):
        return (
            f"Canvas's import takes the {number[1]} in {title!r} for the number of an assignment "
            "that is there already: to make a new one, give a --column that does not end like this"
        )
    return None


def _harmless(cell: str) -> str:
    """A cell that identifies a student, as Canvas and a spreadsheet can both read it.

    Canvas looks for the delimiter in the file's first three lines, so a name stays on one; and a
    name with "Points Possible" in it would set the points. It is the ID that decides who it is.
    """
    text = re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", cell)
    return no_formula(text.replace(_POINTS, _POINTS.replace(" ", "_")))


def _place(graded: list[Record], known: _Roster) -> tuple[dict[int, Record], dict[str, str]]:
    """Each student's row in the roster, and who has none of their own."""
    named: dict[str, set[int]] = defaultdict(set)
    for row, line in enumerate(known.students):
        for name in _names(known, line):
            named[_plain(name)].add(row)
    ids = {line[known.header.index("ID")]: row for row, line in enumerate(known.students)}
    wanted: dict[int, list[Record]] = defaultdict(list)
    lost = {}
    for record in graded:
        full_names = filter(None, map(moodle_name, record.entries))
        found = [named.get(_plain(name), set()) for name in (record.student, *full_names)]
        rows = next(filter(None, found), set())
        users = {canvas_user(entry) for entry in record.entries}
        if downloaded := _DOWNLOADED.search(record.student):
            users.add(downloaded[1])
        if not rows:
            rows = {ids[user] for user in users if user in ids}
        if len(rows) == 1:
            wanted[min(rows)].append(record)
        else:
            lost[record.student] = (
                f"fits {len(rows)} students of the roster" if rows else "not in the roster"
            )
    for row in [row for row, records in wanted.items() if len(records) > 1]:
        records = wanted.pop(row)
        who = ", ".join(record.student for record in records)
        lost |= {r.student: f"{who} fit the same student of the roster" for r in records}
    return {row: records[0] for row, records in wanted.items()}, lost


def _names(known: _Roster, line: list[str]) -> set[str]:
    """All that a submission of this student may be called."""
    cells = dict(zip(known.header[: known.width], line, strict=False))
    names = {text for column, text in cells.items() if column not in _NOT_NAMES}
    if "Student" in cells:  # Canvas writes ="=name" for a name that starts with =
        whole = re.sub(r'^="(.*)"$', r"\1", cells["Student"], flags=re.DOTALL)
        last, comma, first = whole.partition(", ")
        names |= {whole, f"{first} {last}"} if comma else {whole}
    else:
        last, first = cells["LastName"], cells["FirstName"]
        names = names - {last, first} | {f"{last}, {first}", f"{first} {last}"}
    return {name for name in names if name.strip()}


def _plain(name: str) -> str:
    """The name without what differs from one file system or keyboard to the next."""
    return unicodedata.normalize("NFC", name).strip().casefold()


def as_number(points: float) -> str:
    return f"{points:.2f}".rstrip("0").rstrip(".")
