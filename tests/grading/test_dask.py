"""A class is marked by the workers of any Dask scheduler; an unusable one is a one-line error."""

import json
import os

import dask
import pytest
from dask_scheduler import Dask, kill

from benchmarks import _class_students as students
from grading import cluster
from grading.__main__ import main
from grading.batch import Options, grade
from grading.results.records import GRADED, Results
from grading.sandbox.isolation import Limits, why_impossible
from grading.version import grader_version

pytestmark = pytest.mark.slow

COUNT = 4
ONLY = ("identity_block", "count_weights")  # an architecture, and numbers: quick to mark


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """A scheduler with TLS, whose credentials are in Dask's configuration."""
    scheduler = Dask(tmp_path_factory.mktemp("dask"))
    with dask.config.set(scheduler.settings):
        yield scheduler
    scheduler.close()


def test_a_scheduler_without_workers_is_an_error(scheduler, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 2)
    with pytest.raises(cluster.ClusterError, match="has no worker; start one in this folder"):
        with cluster.at(scheduler.address, grader_version):
            pass


@pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible()))
def test_a_worker_that_is_killed_while_marking_changes_no_mark(scheduler, tmp_path):
    chosen = students.students(COUNT, seed=11, only=ONLY)
    students.write(tmp_path / "submissions", chosen)
    workers = [scheduler.start("worker", "--nthreads", "1", "--no-nanny") for _ in range(2)]
    assert not cluster.is_open(scheduler.address)
    results = Results(tmp_path / "results")
    how = Options(jobs=0, limits=Limits(seconds=120), scheduler=scheduler.address)
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


def test_a_worker_with_other_files_is_an_error(scheduler):
    scheduler.start("worker", "--nthreads", "1", "--no-nanny")
    with pytest.raises(cluster.ClusterError, match="has other files of this course"):
        with cluster.at(scheduler.address, lambda: os.urandom(4).hex()):
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
