"""Damaged notebooks, zips and tars: each gets a status, and none causes a traceback."""

from __future__ import annotations

import csv
import random

import damaged_submissions
import pytest
from proof_sizes import sampled

from grading import batch
from grading.judge.judge import Judge
from grading.judge.marking import mark_exercise
from grading.judge.session import Session
from grading.results.records import GRADED, Record, Results
from grading.sandbox.isolation import Limits, why_impossible
from grading.sandbox.loader import Loader
from grading.sandbox.sandbox import Sandbox
from grading.submissions import submissions
from grading.submissions.submissions import SubmissionError
from resnets.exercises import NAMES
from resnets.reader.notebooks import Notebook

pytestmark = pytest.mark.slow

COUNT = sampled(200, 1000)
WRONG = ("not a notebook", "cut short", "damaged")


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """Return the folder of a class of damaged submissions, half of them archives."""
    folder = tmp_path_factory.mktemp("damaged")
    for number in range(COUNT):
        draw = random.Random(number)
        if number % 4 == 1:
            (folder / f"{number:04}.zip").write_bytes(damaged_submissions.zipped(draw))
        elif number % 4 == 3:
            (folder / f"{number:04}.tar.gz").write_bytes(damaged_submissions.tarred(draw))
        else:
            (folder / f"{number:04}.ipynb").write_bytes(damaged_submissions.notebook(draw))
    return folder


@pytest.fixture(scope="module")
def readable(damaged):
    """Return the submissions in which at least one notebook can be read."""
    result = []
    for entry in submissions.find(damaged):
        try:
            result.append(submissions.read(entry))
        except SubmissionError:
            continue
    return result


def test_a_damaged_submission_is_read_or_refused_in_one_line(damaged):
    entries = submissions.find(damaged)
    messages = []
    for entry in entries:
        try:
            submission = submissions.read(entry)
        except SubmissionError as error:
            messages.append(str(error))
        else:
            assert submission.notebooks and len(submission.digest) == 64
            messages += [*submission.problems, *(n.name for n in submission.notebooks)]
            for notebook in submission.notebooks:
                "".join(notebook.cells).encode()  # raises if half of a surrogate pair is left
    assert len(entries) == COUNT
    assert [text for text in messages if not text.isprintable() or not 0 < len(text) <= 1000] == []
    assert not any(str(damaged) in text for text in messages), "a message contains a path"
    refused = sum(any(word in text for word in WRONG) for text in messages)
    assert refused > COUNT / 5  # otherwise most of the damage does no harm


def test_every_damaged_submission_has_a_row_with_a_status(damaged, tmp_path, monkeypatch):
    def marked(tasks, options, class_seed, findings):
        for submission, key in tasks:
            yield Record(submission.student, key, GRADED, problems=list(submission.problems))

    monkeypatch.setattr(batch, "mark_all", marked)
    # Pages have tests of their own, and take longer than the rest of this test.
    monkeypatch.setattr(batch.student_page, "write", lambda results, records: None)
    results = Results(tmp_path)
    announced = []
    done = batch.grade(damaged, results, batch.Options(1, Limits()), announced.append)
    rows = list(csv.DictReader((tmp_path / "grades.csv").open(newline="", encoding="utf-8")))
    assert [row["student"] for row in rows] == done.students and len(rows) == COUNT
    assert {row["status"].partition(":")[0] for row in rows} == {GRADED, "unreadable"}
    assert len(announced) == COUNT


def test_functions_in_damaged_submissions_are_found_without_running_code(readable):
    found = 0
    for submission in readable:
        loader = Loader([Notebook(code.name, code.cells) for code in submission.notebooks])
        for name in NAMES:
            found += bool(loader.source(name))
    assert found > COUNT / 20


@pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible()))
def test_a_sample_of_the_readable_submissions_is_marked(readable):
    with Sandbox(Limits(seconds=30)) as sandbox:
        judge = Judge()
        for submission in random.Random(0).sample(readable, 3):
            session = Session(list(submission.notebooks), sandbox, judge, 1, 1)
            mark = mark_exercise(session, "identity_block")
            assert mark.mistake and not any(mark.aspects.values())  # none contains a right solution
            assert mark.detail or mark.mistake == "missing"
