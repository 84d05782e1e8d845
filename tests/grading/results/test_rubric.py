"""A mistake's share in the rubric changes the points everywhere, without marking again."""

from __future__ import annotations

import csv
import json

import pytest
from page_checks import checked

from grading import batch
from grading.catalogue.entries import CATALOGUE
from grading.exports.canvas import to_canvas
from grading.exports.gradescope import results_json, to_gradescope
from grading.reports import class_report, student_page
from grading.results import advice, rubric
from grading.results.records import GRADED, Mark, Record, Results
from grading.sandbox.isolation import Limits
from resnets.exercises import NAMES

STRICT = rubric.FILE.read_text(encoding="utf-8")
WITH_SHARES = f"{STRICT}\n[identity_block.partial]\n"
PARTIAL = f"{WITH_SHARES}no_final_relu = 0.6\n"
NOTHING = {"function": 0.0, "generality": 0.0, "names": 0.0}
ROSTER = "Student,ID,SIS Login ID,Section\n    Points Possible,,,\nAnn,1,ann,A\n"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return a function that replaces the course's rubric and clears the caches of the pages."""

    def written(text: str) -> None:
        student_page.maker_version.cache_clear()
        rubric.FILE.write_text(text, encoding="utf-8")

    monkeypatch.setattr(rubric, "FILE", tmp_path / "rubric.toml")
    yield written
    student_page.maker_version.cache_clear()


def marked(mistake: str | None, **aspects: float) -> Mark:
    """Return the mark of an identity block by the current rubric."""
    mark = Mark(0, 0, {**NOTHING, **aspects}, mistake)
    rubric.apply(rubric.read(), {"identity_block": mark})
    return mark


def test_a_named_mistake_earns_at_least_its_share(write):
    write(PARTIAL)
    assert marked("no_final_relu").points == 6
    assert marked("no_final_relu").partial == 0.6
    assert marked("no_shortcut").points == 0
    assert marked("no_final_relu", function=1.0).points == 6.5  # the aspects give more
    assert marked("no_final_relu", function=1.0).partial == 0
    write(WITH_SHARES + "names = 0.95\nwrong_return = 0.125\n")
    assert marked("names", function=1.0, generality=1.0).points == 9.5
    assert marked("wrong_return").points == 1.25


def test_the_course_s_own_rubric_is_strict(write):
    write(STRICT)
    for mistake in advice.mistakes("identity_block"):
        mark = marked(mistake)
        assert (mark.points, mark.maximum, mark.partial) == (0, 10, 0)


@pytest.mark.parametrize("exercise", NAMES)
def test_every_mistake_of_the_catalogue_may_have_a_share(write, exercise):
    ids = [entry.id for entry in CATALOGUE[exercise].mistakes]
    assert ids
    shares = "\n".join(f'"{mistake}" = 0.5' for mistake in ids)
    write(f"{STRICT}\n[{exercise}.partial]\n{shares}\n")
    assert list(rubric.read()[exercise].partial) == ids


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("no_final_rellu = 0.6", r"\[identity_block.partial\] .*did you mean 'no_final_relu'\?"),
        ("Names = 1", "'Names' is not a mistake of this exercise; did you mean 'names'?"),
        (
            "xyzzy = 1",
            "'xyzzy' is not a mistake of this exercise; does it belong to another exercise?",
        ),
        ("missing = 0.1", "'missing' is not a mistake"),  # nothing was handed in
        ("no_final_relu = 60", "no_final_relu: expected a share from 0 to 1, .* found 60"),
        ("no_final_relu = -0.1", "from 0 to 1, .* found -0.1"),
        ("no_final_relu = true", "from 0 to 1, .* found True"),
        ("no_final_relu = nan", "from 0 to 1, .* found nan"),
        ('no_final_relu = "60 %"', "from 0 to 1, .* found '60 %'"),
    ],
)
def test_a_wrong_share_is_refused(write, entry, says):
    write(WITH_SHARES + entry)
    with pytest.raises(rubric.RubricError, match=says):
        rubric.read()


