"""Every export writes the mark of a student with any name, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata

import pytest
from export_class import record

from grading.exports.canvas import to_canvas
from grading.exports.gradescope import to_gradescope
from grading.exports.nbgrader import to_nbgrader
from grading.results.records import file_stem

pytestmark = pytest.mark.slow

NAMES = [
    "two\nlines",
    "two\r\nother lines",
    "a null\0byte",
    "from right \u202e to left",
    "zero\u200bwidth \u2066isolated\u2069",
    "line\u2028separator",
    "\x1b[31mred",
    "l" * 10_000,
    "\N{LATIN SMALL LETTER E WITH ACUTE}" * 10_000,
    "../../up",
    "/etc/passwd",
    "..",
    "C:\\Windows\\x",
    ".hidden",
    "-rf",
    "dot.",
    "=1+1",
    "\N{FULLWIDTH EQUALS SIGN}1+1",
    " \t=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "+1",
    '"quoted", with a comma',
    "'; DROP TABLE student;--",
    "%s {0} $HOME `x` <script>",
    "CON",
    "nul.txt",
    "COM1",
    "\N{PILE OF POO}",
    "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}",
]
HALF = "half a \ud83d character"  # no file and no database can hold it
CLASS = [record(name, points / 4) for points, name in enumerate([*NAMES, HALF])]
TOTALS = {one.student: one.total for one in CLASS[:-1]} | {
    "half a \\ud83d character": CLASS[-1].total
}


def test_gradescope_gets_one_folder_per_student_inside_the_target(tmp_path):
    assert to_gradescope(CLASS, tmp_path / "out") == {}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    scores = {}
    for folder in (tmp_path / "out").iterdir():
        result = json.loads((folder / "results.json").read_text(encoding="utf-8"))
        scores[result["extra_data"]["student"]] = result["score"]
        assert re.fullmatch(r"[\w+@-][\w.+@-]*", folder.name) and len(folder.name.encode()) < 200
    assert scores == TOTALS


@pytest.mark.parametrize("name", ["CON", "nul.txt", "Lpt9", "aux."])
def test_no_folder_has_the_name_of_a_windows_device(name):
    assert not re.match(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", file_stem(name), re.IGNORECASE)
    assert file_stem("console") == "console"


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
def test_nbgrader_stores_every_student_by_name(tmp_path):
    from nbgrader.api import Gradebook

    database = tmp_path / "gradebook.db"
    assert to_nbgrader(CLASS, database) == {}
    with Gradebook(f"sqlite:///{database}") as book:
        scores = {
            submission.student.id: submission.score
            for submission in book.assignment_submissions("resnets")
        }
    assert scores == TOTALS


def first_visible(cell: str) -> str:
    plain = unicodedata.normalize("NFKC", cell)
    return next((c for c in plain if unicodedata.category(c)[0] not in "CZ"), "")


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_canvas_gives_each_student_the_right_mark(tmp_path, delimiter):
    roster = io.StringIO()
    writer = csv.writer(roster, delimiter=delimiter)
    writer.writerow(["Student", "ID", "SIS Login ID", "Section", "ResNets (4711)"])
    writer.writerow(["    Points Possible", "", "", "", "40"])
    writer.writerows([name, 100 + i, f"login{i}", "A", ""] for i, name in enumerate(NAMES))
    (tmp_path / "roster.csv").write_bytes(roster.getvalue().encode())
    left_out = to_canvas(CLASS, tmp_path / "import.csv", tmp_path / "roster.csv")
    assert left_out == {"half a \\ud83d character": "not in the roster"}
    text = (tmp_path / "import.csv").read_bytes().decode()
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    assert len(rows) == text.count("\n") == len(NAMES) + 2  # a row is a line
    assert {int(row[1]): float(row[4]) for row in rows[2:]} == {
        100 + i: one.total for i, one in enumerate(CLASS[:-1])
    }
    assert not [cell for row in rows for cell in row if first_visible(cell) in {*"=+-@"}]
