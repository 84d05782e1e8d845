"""An entry that takes too long, or that nobody expected, does not hold or end the batch."""

import json
import signal
import time

import pytest
from entries import notebook, write

from grading import batch
from grading.results.records import Results
from grading.sandbox.isolation import Limits
from grading.submissions.deadline import within
from grading.submissions.unread import SubmissionError


def test_reading_is_stopped_after_its_time():
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(SubmissionError, match="it takes longer than 0.05 s to read"):
        with within(0.05):
            while True:
                try:
                    time.sleep(1)
                except Exception:  # as code does that goes on after an error
                    continue
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_what_is_read_in_time_is_not_stopped():
    with within(60):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_an_unexpected_error_in_one_entry_does_not_end_the_batch(tmp_path, monkeypatch):
    def read(entry):
        raise RecursionError("too deep")

    write(tmp_path / "class", {"ann.ipynb": notebook("a = 1")})
    monkeypatch.setattr(batch.submissions, "read", read)
    results = Results(tmp_path / "results")
    options = batch.Options(1, Limits(), isolate=False)
    done = batch.grade(tmp_path / "class", results, options, lambda record: None)
    assert done.students == ["ann"]
    stored = results.load("ann")
    assert stored.status == "unreadable: cannot be read: RecursionError: too deep"
    assert json.loads((tmp_path / "results" / "class_seed.json").read_text())["seed"] >= 0
