"""A record outlives its student, but only today's class is reported and exported."""

from __future__ import annotations

import csv
import json
import re
import zipfile

import pytest

from grading import batch
from grading.__main__ import MOST_NAMES, main
from grading.results import rubric
from grading.results.records import GRADED, Mark, Record, Results

ROSTER = (
    "Student,ID,SIS Login ID,Section\n    Points Possible,,,\n"
    '"Moss, Ann",1,ann,A\n"Tile, Bob",2,bob,A\n"Reed, Eve",3,eve,A\n'
)
RIGHT = {"function": 1.0, "generality": 1.0, "names": 1.0}


@pytest.fixture(autouse=True)
def marked(monkeypatch):
    """Make up the marks; return the students who were marked, in order."""
    students = []

    def made_up(tasks, *_):
        for submission, key in tasks:
            students.append(submission.student)
            marks = {"identity_block": Mark(0, 0, dict(RIGHT))}
            yield Record(submission.student, key, GRADED, marks=marks)

    monkeypatch.setattr(batch, "mark_all", made_up)
    monkeypatch.setattr(batch, "grader_version", lambda: "1")
    return students


@pytest.fixture
def course(tmp_path):
    """A folder with a class of three that is marked once, and Canvas's roster of it."""
    for student in ("ann", "bob", "eve"):
        hand_in(tmp_path / "class", f"{student}.ipynb")
    (tmp_path / "roster.csv").write_text(ROSTER)
    assert grade(tmp_path) == 0
    return tmp_path


def hand_in(folder, name):
    """Put a notebook with this name into a folder of submissions."""
    folder.mkdir(exist_ok=True)
    cell = {"cell_type": "code", "source": f"x = '{name}'"}
    (folder / name).write_text(json.dumps({"cells": [cell]}))


def grade(course, submissions="class", *more):
    """Run `grade` and return its exit status."""
    out = str(course / "results")
    return main(["grade", str(course / submissions), "--out", out, "--no-sandbox", *more])


def exported(course, capsys):
    """Return the students whom each export has, and all lines that the exports print."""
    capsys.readouterr()
    command = ["export", str(course / "results"), "--format"]
    assert main([*command, "gradescope", "--to", str(course / "gradescope")]) == 0
    roster = ["--roster", str(course / "roster.csv")]
    assert main([*command, "canvas", "--to", str(course / "canvas.csv"), *roster]) == 0
    with (course / "canvas.csv").open() as file:
        canvas = [row["SIS Login ID"] for row in csv.DictReader(file) if row["ID"]]
    gradescope = sorted(path.parent.name for path in course.glob("gradescope/*/results.json"))
    assert gradescope == sorted(canvas)
    return gradescope, capsys.readouterr().out.splitlines()


def pages(course):
    """Return the students with a page."""
    return sorted(path.stem for path in (course / "results" / "feedback").iterdir())


def test_a_student_who_left_is_neither_reported_nor_exported(course, capsys):
    assert exported(course, capsys)[0] == ["ann", "bob", "eve"]
    (course / "class" / "eve.ipynb").unlink()
    assert grade(course) == 0
    (line,) = [x for x in capsys.readouterr().out.splitlines() if x.startswith("no longer")]
    assert line.startswith("no longer in the class: eve; their records are kept, but reports")
    assert pages(course) == ["ann", "bob"]
    students, lines = exported(course, capsys)
    assert students == ["ann", "bob"]  # nor is there a result of the export before
    assert "left out: eve: no mark (absent: no longer in the class; the record is kept)" in lines
    assert main(["report", str(course / "results")]) == 0
    assert "no longer in the class: eve;" in capsys.readouterr().out
    report = (course / "results" / "report.html").read_text()
    assert [bool(re.search(rf"\b{name}\b", report)) for name in ("bob", "eve")] == [True, False]


def test_a_wrong_folder_of_submissions_loses_no_mark(course, capsys, marked):
    before = {path.name: path.read_text() for path in (course / "results").rglob("*.[hc]*")}
    hand_in(course / "elsewhere", "zoe.ipynb")
    assert grade(course, "elsewhere") == 0
    assert pages(course) == ["zoe"]
    marked.clear()
    assert grade(course) == 0
    assert marked == []
    assert {path.name: path.read_text() for path in (course / "results").rglob("*.[hc]*")} == before
    assert exported(course, capsys)[0] == ["ann", "bob", "eve"]


def test_the_mark_of_an_earlier_name_does_not_count(course, capsys, monkeypatch):
    """Two entries with the same stem get other names; the rubric of the old mark is another one."""
    with zipfile.ZipFile(course / "class" / "bob.zip", "w") as packed:
        packed.writestr("2.ipynb", json.dumps({"cells": []}))
    (course / "rubric.toml").write_text("[identity_block]\npoints = 20\n")
    monkeypatch.setattr(rubric, "FILE", course / "rubric.toml")
    assert grade(course) == 0
    command = ["export", str(course / "results"), "--format", "canvas"]
    command += ["--to", str(course / "canvas.csv"), "--roster", str(course / "roster.csv")]
    assert main(command) == 0, capsys.readouterr().err
    text = (course / "canvas.csv").read_text()
    assert '"Moss, Ann",1,ann,A,20' in text and "bob" not in text
    assert len(pages(course)) == 4 and "bob" not in pages(course)


def test_marking_one_student_keeps_the_class(course, capsys, marked):
    marked.clear()
    assert grade(course, "class", "--only", "bob") == 0
    assert marked == ["bob"]
    assert exported(course, capsys)[0] == ["ann", "bob", "eve"]
    assert grade(course, "class", "--only", "nobody") == 2
    assert exported(course, capsys)[0] == ["ann", "bob", "eve"]


def test_an_interrupted_batch_exports_nobody_who_has_left(course, capsys, monkeypatch):
    (course / "class" / "eve.ipynb").unlink()
    hand_in(course / "class", "new.ipynb")

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "mark_all", killed)
    monkeypatch.setattr(Results, "write_grades", killed)  # nothing more happens after a kill
    assert grade(course) == 130
    assert exported(course, capsys)[0] == ["ann", "bob"]


def test_results_of_an_earlier_version_are_exported_as_before(course, capsys):
    (course / "results" / "students.json").unlink()
    assert exported(course, capsys)[0] == ["ann", "bob", "eve"]
    assert Results(course / "results").absent() == []


@pytest.mark.parametrize("text", ["", "[]", '{"students": 3}', "\udcff"])
def test_a_damaged_list_of_the_class_is_reported(course, capsys, text):
    path = course / "results" / "students.json"
    path.write_text(text, errors="surrogateescape")
    assert main(["report", str(course / "results")]) == 2
    assert "expected the names of the class" in capsys.readouterr().err
    assert grade(course) == 0
    assert exported(course, capsys)[0] == ["ann", "bob", "eve"]


def test_a_long_list_of_absent_students_stays_one_line(course, capsys):
    for number in range(MOST_NAMES + 3):
        marks = {"identity_block": Mark(1, 1)}
        Results(course / "results").save(Record(f"s{number:02}", "k", GRADED, marks=marks))
    capsys.readouterr()
    assert grade(course) == 0
    (line,) = [x for x in capsys.readouterr().out.splitlines() if x.startswith("no longer")]
    assert "s00, s01" in line and "s09 and 3 more; " in line and "s10" not in line
