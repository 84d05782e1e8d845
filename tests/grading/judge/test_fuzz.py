"""A thousand damaged notebooks, zips and tars: each ends with a status, none with a traceback."""

from __future__ import annotations

import csv
import random
from dataclasses import asdict

import damaged_submissions
import pytest

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

COUNT = 1000
WRONG = ("not a notebook", "cut short", "damaged")


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """A class of damaged submissions, half of them archives."""
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
    """Those of which something can be read."""
    found = []
    for entry in submissions.find(damaged):
        try:
            found.append(submissions.read(entry))
        except SubmissionError:
            continue
    return found


def test_each_is_read_or_refused_in_one_line(damaged):
    entries = submissions.find(damaged)
    said = []
    for entry in entries:
        try:
            submission = submissions.read(entry)
        except SubmissionError as error:
            said.append(str(error))
        else:
            assert submission.notebooks and len(submission.digest) == 64
            said += [*submission.problems, *(n.name for n in submission.notebooks)]
            for notebook in submission.notebooks:
                "".join(notebook.cells).encode()  # no half character is left in it
    assert len(entries) == COUNT
    assert [text for text in said if not text.isprintable() or not 0 < len(text) <= 1000] == []
    assert not any(str(damaged) in text for text in said), "a message tells a path"
    refused = sum(any(word in text for word in WRONG) for text in said)
    assert refused > COUNT / 5  # else the damage is none


def test_every_one_has_a_row_with_a_status(damaged, tmp_path, monkeypatch):
    def marked(tasks, options, class_seed, findings):
        for submission, key in tasks:
            yield Record(submission.student, key, GRADED, problems=list(submission.problems))

    monkeypatch.setattr(batch, "mark_all", marked)
    # Pages have tests of their own, and take longer than all of this.
    monkeypatch.setattr(batch.student_page, "write", lambda results, records: None)
    results = Results(tmp_path)
    said = []
    done = batch.grade(damaged, results, batch.Options(1, Limits()), said.append)
    rows = list(csv.DictReader((tmp_path / "grades.csv").open(newline="", encoding="utf-8")))
    assert [row["student"] for row in rows] == done["students"] and len(rows) == COUNT
    assert {row["status"].partition(":")[0] for row in rows} == {GRADED, "unreadable"}
    assert len(said) == COUNT


def test_the_definitions_in_what_is_left_are_found_without_running_any(readable):
    holds = 0
    for submission in readable:
        loader = Loader([vars(notebook) for notebook in submission.notebooks])
        for name in NAMES:
            holds += bool(loader.source(name))
    assert holds > COUNT / 20


@pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible()))
def test_a_sample_of_what_is_left_is_marked(readable):
    with Sandbox(Limits(seconds=30)) as sandbox:
        judge = Judge()
        for submission in random.Random(0).sample(readable, 3):
            notebooks = [asdict(notebook) for notebook in submission.notebooks]
            mark = mark_exercise(Session(notebooks, sandbox, judge, 1, 1), "identity_block")
            assert mark.mistake and mark.detail  # nothing right is in any of them
