"""The CSV for Canvas sets one column and changes no other mark, by Canvas's import rules."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from pathlib import Path

import pytest
from entries import FOUR

from grading.__main__ import main
from grading.exports.canvas import to_canvas
from grading.exports.common import ExportError
from grading.results.advice import as_number
from grading.results.records import GRADED, Mark, Record, Results

TOTALS = (
    "Current Score|Current Points|Current Grade|Final Score|Final Points|Final Grade"
    "|Override Score|Override Grade|Override Status"
)


def canvas_reads(text: str) -> tuple[dict[str, str], dict[int, dict[str, str]]]:
    """Read a CSV by the rules of Canvas's lib/gradebook_importer.rb.

    Returns:
        (points possible by assignment, grade by student's ID and assignment).
    """
    sizes, first = {}, text.split("\n")[:3]
    for separator in ";,":
        try:
            widths = {len(next(csv.reader([x], delimiter=separator, strict=True))) for x in first}
        except csv.Error:  # a cell continues in the next line
            widths = set()
        sizes[separator] = widths.pop() if len(widths) == 1 else 0
    separator = ";" if sizes[";"] > sizes[","] else ","
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    if header[:2] == ["LastName", "FirstName"]:
        student, info = 2, 4
    else:
        assert "Student" in header[0] and "ID" in header[1], "Invalid header row"
        student, info = 1, 3
    if "SIS Login ID" in header[info - 1]:
        info += 1
    elif "SIS User ID" in header[info - 1] and "SIS Login ID" in header[info]:
        more = 1 if "Integration ID" in header[info + 1] else 0
        info += 2 + more + (1 if "Root Account" in header[info + 1 + more] else 0)
    assert "Section" in header[info - 1], "Invalid header row"
    columns = {header.index(n): n for n in header[info:] if not re.search(TOTALS, n)}
    points, grades = {}, {}
    for row in rows:
        if "Points Possible" in row[0]:
            points = {name: row[i] for i, name in columns.items()}
        elif not all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell) for cell in row):
            grades[int(row[student])] = {name: row[i].strip() for i, name in columns.items()}
    return points, grades


def imported(gradebook: dict[int, dict[str, str]], text: str) -> dict[int, dict[str, str]]:
    """Return Canvas's gradebook after the import of a CSV; a blank cell erases a mark, too."""
    _, grades = canvas_reads(text)
    assert grades.keys() <= gradebook.keys(), "Canvas asks who the unknown student is"
    return {
        who: {**marks, **{name.split(" (")[0]: g for name, g in grades.get(who, {}).items()}}
        for who, marks in gradebook.items()
    }


# Canvas's own export: a line for how marks are posted, one for the points, ids, read-only sums.
ROSTER = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Notes,ResNets (4711),Essay (4712),Final Score\n"
    ",,,,,,Manual Posting,,\n"
    "    Points Possible,,,,,,40.00,20.00,(read only)\n"
    '"Lovelace, Ada",101,s1,ada,A,,,15.00,80\n'
    '"Nil, Nina",102,s2,nil,A,late,7.00,,\n'
    '"Eve, Eva",103,s3,eve,A and B,,12.00,,\n'
    '"Ståle, Åse",104,s4,not-in-class,A,,5.00,,\n'
    '"Student, Test",105,,3f9a,A,,,,\n'
)
# Canvas's marks at the time of the import: an essay was marked after the export.
HELD = {
    101: {"ResNets": "", "Essay": "15"},
    102: {"ResNets": "7", "Essay": "18"},
    103: {"ResNets": "12", "Essay": ""},
    104: {"ResNets": "5", "Essay": ""},
    105: {"ResNets": "", "Essay": ""},
}


def record(student: str, points: float, maximum: float = 10) -> Record:
    marks = {name: Mark(points, maximum) for name in FOUR}
    return Record(student, "key", GRADED, marks=marks)


CLASS = [
    record("ada", 8.375),
    record("nil", 0),
    Record("eve", "key", "ungraded: the sandbox died"),
    record("gone", 9),
]


def exported(tmp_path, records=CLASS, roster=ROSTER, column="ResNets") -> tuple[dict, str]:
    source, target = tmp_path / "roster.csv", tmp_path / "import.csv"
    source.write_bytes(roster.encode() if isinstance(roster, str) else roster)
    left_out = to_canvas(records, target, source, column)
    return left_out, target.read_bytes().decode()


def test_an_import_sets_the_marks_and_changes_nothing_else(tmp_path):
    left_out, text = exported(tmp_path)
    assert canvas_reads(text)[0] == {"ResNets (4711)": "40"}
    after = imported(HELD, text)
    assert after[101] == {"ResNets": "33.5", "Essay": "15"}
    assert after[102] == {"ResNets": "0", "Essay": "18"}  # a 0 that was earned is a mark
    assert {who: after[who] for who in (103, 104, 105)} == {
        who: HELD[who] for who in (103, 104, 105)
    }
    assert left_out == {
        "eve": "no mark (ungraded: the sandbox died)",
        "gone": "not in the roster",
    }


