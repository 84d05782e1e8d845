"""What happens on machines that cannot isolate, and with architectures that need too much."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tensorflow.errors import ResourceExhaustedError

from grading import __main__ as command
from grading.judge.judge import Judge
from grading.judge.marking import mark_exercise
from grading.judge.references import reference_text
from grading.judge.session import Session
from grading.judge.watchdog import OutOfMemory
from grading.results.records import GRADED, Mark, Record, Results
from grading.sandbox import isolation, sandbox, system_calls, views, zygote
from grading.sandbox.answer_schema import Answer
from grading.sandbox.isolation import IsolationError, Limits
from grading.sandbox.job import Notebook
from grading.sandbox.sandbox import Sandbox, SandboxDied
from resnets.checks.compare import stored_calls
from resnets.exercises import NAMES

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def python(*lines: str) -> subprocess.CompletedProcess:
    """Run a few lines of Python in a process of their own."""
    program = [sys.executable, "-c", "\n".join(lines)]
    return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.fixture
def submissions(tmp_path):
    """The folder of a class with one student."""
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "ann.ipynb").write_text(json.dumps({"cells": []}))
    return folder


def grade(submissions: Path, *more: str) -> int:
    """Run the command `grade` and return its exit status."""
    return command.main(
        ["grade", str(submissions), "--out", str(submissions.parent / "out"), *more]
    )


def test_a_machine_that_cannot_isolate_refuses_and_says_what_to_do(
    submissions, monkeypatch, capsys
):
    monkeypatch.setattr(isolation, "why_impossible", lambda: "unshare: Operation not permitted")
    assert grade(submissions) == 2
    error = capsys.readouterr().err
    assert "cannot isolate submissions on this machine (unshare: Operation not permitted)" in error
    assert "container" in error and "--no-sandbox runs them with no protection" in error
    assert not (submissions.parent / "out" / "grades.csv").exists()


@pytest.mark.parametrize(
    ("switch", "user", "told"), [("1\n", 1000, True), ("1\n", 0, False), ("0\n", 1000, False)]
)
def test_a_user_of_ubuntu_is_told_how_to_allow_namespaces(
    monkeypatch, tmp_path, switch, user, told
):
    (tmp_path / "switch").write_text(switch)
    monkeypatch.setattr(isolation, "APPARMOR_SWITCH", tmp_path / "switch")
    monkeypatch.setattr(isolation, "why_impossible", lambda: "mount: Permission denied")
    monkeypatch.setattr(isolation.os, "getuid", lambda: user)
    with pytest.raises(isolation.IsolationError) as refused:
        isolation.require()
    assert ("sudo sysctl kernel.apparmor" in str(refused.value)) == told


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_another_operating_system_is_told_to_use_a_container(
    submissions, monkeypatch, capsys, system
):
    monkeypatch.setattr(isolation.sys, "platform", system)
    assert grade(submissions) == 2
    error = capsys.readouterr().err
    assert f"isolation needs Linux, this is {system}" in error
    assert "container" in error and "--no-sandbox" not in error
    with pytest.raises(IsolationError, match="marked on Linux.*container"):
        Sandbox(isolate=False)


@pytest.mark.parametrize("more", [[], ["--no-sandbox"]])
def test_windows_is_refused_before_a_missing_module_is_imported(submissions, more):
    """Windows has no `resource` and no `fcntl`: the refusal must come before their import."""
    arguments = ["grade", str(submissions), "--out", str(submissions.parent / "out"), *more]
    done = python(
        "import sys, tempfile, ctypes, platform",
        "sys.modules['resource'] = sys.modules['fcntl'] = None",
        "import grading.sandbox.isolation, grading.__main__ as program",
        "sys.platform = 'win32'",
        f"sys.exit(program.main({arguments!r}))",
    )
    assert done.returncode == 2, done.stderr
    assert "win32" in done.stderr and "container" in done.stderr
    assert "Traceback" not in done.stderr and "ImportError" not in done.stderr


@pytest.mark.skipif(system_calls.pyseccomp is None, reason="needs libseccomp")
@pytest.mark.parametrize("call", ["unshare", "mount_setattr", "pivot_root", "capset"])
def test_a_system_call_that_isolation_needs_is_missed_before_grading(call):
    ran = python(
        "import errno, pyseccomp",
        "from grading.sandbox.isolation import why_impossible",
        "rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)",
        f"rules.add_rule(pyseccomp.ERRNO(errno.EPERM), {call!r})",
        "rules.load()",
        "print(why_impossible())",
    )
    assert "Operation not permitted" in ran.stdout, ran.stderr


@pytest.mark.parametrize("folder", [sandbox.interpreter()[0], ROOT / "resnets"])
def test_a_class_folder_that_submissions_can_read_is_refused(folder):
    inside = Path(folder) / "class"
    with pytest.raises(IsolationError, match="which submissions can read; move it"):
        sandbox.hide(inside)
    sandbox.hide(ROOT / "grading", Path("/usr/src/class"))


def test_the_report_says_that_a_mark_was_made_without_a_sandbox(tmp_path):
    from grading.reports import class_report

    with Sandbox(Limits(seconds=30), isolate=False) as unprotected:
        cells = ["def identity_block(X, f, filters, stage, block):\n    return X + 1"]
        session = Session([Notebook("2.ipynb", cells)], unprotected, Judge(), 1, 1)
        assert mark_exercise(session, "identity_block").aspects["function"] == 0
        walls = unprotected.walls
    results = Results(tmp_path / "out")
    marks = {name: Mark(0, 10) for name in NAMES}
    results.save(Record("ann", "key", GRADED, marks=marks, sandbox=walls))
    assert "1 submission ran without a sandbox" in class_report.write(results).read_text()


@pytest.mark.skipif(isolation.why_impossible() is not None, reason="cannot isolate")
def test_the_sandbox_names_the_protections_that_the_machine_lacks(monkeypatch):
    box = Sandbox(Limits())
    assert box.walls == "isolated"
    monkeypatch.setattr(system_calls, "pyseccomp", None)
    assert box.walls == "isolated without seccomp"
    monkeypatch.setattr(views, "landlock", None)
    assert box.walls == "isolated without seccomp and Landlock"
    box.isolate = False
    assert box.walls == "none"
    box.close()


@pytest.mark.skipif(isolation.why_impossible() is not None, reason="cannot isolate")
def test_a_failure_to_isolate_is_not_a_mark(monkeypatch):
    job = [Notebook("2.ipynb", ("def identity_block(): pass",))], []
    with Sandbox(Limits(seconds=30)) as isolated:
        settings = isolated._settings()
        monkeypatch.setattr(isolated, "_settings", lambda: {**settings, "stage": "/nowhere"})
        with pytest.raises(SandboxDied, match="no submission was run: mount tmpfs on /nowhere"):
            isolated.run(*job)
    assert zygote.NOT_ISOLATED not in ("finished", "timeout", "memory", "processes")


def test_the_watchdog_limits_a_workers_time_and_memory():
    ran = python(
        "import time",
        "from grading.judge.watchdog import at_most",
        "with at_most(60): print('in time')",
        "with at_most(0.2): time.sleep(100)",
        "print('never')",
    )
    assert (ran.returncode, ran.stdout) == (1, "in time\n"), ran.stderr
    ran = python(
        "from grading.judge import watchdog",
        "watchdog.MEMORY = 200 << 20",
        "watchdog.bound_memory()",
        "held = bytearray(100 << 20)",
        "try: bytearray(300 << 20)",
        "except MemoryError: print('refused')",
    )
    assert ran.stdout == "refused\n", ran.stderr


def run_out(*_, **__):
    raise MemoryError


def refuse_tensor(*_, **__):
    raise ResourceExhaustedError(None, None, "OOM when allocating tensor")


@pytest.mark.parametrize("lack", [run_out, refuse_tensor])
@pytest.mark.parametrize("function", ["keras.models.model_from_json", "grading.judge.claim.record",
                                      "keras.models.clone_model"])  # fmt: skip
def test_a_judge_without_memory_does_not_call_an_answer_wrong(monkeypatch, function, lack):
    arguments = stored_calls("ResNet50")[0]
    text = reference_text("ResNet50", arguments, True).replace('"relu"', '"elu"')
    monkeypatch.setattr(function, lack)
    with pytest.raises(OutOfMemory, match="the judge ran out of memory"):
        Judge().architecture("ResNet50", arguments, Answer(model=text), True)
    with pytest.raises(OutOfMemory):
        Judge().mistakes("ResNet50", [Answer(model=text)] * 2, True)


def test_a_submission_is_tried_again_where_the_judge_lacked_memory(tmp_path):
    """Twice it lacks memory, and then it does not; for another submission it always does."""
    ran = python(
        "from unittest import mock",
        "from grading import worker",
        "from grading.judge import marking, watchdog",
        "from grading.results.records import Record",
        "from grading.sandbox.isolation import Limits",
        "from grading.submissions.submissions import Submission",
        "worker.Sandbox = mock.Mock()",
        "settings = {'limits': vars(Limits()), 'isolate': True, 'findings': None}",
        "settings |= {'workers': 1, 'version': None}",
        "lacks = watchdog.OutOfMemory('the judge ran out of memory')",
        "answers = [lacks, lacks, Record('ann', 'k', 'graded'), *[lacks] * 9]",
        "marking.mark_submission = mock.Mock(side_effect=answers)",
        "for name in ('ann', 'bob'):",
        "    made = worker.mark_in_worker(Submission(name, [], ''), 'k', 1, 1, settings)",
        "    print(made.status)",
    )
    assert ran.stdout == "graded\nungraded: the judge ran out of memory\n", ran.stderr


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--jobs", "0", "a whole number from 1 on, got '0'"),
        ("--jobs", "two", "a whole number from 1 on, got 'two'"),
        ("--timeout", "nan", "a number from 1 on, got 'nan'"),
        ("--memory", "-1", "a number from 0.1 on, got '-1'"),
        ("--seed", "-1", "a whole number from 0 on, got '-1'"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused(submissions, capsys, option, value, expected):
    with pytest.raises(SystemExit):
        grade(submissions, option, value)
    assert expected in capsys.readouterr().err
    assert not (submissions.parent / "out").exists()
