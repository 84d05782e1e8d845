"""Write one assignment's column for Canvas's gradebook, from the table that Canvas exports.

The rules are those of Canvas's own source (instructure/canvas-lms, lib/gradebook_importer.rb and
lib/gradebook_exporter.rb): the columns up to "Section" identify a student, above all "ID"; an empty
cell erases the mark in Canvas; a missing row or column changes nothing. So the file contains those
columns, one assignment, and a row for each student with a mark. All other marks in Canvas stay,
also those entered after the export.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grading.exports.common import ExportError, clear_unfinished, with_mark, writing
from grading.results.advice import as_number
from grading.results.files import write_whole
from grading.results.records import Record
from grading.results.spreadsheet import no_formula
from grading.submissions.students import canvas_user, moodle_name

COLUMN = "ResNets"
_IDS = ("ID", "SIS User ID", "SIS Login ID", "Integration ID")
_STUDENT_COLUMNS = ("Student", "LastName", "FirstName", *_IDS, "Root Account", "Section")
# Canvas ignores a column if its title contains one of these, in this spelling: it takes the column
# for one of its own totals ("Unposted Final Score (Fall)").
_TOTALS = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
_POINTS = "Points Possible"


@dataclass(frozen=True)
class _Roster:
    """Canvas's export: the header, the row of points possible (may be []), a row per student."""

    header: list[str]
    points: list[str]
    students: list[list[str]]
    delimiter: str

    @property
    def width(self) -> int:
        """The number of columns that identify a student; "Section" is the last of them."""
        return self.header.index("Section") + 1


def to_canvas(
    records: Iterable[Record], target: Path, roster: Path, column: str = COLUMN
) -> dict[str, str]:
    """Write the CSV that Canvas's gradebook imports; warn if Canvas will ignore or confuse it.

    Args:
        records: the class.
        target: the CSV to write.
        roster: Canvas's own export, which has the IDs of the students.
        column: the assignment's column there, with or without its "(ID)". If the roster has no
            such column, Canvas offers to create the assignment.

    Returns:
        The students who are left out, with the reason. A student is found by the Canvas ID in the
        file name of a download from Canvas. Without one, SIS Login ID, SIS User ID, ID and
        Integration ID come first, and then the name.

    Raises:
        ExportError: the roster is not a Canvas export or has none of the students, its assignment
            has other maximum points than the marks, or the column is one that identifies students.
    """
    gradebook = _read(roster)
    index = _column(gradebook, column, roster)
    graded, left_out = with_mark(records)
    if not graded:
        raise ExportError("no student has a mark yet, so there is nothing to export")
    maximum = _maximum(graded)
    _same_points(gradebook, index, maximum, column)
    marks, unmatched = _match(graded, gradebook)
    if not marks:
        raise ExportError(
            f"{roster}: none of the {len(graded)} students with a mark is in it; name each "
            "submission by its student's SIS Login ID, SIS User ID, ID or name. First in the "
            f"class: {graded[0].student}"
        )
    title = column if index is None else gradebook.header[index]
    lines = [[*gradebook.header[: gradebook.width], title]]
    lines.append([f"    {_POINTS}", *[""] * (gradebook.width - 1), as_number(maximum)])
    for row, mark in sorted(marks.items()):
        ids = map(_harmless, gradebook.students[row][: gradebook.width])
        lines.append([*ids, as_number(mark.total)])
    text = io.StringIO()
    csv.writer(text, delimiter=gradebook.delimiter, lineterminator="\n").writerows(lines)
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        clear_unfinished(target)
        write_whole(target, text.getvalue())
    if warning := _not_imported(title, is_new=index is None):
        print(f"warning: {warning}", file=sys.stderr)
    return left_out | unmatched