def test_the_rules_notice_a_file_that_erases_marks(tmp_path):
    """Importing Canvas's own export again loses marks, by blank cells and old values."""
    with_eve_empty = ROSTER.replace("12.00", "")
    assert imported(HELD, with_eve_empty)[103]["ResNets"] == ""
    assert imported(HELD, ROSTER)[102]["Essay"] == ""
    with pytest.raises(AssertionError, match="Invalid header row"):
        canvas_reads(ROSTER.replace(",Section,", ",Group,"))


def test_a_new_column_is_written_where_the_roster_has_none(tmp_path):
    _, text = exported(tmp_path, column="Residual networks")
    points, grades = canvas_reads(text)
    assert points == {"Residual networks": "40"}
    assert grades == {101: {"Residual networks": "33.5"}, 102: {"Residual networks": "0"}}


@pytest.mark.parametrize(
    "name",
    [
        "ada",
        "ADA",
        "s1",
        "101",
        "Lovelace, Ada",
        "Ada Lovelace",
        "lovelaceada_101_99123_resnets",
        "lovelaceada_LATE_101_99123_1_vanishing_gradients",
    ],
)
def test_a_student_is_found_by_any_id_or_name_in_canvas(tmp_path, name):
    left_out, text = exported(tmp_path, [record(name, 10)])
    assert not left_out and canvas_reads(text)[1] == {101: {"ResNets (4711)": "40"}}


def handed_in(*entries: str, student: str, points: float = 10) -> Record:
    """Return the record of a student whose files in the download have these names."""
    found = record(student, points)
    found.entries = list(entries)
    return found


def renamed(row: int, name: str) -> str:
    """Return the roster after the student in this row has chosen another display name."""
    lines = ROSTER.splitlines(keepends=True)
    lines[row] = f'"{name}"{lines[row][lines[row].rindex(chr(34)) + 1 :]}'
    return "".join(lines)


ADA = handed_in("lovelaceada_101_501_2_identity_block.ipynb", student="lovelaceada_101")
NINA = handed_in("nilnina_102_502_2_identity_block.ipynb", student="nilnina_102", points=1)


@pytest.mark.parametrize("name", ["lovelaceada_101", "ada", "101", "s1", "Lovelace, Ada"])
@pytest.mark.parametrize("both", [False, True])
def test_a_display_name_takes_no_mark_from_a_file_with_a_canvas_id(tmp_path, name, both):
    left_out, text = exported(tmp_path, [ADA, NINA] if both else [ADA], renamed(4, name))
    marks = {number: grades["ResNets (4711)"] for number, grades in canvas_reads(text)[1].items()}
    assert marks == ({101: "40", 102: "4"} if both else {101: "40"})
    assert left_out == {}


@pytest.mark.parametrize("student", ["ada", "s1", "101"])
def test_a_display_name_takes_no_mark_from_a_folder_named_by_an_id(tmp_path, student):
    left_out, text = exported(tmp_path, [record(student, 10)], renamed(4, student))
    assert canvas_reads(text)[1] == {101: {"ResNets (4711)": "40"}} and left_out == {}


def test_a_canvas_id_that_is_not_in_the_roster_is_no_other_students(tmp_path):
    gone = handed_in("gonegus_999_504_2_identity_block.ipynb", student="gonegus_999")
    left_out, text = exported(tmp_path, [ADA, gone], renamed(4, "gonegus_999"))
    assert list(canvas_reads(text)[1]) == [101]
    assert left_out == {"gonegus_999": "not in the roster"}


def test_a_name_in_moodle_counts_after_the_ids(tmp_path):
    moodle = handed_in("Ada Lovelace_7_assignsubmission_file_2.ipynb", student="Ada Lovelace_7")
    _, text = exported(tmp_path, [moodle])
    assert list(canvas_reads(text)[1]) == [101]
    sneaky = handed_in("a_102_5_b_7_assignsubmission_file_2.ipynb", student="a_102_5_b_7")
    left_out, _ = exported(tmp_path, [ADA, sneaky])
    assert left_out == {"a_102_5_b_7": "not in the roster"}


def test_a_name_is_found_with_either_encoding_of_accents(tmp_path):
    for form in ("NFC", "NFD"):
        _, text = exported(tmp_path, [record(unicodedata.normalize(form, "Åse Ståle"), 10)])
        assert list(canvas_reads(text)[1]) == [104]


