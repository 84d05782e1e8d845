"""A batch that is killed, stopped or started twice loses no marks and leaves no processes."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from proof_sizes import sampled

from grading import __main__ as command
from grading.results.lock import alone_in
from grading.results.records import Results, ResultsError
from grading.sandbox.isolation import why_impossible

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
isolates = pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible()))
KILLS = sampled(15, 100)
SIGNALS = sampled((signal.SIGKILL, signal.SIGINT), (signal.SIGKILL, signal.SIGTERM, signal.SIGINT))
# It tries to outlive its guard, by asking the kernel not to kill it with its parent.
SLEEPER = """\
import ctypes, time
def identity_block(X, f, filters, stage, block):
    ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
    time.sleep(10**6)
"""


def write_class(folder: Path, **cells: str) -> Path:
    """Fill a folder with a notebook of one cell for each student, and return it."""
    folder.mkdir()
    for student, cell in cells.items():
        notebook = {"cells": [{"cell_type": "code", "source": cell}]}
        (folder / f"{student}.ipynb").write_text(json.dumps(notebook))
    return folder


def test_many_kills_lose_no_mark(tmp_path):
    program = [sys.executable, str(ROOT / "tests/support/killed_batches.py"), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [*program, str(KILLS), "5"], env=environment, capture_output=True, text=True, check=True
    )
    counts = json.loads(ran.stdout)
    assert counts["wrong"] == []
    assert counts["kills"] >= KILLS
    assert counts["resumed"] > KILLS / 10


class Grading:
    """`python -m grading grade` in a process of its own, and all its child processes."""

    def __init__(self, submissions: Path, out: Path, *more: str) -> None:
        command = [sys.executable, "-m", "grading", "grade", str(submissions), "--out", str(out)]
        self.process = subprocess.Popen(
            [*command, "--jobs", "1", *more],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # A shell that runs the tests in the background makes them ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.started = {self.process.pid: psutil.Process(self.process.pid)}

    def wait_for_a_submission(self) -> psutil.Process:
        """Wait until a student's code has run for a second, which only the sleeper's does."""
        deadline = time.monotonic() + 240
        while True:
            for process in self._processes():
                if self._is_students_process(process):
                    return process
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def end(self, how: int) -> tuple[int, str]:
        """Send a signal, SIGINT to the whole group like Ctrl-C; return exit status and output."""
        self._processes()
        if how == signal.SIGINT:
            os.killpg(self.process.pid, how)
        else:
            self.process.send_signal(how)
        output = self.process.communicate(timeout=120)[0]
        return self.process.returncode, output

    def left(self) -> list[psutil.Process]:
        """Return the processes that still run after some time to notice that the grader ended."""
        return psutil.wait_procs(self.started.values(), timeout=60)[1]

    def _processes(self) -> list[psutil.Process]:
        try:
            children = self.started[self.process.pid].children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        self.started.update({p.pid: p for p in children})
        return children

    def _is_students_process(self, process: psutil.Process) -> bool:
        """Return whether a process is the child of a guard, and so the grandchild of a zygote."""
        try:
            ancestry = [process, *process.parents()[:2]]
            forked = all("grading.sandbox.zygote" in " ".join(p.cmdline()) for p in ancestry)
            return forked and time.time() - process.create_time() > 1
        except psutil.Error:
            return False


def rows(out: Path) -> dict[str, dict]:
    """Return the rows of grades.csv by student."""
    return {row["student"]: row for row in csv.DictReader((out / "grades.csv").open())}


@isolates
def test_a_batch_continues_after_every_signal(tmp_path):
    submissions = write_class(tmp_path / "class", a_quick="x = 1", b_sleeper=SLEEPER)
    out = tmp_path / "results"
    stored_record = ""
    for how in SIGNALS:
        batch = Grading(submissions, out, "--timeout", "600")
        batch.wait_for_a_submission()
        status, output = batch.end(how)
        assert batch.left() == [], how
        assert Results(out).load("b_sleeper") is None
        (record,) = (out / "records").glob("*.json")
        assert stored_record in ("", record.read_text()), "a mark that was kept has changed"
        stored_record = record.read_text()
        assert ("a_quick: 0/" in output) == (how == signal.SIGKILL), "marked once, then kept"
        if how == signal.SIGKILL:
            continue
        assert status == 130 and "every mark so far is kept" in output and "Traceback" not in output
        assert rows(out)["a_quick"]["status"] == "graded"
        assert rows(out)["b_sleeper"]["status"] == "ungraded"
    last = Grading(submissions, out, "--timeout", "2")
    output = last.process.communicate(timeout=300)[0]
    assert last.process.returncode == 0 and "2 students, 1 marked now, 1 kept" in output
    assert last.left() == []
    assert rows(out)["a_quick"]["status"] == rows(out)["b_sleeper"]["status"] == "graded"
    assert "identity_block:timeout" in rows(out)["b_sleeper"]["mistakes"]
    assert not list(out.rglob(".writing-*"))


def test_a_second_grader_in_the_same_folder_is_an_error(tmp_path, capsys):
    submissions = write_class(tmp_path / "class", ann="x = 1")
    out = tmp_path / "results"
    log = Results(out).folder / "log.txt"
    log.write_text("of the first grader")
    with alone_in(out):
        status = command.main(["grade", str(submissions), "--out", str(out), "--no-sandbox"])
    assert status == 2
    assert (
        f"another grader is using this folder (process {os.getpid()} on" in capsys.readouterr().err
    )
    assert not (out / "grades.csv").exists()
    assert log.read_text() == "of the first grader"


def test_the_lock_is_released_when_its_holder_is_killed(tmp_path):
    holding = (
        "import os, sys, pathlib\nfrom grading.results.lock import alone_in\n"
        "with alone_in(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    first = subprocess.Popen(
        [sys.executable, "-c", holding, str(tmp_path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert first.stdout.readline() == b"held\n"
    with pytest.raises(ResultsError, match=f"process {first.pid} on"), alone_in(tmp_path):
        pass
    first.kill()
    first.communicate()
    with alone_in(tmp_path):
        pass


@isolates
@pytest.mark.parametrize("victim", sampled(["zygote"], ["zygote", "worker"]))
def test_killing_a_zygote_or_worker_costs_no_mark(tmp_path, victim):
    right = "def identity_block(X, f, filters, stage, block):\n    return X + 1\n"
    submissions = write_class(tmp_path / "class", a_sleeper=SLEEPER, b_quick=right)
    batch = Grading(submissions, tmp_path / "results", "--timeout", "5")
    student = batch.wait_for_a_submission()
    zygote = student.parents()[1]
    assert "grading.sandbox.zygote" in " ".join(zygote.cmdline())
    (zygote if victim == "zygote" else zygote.parent()).kill()
    output = batch.process.communicate(timeout=400)[0]
    assert batch.process.returncode == 0, output
    grades = rows(tmp_path / "results")
    assert "identity_block:timeout" in grades["a_sleeper"]["mistakes"], output
    assert [row["status"] for row in grades.values()] == ["graded"] * 2
    assert batch.left() == []


@isolates
def test_two_graders_at_once_do_not_disturb_each_other(tmp_path):
    submissions = write_class(tmp_path / "class", ann="x = 1", bo=SLEEPER)
    batches = [Grading(submissions, tmp_path / str(n), "--timeout", "20") for n in range(2)]
    for batch in batches:
        batch.wait_for_a_submission()
    assert all(batch.process.poll() is None for batch in batches), "both are at work"
    batches[0].end(signal.SIGKILL)
    assert batches[0].left() == []
    output = batches[1].process.communicate(timeout=400)[0]
    assert batches[1].process.returncode == 0, output
    assert {row["status"] for row in rows(tmp_path / "1").values()} == {"graded"}
    assert batches[1].left() == []
