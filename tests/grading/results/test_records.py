"""Marks are stored completely, loaded unchanged, and never invented."""

import csv
import json

import pytest

from grading.results import rubric
from grading.results.records import GRADED, Mark, Record, Results, ResultsError


def record(student="ann", points=10.0):
    """Return a record with one mark."""
    mark = Mark(points, 10.0, {"function": 1.0, "generality": 0.5, "names": 0.0}, "names", "m")
    return Record(student, "key", GRADED, seed=3, marks={"identity_block": mark})


def rows(results, students):
    """Return the rows of grades.csv as dictionaries."""
    return list(csv.DictReader(results.write_grades(students).read_text().splitlines()))


def test_a_record_is_loaded_unchanged(tmp_path):
    results = Results(tmp_path / "out")
    results.save(record())
    assert results.load("ann") == record()
    assert results.all() == [record()]
    assert results.load("bob") is None


def test_a_student_without_a_mark_is_ungraded_and_never_0(tmp_path):
    results = Results(tmp_path)
    results.save(record())
    results.save(Record("cy", "", "unreadable: no notebook"))
    ann, bob, cy = rows(results, ["ann", "bob", "cy"])
    assert (ann["status"], ann["identity_block"], ann["total"]) == ("graded", "10", "10.0")
    assert ann["mistakes"] == "identity_block:names"
    assert (bob["status"], bob["total"]) == ("ungraded", "")
    assert (cy["status"], cy["total"]) == ("unreadable: no notebook", "")


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"format": 1}', '{"format": 99}'])
def test_a_damaged_record_is_not_used(tmp_path, damage):
    results = Results(tmp_path)
    results.save(record())
    (path,) = results.records.glob("*.json")
    path.write_text(damage)
    assert results.load("ann") is None
    assert results.all() == []


def test_an_interrupted_write_leaves_the_old_record(tmp_path, monkeypatch):
    results = Results(tmp_path)
    results.save(record(points=10.0))

    def killed(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr("grading.results.files.os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        results.save(record(points=0.0))
    assert results.load("ann").marks["identity_block"].points == 10.0
    assert [path.suffix for path in results.records.iterdir()] == [".json"]


def test_any_name_is_stored_and_no_formula_reaches_a_spreadsheet(tmp_path):
    results = Results(tmp_path)
    for name in ("../../up", "a/b", "=1+1", "é" * 100):
        results.save(record(name))
        assert results.load(name).student == name
    assert rows(results, ["=1+1"])[0]["student"] == "'=1+1"
    # A spreadsheet may take a semicolon for the end of a cell.
    hidden = record("eve")
    hidden.status = "unreadable: x; =cmd|'/C calc'!A0"
    results.save(hidden)
    assert rows(results, ["eve"])[0]["status"] == "unreadable: x;' =cmd|'/C calc'!A0"


def test_a_results_folder_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="cannot store results there"):
        Results(tmp_path / "file")


def test_points_follow_the_rubric():
    marks = record().marks
    rubric.apply(rubric.read(), marks)
    # 0.65 for the function, half of 0.25 for generality, no names: of 10 points.
    assert marks["identity_block"].points == pytest.approx(7.75, abs=0.01)
    assert marks["identity_block"].maximum == 10.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[identity_block]\npoints = 10\nfunction = 0.5", "add up to 0.5"),
        ("[identity_block]\nfunction = 1.1", "add up to 1.1"),
        ("[other]\npoints = 1", r"expected an exercise among .*; found \[other\]"),
        ("points", "expected a rubric in TOML"),
        ("identity_block = 7", "shares of function, .*; found 7"),
        ("[identity_block]\npoints = -1\nfunction = 1", "points: expected .* or more, found -1"),
        ("[identity_block]\npoints = true\nfunction = 1", "points: expected a number .* True"),
        ("[identity_block]\npoints = inf\nfunction = 1", "points: expected a number .* inf"),
        ("[ResNet50]\npoints = 1\nfunction = 1.5\nnames = -0.5", "names: expected .* found -0.5"),
        ("[ResNet50]\npoints = 1\nfunktion = 1", "found 'funktion'"),
        ("[gradient_norms]\npoints = 1\nfunction = 0.5\nnames = 0.5", "found 'names'"),
    ],
)
def test_a_rubric_that_does_not_fit_is_refused(tmp_path, text, message):
    (tmp_path / "rubric.toml").write_text(text)
    with pytest.raises(rubric.RubricError, match=message):
        rubric.read(tmp_path / "rubric.toml")


def test_a_rubric_only_needs_the_changes(tmp_path):
    (tmp_path / "rubric.toml").write_text("[ResNet50]\npoints = 20\n")
    changed = rubric.read(tmp_path / "rubric.toml")
    shares = {"function": 0.65, "generality": 0.25, "names": 0.1}
    assert changed["ResNet50"] == rubric.Scale(20, shares, {})
    (tmp_path / "empty.toml").write_text("")
    usual = rubric.read(tmp_path / "empty.toml")
    assert usual == rubric.read()
    assert {**usual, "ResNet50": changed["ResNet50"]} == changed


def test_records_are_plain_json(tmp_path):
    results = Results(tmp_path)
    results.save(record())
    (path,) = results.records.glob("*.json")
    assert json.loads(path.read_text())["marks"]["identity_block"]["mistake"] == "names"