def test_ambiguous_students_get_no_mark(tmp_path):
    roster = ROSTER.replace("s2,nil", "s2,101")  # somebody's login is somebody else's ID
    two = [record("101", 10), record("ada", 1), record("Ada Lovelace", 2), record("nina nil", 3)]
    left_out, text = exported(tmp_path, two, roster)
    assert canvas_reads(text)[1] == {102: {"ResNets (4711)": "12"}}
    same = "ada, Ada Lovelace fit the same student of the roster"
    assert left_out == {
        "101": "fits 2 students of the roster",
        "ada": same,
        "Ada Lovelace": same,
    }


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(
    "header",
    [
        "Student,ID,SIS Login ID,Section",
        "Student,ID,SIS User ID,SIS Login ID,Integration ID,Root Account,Section",
        "LastName,FirstName,ID,SIS User ID,SIS Login ID,Section",
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_every_form_of_canvass_export_is_read(tmp_path, header, delimiter, mark):
    cells = {"Student": '"Lovelace; Ada"', "ID": "101", "SIS Login ID": "ada", "Section": "A"}
    cells |= {"LastName": "Lovelace", "FirstName": "Ada"}
    names = header.split(",")
    points = "40,00" if delimiter == ";" else "40.00"
    lines = [
        [*names, "ResNets (4711)", "Essay (4712)"],
        ["    Points Possible", *[""] * (len(names) - 1), points, "20"],
        [*(cells.get(name, "x") for name in names), "", ""],
    ]
    roster = mark + "".join(delimiter.join(line) + "\r\n" for line in lines)
    left_out, text = exported(tmp_path, [record("ada", 8.375)], roster)
    assert not left_out
    assert canvas_reads(text) == ({"ResNets (4711)": "40"}, {101: {"ResNets (4711)": "33.5"}})
    assert text.startswith(delimiter.join([*names, "ResNets (4711)"]) + "\n")


HOSTILE = {
    201: "=\"=cmd|' /C calc'!A0\"",  # so Canvas writes a name that starts with =
    202: "+cmd|' /C calc'!A0",
    203: "@SUM(1+1), x",
    204: '-2+3\n"../ünal", \'',
    205: " \t=1+1",
}


def test_no_name_becomes_a_formula_or_another_row(tmp_path):
    roster = io.StringIO()
    writer = csv.writer(roster)
    writer.writerow(["Student", "ID", "SIS Login ID", "Section", "ResNets (4711)"])
    writer.writerow(["    Points Possible", "", "", "", "40"])
    for number, name in HOSTILE.items():
        writer.writerow([name, number, f"=HYPERLINK({number})", "A", ""])
    students = [record(name, 10) for name in HOSTILE.values()]
    students[0].student = "=cmd|' /C calc'!A0"
    left_out, text = exported(tmp_path, students, roster.getvalue())
    assert not left_out
    assert canvas_reads(text)[1] == {number: {"ResNets (4711)": "40"} for number in HOSTILE}
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not [cell for cell in row if re.match(r"\s*[=+\-@]|[\t\r]", cell)]


@pytest.mark.parametrize(
    ("records", "roster", "column", "says"),
    [
        (CLASS, "name,mark\nada,3\n", "ResNets", "Export Entire Gradebook"),
        (CLASS, "", "ResNets", "Export Entire Gradebook"),
        (CLASS, ROSTER.encode("latin-1"), "ResNets", "a CSV in UTF-8"),
        (CLASS, ROSTER.encode("utf-16"), "ResNets", "a CSV in UTF-8"),
        (
            CLASS,
            ROSTER,
            "Essay",
            r"has 20\.00 maximum points, but the marks have 40: set the assignment",
        ),
        (CLASS, ROSTER, "Final Score", r"says \(read only\): Canvas computes it itself"),
        (CLASS, ROSTER, "Section", "Canvas identifies students by the column 'Section'"),
        (CLASS, ROSTER, "SIS User ID", "Canvas identifies students by the column 'SIS User ID'"),
        (
            CLASS,
            ROSTER.replace("Essay", "ResNets"),
            "ResNets",
            r"ResNets \(4712\); give the full title",
        ),
        (
            [*CLASS, record("s4", 1, 5)],
            ROSTER,
            "ResNets",
            "the marks have 20 and 40 maximum points",
        ),
        (CLASS[2:3], ROSTER, "ResNets", "no student has a mark yet"),
        ([record("gone", 9)], ROSTER, "ResNets", "none of the 1 students.*class: gone"),
    ],
)
def test_a_roster_or_column_that_does_not_fit_is_refused(tmp_path, records, roster, column, says):
    (tmp_path / "import.csv").write_text("earlier")
    with pytest.raises(ExportError, match=says):
        exported(tmp_path, records, roster, column)
    assert (tmp_path / "import.csv").read_text() == "earlier"


@pytest.mark.parametrize(
    "title",
    [
        "Final Grade project",
        "My Current Score",
        "Unposted Final Points",
        "Override Status (Fall)",
        "Final Exam, Current Grade; part 2",
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_a_column_that_canvas_ignores_is_written_with_a_warning(tmp_path, capsys, title, there):
    other = io.StringIO()
    csv.writer(other).writerow([f"{title} (4711)"])
    roster = ROSTER.replace("ResNets (4711)", other.getvalue().strip()) if there else ROSTER
    _, text = exported(tmp_path, column=title, roster=roster)
    assert len(text.splitlines()) == 4  # header, points, two students
    assert canvas_reads(text) == ({}, {101: {}, 102: {}})  # and Canvas has taken none of it
    (warning,) = capsys.readouterr().err.splitlines()
    assert warning.startswith("warning: Canvas's import ignores every column with ")
    assert title in warning and "give the new name as --column" in warning


def test_a_new_column_that_looks_like_an_existing_one_gets_a_warning(tmp_path, capsys):
    exported(tmp_path, column="Lab (4712)")
    (warning,) = capsys.readouterr().err.splitlines()
    assert warning.startswith("warning: Canvas's import takes the 4712 in 'Lab (4712)' for the ID")


@pytest.mark.parametrize(
    "title", ["ResNets", "ResNets (4711)", "Final", "final grade project", "Score Final (a)"]
)
def test_a_column_that_canvas_imports_gets_no_warning(tmp_path, capsys, title):
    exported(tmp_path, column=title)
    assert capsys.readouterr().err == ""


def test_a_hostile_name_changes_neither_the_table_nor_the_points(tmp_path):
    """Canvas finds the delimiter in the first three lines, and the points by a name."""
    names = {101: "Ada\nLovelace", 102: "Nil\r\nNina\0", 103: " Points Possible"}
    for delimiter in ",;":
        roster = io.StringIO()
        writer = csv.writer(roster, delimiter=delimiter)
        writer.writerow(["Student", "ID", "SIS Login ID", "Section", "ResNets (4711)"])
        writer.writerow(["    Points Possible", "", "", "", "40,00" if delimiter == ";" else "40"])
        writer.writerows([name, number, f"s{number}", "A", "9"] for number, name in names.items())
        records = [record(f"s{number}", 10) for number in names]
        left_out, text = exported(tmp_path, records, roster.getvalue())
        assert not left_out
        points, grades = canvas_reads(text)
        assert points == {"ResNets (4711)": "40"}
        assert grades == {number: {"ResNets (4711)": "40"} for number in names}


@pytest.mark.parametrize("possible", ["1,000.00", "1.000,00", "1000", "1000.00", "1000,0", ""])
def test_points_in_every_number_format_are_read(tmp_path, possible):
    roster = ROSTER.replace("40.00", f'"{possible}"')
    left_out, _ = exported(tmp_path, [record("ada", 9, 250)], roster)
    assert not left_out


def test_a_full_title_selects_one_of_two_columns(tmp_path):
    roster = ROSTER.replace("ResNets", "ResNets (4712)").replace("Essay", "ResNets")
    roster = roster.replace("20.00", "40.00")
    _, text = exported(tmp_path, roster=roster, column="ResNets (4712)")
    assert canvas_reads(text)[0] == {"ResNets (4712)": "40"}


def test_the_command_writes_the_csv_and_lists_who_is_left_out(tmp_path, capsys):
    results = Results(tmp_path / "results")
    for student_record in CLASS:
        results.save(student_record)
    (tmp_path / "roster.csv").write_text(ROSTER)
    command = ["export", str(results.folder), "--format", "canvas"]
    assert main([*command, "--to", str(tmp_path / "in.csv")]) == 2
    assert "needs --roster" in capsys.readouterr().err
    command += ["--roster", str(tmp_path / "roster.csv")]
    assert main([*command, "--to", str(tmp_path / "new" / "in.csv")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "left out: eve: no mark (ungraded: the sandbox died)"
    assert lines[-1] == f"2 students written to {tmp_path / 'new' / 'in.csv'}"
    assert main([*command, "--to", str(tmp_path / "roster.csv" / "in.csv")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    command[-1] = str(Path("nowhere.csv"))
    assert main([*command, "--to", str(tmp_path / "in.csv")]) == 2
    assert "nowhere.csv: cannot be read" in capsys.readouterr().err


def test_a_number_is_written_with_at_most_two_decimals():
    numbers = [0, 40, 33.5, 0.1 + 0.2, 1234567.25, 100]
    wanted = ["0", "40", "33.5", "0.3", "1234567.25", "100"]
    assert [as_number(number) for number in numbers] == wanted
