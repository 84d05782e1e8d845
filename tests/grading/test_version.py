"""Which marks are made again: those of another version, and those that lacked time or memory."""

import json
import shutil

import pytest

from grading import batch, version
from grading.batch import Options, grade
from grading.errors import GradingError
from grading.results.records import GRADED, Mark, Record, Results
from grading.sandbox.isolation import Limits
from grading.worker import mark_in_worker


@pytest.fixture
def course(tmp_path, monkeypatch):
    """The folder of a copy of everything that marks depend on."""
    for name in ("grading", "resnets"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(version.ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(version.ROOT / "resnets_utils.py", tmp_path)
    monkeypatch.setattr(version, "ROOT", tmp_path)
    return tmp_path


def changes_the_version(course, name):
    """Return whether a change to a file of the copy changes the grader's version."""
    before = version.grader_version.__wrapped__()
    path = course / name
    path.write_text(path.read_text() + "# changed")
    return version.grader_version.__wrapped__() != before


@pytest.mark.parametrize(
    "name",
    [
        "grading/judge/judge.py",
        "grading/judge/marking_numbers.py",
        "grading/catalogue/mistake.py",
        "grading/submissions/students.py",
        "resnets/exercises.py",
        "resnets/initializers.py",
    ],
)
def test_a_change_to_code_that_marks_changes_the_version(course, name):
    assert changes_the_version(course, name)


@pytest.mark.parametrize(
    "name",
    [
        "grading/reports/pages.py",
        "grading/reports/class_report.py",
        "grading/exports/canvas.py",
        "resnets/plots/bars.py",
    ],
)
def test_a_change_to_code_that_shows_marks_keeps_the_version(course, name):
    assert not changes_the_version(course, name)


def test_what_editors_leave_beside_a_file_keeps_the_version(course):
    before = version.grader_version.__wrapped__()
    (course / "grading" / "judge" / ".ipynb_checkpoints").mkdir()
    (course / "resnets" / "checks" / ".names.py.swp").write_bytes(b"\x00\xff")
    assert version.grader_version.__wrapped__() == before


def test_a_worker_with_other_files_marks_nothing():
    with pytest.raises(GradingError, match="other files of this course; start it in a copy"):
        mark_in_worker(None, "key", 1, 1, {"version": "another"})


@pytest.fixture
def again(tmp_path, monkeypatch):
    """A class of one; gives a function that marks it with limits: how many marks were made."""
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ann.ipynb").write_text(json.dumps({"cells": []}))

    def with_mistake(mistake):
        def made(tasks, options, *_):
            for submission, key in tasks:
                limits = {"seconds": options.limits.seconds, "memory": options.limits.memory}
                marks = {"identity_block": Mark(0, 10, mistake=mistake)}
                yield Record(submission.student, key, GRADED, marks=marks, limits=limits)

        monkeypatch.setattr(batch, "mark_all", made)

        def marked(seconds=60, memory=2):
            how = Options(jobs=1, limits=Limits(seconds=seconds, memory=memory << 30))
            return grade(tmp_path / "class", Results(tmp_path / "out"), how, print).marked

        return marked

    return with_mistake


@pytest.mark.parametrize(
    ("mistake", "more_time", "more_memory"),
    [("timeout", 1, 0), ("memory", 0, 1), ("unknown", 0, 0), (None, 0, 0)],
)
def test_more_time_or_memory_marks_those_again_who_lacked_it(
    again, mistake, more_time, more_memory
):
    marked = again(mistake)
    assert marked() == 1
    assert marked() == 0
    assert marked(seconds=30) == 0
    assert marked(seconds=600) == more_time
    assert marked(seconds=600, memory=8) == more_memory