def test_shares_that_are_not_a_table_are_refused(write):
    write("[identity_block]\npoints = 1\nfunction = 1\npartial = 0.5\n")
    with pytest.raises(rubric.RubricError, match="expected a table of mistakes and shares"):
        rubric.read()


@pytest.fixture
def graded(tmp_path, monkeypatch):
    """Return a function that marks a class of one; a stored mark is not made again."""
    notebook = {"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ann.ipynb").write_text(json.dumps(notebook))

    def mark_all(tasks, *_):
        for submission, key in tasks:
            mark = Mark(0, 0, dict(NOTHING), "no_final_relu")
            yield Record(submission.student, key, GRADED, marks={"identity_block": mark})

    monkeypatch.setattr(batch, "mark_all", mark_all)
    results = Results(tmp_path / "results")

    def grade() -> tuple[int, Results]:
        options = batch.Options(jobs=1, limits=Limits(), isolate=False)
        done = batch.grade(tmp_path / "class", results, options, say=lambda record: None)
        return done.marked, results

    return grade


def test_a_changed_rubric_changes_all_points_without_marking_again(tmp_path, write, graded):
    write(STRICT)
    assert graded()[0] == 1
    write(PARTIAL)
    marked_now, results = graded()
    assert marked_now == 0
    (row,) = csv.DictReader((results.folder / "grades.csv").read_text().splitlines())
    assert (row["identity_block"], row["total"]) == ("6", "6.0")
    assert row["mistakes"] == "identity_block:no_final_relu"
    page = checked((results.folder / "feedback" / "ann.html").read_text())
    assert "identity_block: 6 of 10 points" in page.text
    assert "no_final_relu: 60 % by the rubric, which is 6 of 10 points." in page.text
    assert "6 of 10 points" in checked(class_report.write(results).read_text()).text
    to_gradescope(results.all(), tmp_path / "gradescope")
    exported = json.loads((tmp_path / "gradescope" / "ann" / "results.json").read_text())
    assert exported["score"] == exported["tests"][0]["score"] == 6
    assert exported["tests"][0]["output"].endswith("\nno_final_relu: 60 % by the rubric")
    (tmp_path / "roster.csv").write_text(ROSTER)
    to_canvas(results.all(), tmp_path / "canvas.csv", tmp_path / "roster.csv")
    assert (tmp_path / "canvas.csv").read_text().splitlines()[-1] == "Ann,1,ann,A,6"
    write(STRICT)  # and back
    assert graded()[0] == 0
    assert results.load("ann").total == 0
    assert "by the rubric" not in (results.folder / "feedback" / "ann.html").read_text()


def test_a_mistake_with_all_points_is_not_called_right(write):
    write(WITH_SHARES + "no_final_relu = 1\n")
    record = Record("ann", "key", GRADED, marks={"identity_block": marked("no_final_relu")})
    page = checked(student_page.page(record))
    assert "All points." in page.text and "Right." not in page.text


@pytest.mark.parametrize(
    ("mistake", "aspects", "word", "status"),
    [
        ("missing", {}, "Unfinished.", "failed"),
        ("no_final_relu", {}, "Not yet.", "failed"),
        ("names", {"function": 1.0, "generality": 1.0}, "Right, except", "failed"),
        (None, {"function": 1.0, "generality": 1.0, "names": 1.0}, "Right.", "passed"),
    ],
)
def test_an_exercise_without_points_is_called_what_it_is(write, mistake, aspects, word, status):
    write("[identity_block]\npoints = 0\n")
    record = Record("ann", "key", GRADED, marks={"identity_block": marked(mistake, **aspects)})
    page = checked(student_page.page(record))
    assert "identity_block: 0 of 0 points" in page.text
    assert word in page.text and ("\N{CHECK MARK} Right." in page.text) == (status == "passed")
    (test,) = results_json(record)["tests"]
    assert (test["score"], test["max_score"], test["status"]) == (0, 0, status)