def _read(roster: Path) -> _Roster:
    try:
        text = roster.read_bytes().decode("utf-8-sig")
        for delimiter in ",;":  # the delimiter is a setting of the person who exports
            lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
            if lines and _is_header(lines[0]):
                return _sort_lines(lines, delimiter)
    except OSError as error:
        raise ExportError(f"{roster}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ExportError(
            f"{roster}: expected a CSV in UTF-8, as Canvas exports it ({error}); export it again"
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
        # A person may have this name, but then has an ID.
        if _POINTS in line[0] and not line[header.index("ID")]:
            points = line
        else:  # includes the line "Manual Posting", which matches no student
            students.append(line)
    return _Roster(header, points, students, delimiter)


def _column(gradebook: _Roster, column: str, roster: Path) -> int | None:
    """Return the index of the assignment's column; None if there is none yet."""
    if column in _STUDENT_COLUMNS:
        raise ExportError(
            f"Canvas identifies students by the column {column!r}, so it cannot hold marks: give "
            "the assignment's name as --column, with its (number) if the assignment has this name"
        )
    pattern = re.compile(rf"{re.escape(column)}( \(\d+\))?")
    fitting = [i for i, name in enumerate(gradebook.header) if pattern.fullmatch(name)]
    exact = [i for i in fitting if gradebook.header[i] == column]
    if len(exact or fitting) > 1:
        names = ", ".join(gradebook.header[i] for i in fitting)
        raise ExportError(
            f"{roster}: more than one column fits {column!r}: {names}; give the full title of one"
        )
    return next(iter(exact or fitting), None)


def _maximum(graded: list[Record]) -> float:
    """Return the maximum points, which must be the same in every record."""
    maxima = sorted({record.maximum for record in graded})
    if len(maxima) > 1:
        raise ExportError(
            f"the marks have {' and '.join(map(as_number, maxima))} maximum points, but a column "
            "has only one maximum: mark the class again with one rubric"
        )
    return maxima[0]


def _same_points(gradebook: _Roster, index: int | None, maximum: float, column: str) -> None:
    possible = gradebook.points[index].strip() if index is not None and gradebook.points else ""
    if not possible:
        return
    if "read only" in possible:
        raise ExportError(
            f"Canvas's column {column!r} says {possible}: Canvas computes it itself and imports "
            "nothing into it; give an assignment's name as --column"
        )
    whole, _, decimals = possible.replace(",", ".").rpartition(".")  # as Canvas reads numbers
    try:
        same = float(f"{whole.replace('.', '')}.{decimals}" if whole else decimals) == maximum
    except ValueError:
        same = False
    if not same:
        points = as_number(maximum)
        raise ExportError(
            f"Canvas's column {column!r} has {possible} maximum points, but the marks have "
            f"{points}: set the assignment's points to {points} in Canvas and export the gradebook "
            "again, or give another --column"
        )


def _not_imported(title: str, is_new: bool) -> str | None:
    """Return what Canvas will not import and what to do about it; None if it imports everything."""
    if canvas_total := _TOTALS.search(title):
        return (
            f"Canvas's import ignores every column with {canvas_total[0]!r} in its title, and so "
            f"{title!r}: rename the assignment in Canvas, export the gradebook again and give the "
            "new name as --column"
        )
    if is_new and (number := re.search(r"\s\((\d+)\)$", title)):
        return (
            f"Canvas's import takes the {number[1]} in {title!r} for the ID of an existing "
            "assignment: to create a new one, give a --column that does not end like this"
        )
    return None


def _harmless(cell: str) -> str:
    """Return a cell that identifies a student, safe for Canvas and for a spreadsheet.

    Canvas finds the delimiter in the file's first three lines, so a name must not contain a line
    break, and a name with "Points Possible" in it would set the points. Changing the name does no
    harm, because Canvas identifies the student by the ID.
    """
    text = re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", cell)
    return no_formula(text.replace(_POINTS, _POINTS.replace(" ", "_")))


def _match(graded: list[Record], gradebook: _Roster) -> tuple[dict[int, Record], dict[str, str]]:
    """Return (record by row of the roster, reason by student without a row of their own)."""
    find = _Finder(gradebook)
    wanted: dict[int, list[Record]] = defaultdict(list)
    unmatched = {}
    for record in graded:
        rows = find.rows(record)
        if len(rows) == 1:
            wanted[min(rows)].append(record)
        else:
            unmatched[record.student] = (
                f"fits {len(rows)} students of the roster" if rows else "not in the roster"
            )
    for row in [row for row, records in wanted.items() if len(records) > 1]:
        records = wanted.pop(row)
        who = ", ".join(record.student for record in records)
        unmatched |= {r.student: f"{who} fit the same student of the roster" for r in records}
    return {row: records[0] for row, records in wanted.items()}, unmatched


class _Finder:
    """Finds the rows of a student, by what the student cannot choose before what the student can.

    Everybody in Canvas may change the own display name, also to another student's login, or to the
    name of another student's file.
    """

    def __init__(self, gradebook: _Roster) -> None:
        self._by_canvas_id: dict[str, set[int]] = defaultdict(set)
        self._by_id: dict[str, set[int]] = defaultdict(set)
        self._by_name: dict[str, set[int]] = defaultdict(set)
        for row, line in enumerate(gradebook.students):
            cells = dict(zip(gradebook.header[: gradebook.width], line, strict=False))
            self._by_canvas_id[cells["ID"]].add(row)
            for column in _IDS:
                self._by_id[_plain(cells.get(column, ""))].add(row)
            for name in _display_names(cells):
                self._by_name[_plain(name)].add(row)

    def rows(self, record: Record) -> set[int]:
        """Return the rows that may be the student's; only one is certain."""
        users = set(filter(None, map(canvas_user, record.entries or [record.student])))
        if users:  # Canvas itself wrote this ID into the file's name
            return set().union(*(self._by_canvas_id.get(user, ()) for user in users))
        names = [record.student, *filter(None, map(moodle_name, record.entries))]
        plain = [name for name in map(_plain, names) if name]
        found = (rows.get(name) for rows in (self._by_id, self._by_name) for name in plain)
        return next(filter(None, found), set())


def _display_names(cells: dict[str, str]) -> set[str]:
    """Return the names that a submission of the student with these cells may have."""
    if "Student" in cells:  # Canvas writes ="=name" for a name that starts with =
        whole = re.sub(r'^="(.*)"$', r"\1", cells["Student"], flags=re.DOTALL)
        last, comma, first = whole.partition(", ")
        return {cells["Student"], whole} | ({f"{first} {last}"} if comma else set())
    last, first = cells["LastName"], cells["FirstName"]
    return {f"{last}, {first}", f"{first} {last}"}


def _plain(name: str) -> str:
    """Return a name in one spelling: accents, case and outer spaces vary between systems."""
    return unicodedata.normalize("NFC", name).strip().casefold()
