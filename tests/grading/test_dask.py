"""A class is marked by the workers of any Dask scheduler; an unusable one is a one-line error."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from dask_scheduler import address_in

from benchmarks import _class_students as students
from grading import cluster
from grading.__main__ import main
from grading.batch import Options, grade, grader_version
from grading.results.records import GRADED, Results
from grading.sandbox.isolation import Limits, why_impossible

ROOT = Path(__file__).resolve().parents[2]
COUNT = 4
ONLY = ("identity_block", "count_weights")  # an architecture, and numbers: quick to mark


class Dask:
    """A scheduler and workers, each in a process of its own, on the loopback interface."""

    def __init__(self, folder):
        self.file = folder / "scheduler.json"
        self.log = open(folder / "dask.log", "wb")
        self.started = []
        self.start("scheduler", "--port", "0", "--no-show", "--no-jupyter")
        self.address = address_in(self.file, self.started[0])

    def start(self, kind, *options):
        """Start one process in a session of its own."""
        command = [sys.executable, "-m", "dask", kind, *options, "--host", "127.0.0.1"]
        command += ["--scheduler-file", str(self.file), "--no-dashboard"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            command, env=environment, cwd=self.file.parent, stdout=self.log, stderr=self.log,
            start_new_session=True,
        )  # fmt: skip
        self.started.append(process)
        return process

    def close(self):
        """Kill all started processes and their children."""
        for process in self.started:
            kill(process)
        self.log.close()


def kill(process):
    """Kill a process and its session, as the failure of a machine would."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


@pytest.fixture(scope="module")
def dask(tmp_path_factory):
    cluster_processes = Dask(tmp_path_factory.mktemp("dask"))
    yield cluster_processes
    cluster_processes.close()


def test_a_scheduler_without_workers_is_an_error(dask, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 2)
    with pytest.raises(cluster.ClusterError, match="has no worker; start one in this folder"):
        with cluster.at(dask.address, grader_version):
            pass


@pytest.mark.slow
@pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible()))
def test_a_worker_that_is_killed_while_marking_changes_no_mark(dask, tmp_path):
    chosen = students.students(COUNT, seed=11, only=ONLY)
    students.write(tmp_path / "submissions", chosen)
    workers = [dask.start("worker", "--nthreads", "1", "--no-nanny") for _ in range(2)]
    results = Results(tmp_path / "results")
    how = Options(jobs=0, limits=Limits(seconds=120), scheduler=dask.address)
    announced = []

    def say(record):
        announced.append(record)
        if len(announced) == 1:
            kill(workers[0])

    grade(tmp_path / "submissions", results, how, say)
    assert workers[1].poll() is None
    assert [record.status for record in announced] == [GRADED] * COUNT
    seed = json.loads((tmp_path / "results" / "class_seed.json").read_text())["seed"]
    for student in chosen:
        assert students.deviations(student, results.load(student.name), seed) == []


def test_a_worker_with_other_files_is_an_error(dask):
    dask.start("worker", "--nthreads", "1", "--no-nanny")
    with pytest.raises(cluster.ClusterError, match="has other files of this course"):
        with cluster.at(dask.address, lambda: os.urandom(4).hex()):
            pass


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nothing://here", "127.0.0.1:port"])
def test_a_wrong_address_is_a_one_line_error(address, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ann.ipynb").write_text('{"cells": []}')
    command = ["grade", str(tmp_path / "class"), "--out", str(tmp_path / "results")]
    assert main([*command, "--scheduler", address, "--no-sandbox"]) == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if "python -m grading" in line]
    assert len(errors) == 1
    assert f"no Dask scheduler answers at {address!r}" in errors[0]
