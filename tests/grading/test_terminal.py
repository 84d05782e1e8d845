"""The terminal shows only the grader's own lines; the output of libraries goes to a log."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from grading import terminal
from grading.sandbox.isolation import why_impossible
from resnets.exercises import EXERCISES

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
# Libraries write from C code, from Python, and from child processes.
NOISY = """\
import os, subprocess, sys, warnings, pathlib
from grading import terminal
terminal.MAX_BYTES = 1000
with terminal.own_lines_only(pathlib.Path(sys.argv[1])) as screen:
    os.write(1, b"from below 1\\n"), os.write(2, b"from below 2\\n")
    warnings.warn("from Python")
    subprocess.run(["sh", "-c", "echo from a child; echo and to stderr >&2"])
    print("own line", file=screen.out)
    print("own error \\u2192", file=screen.err)
    {more}
print("afterwards", screen.log.size)
"""


def run(program: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess:
    """Run a Python program in a process of its own."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, timeout=100, encoding="utf-8"
    )


def test_only_the_graders_own_lines_are_shown(tmp_path):
    log = tmp_path / "log.txt"
    log.write_text("an earlier run's")
    ran = run(NOISY.format(more="pass"), log, PYTHONUTF8="1")
    assert ran.stderr == "own error \u2192\n"
    assert ran.stdout == f"own line\nafterwards {log.stat().st_size}\n"
    logged = log.read_text()
    assert "an earlier run's" not in logged
    for line in ("from below 1", "from below 2", "from Python", "from a child", "and to stderr"):
        assert line in logged


def test_a_log_does_not_grow_without_bound(tmp_path):
    ran = run(NOISY.format(more="for _ in range(99): os.write(2, bytes(99_999))"), tmp_path / "log")
    assert int(ran.stdout.split()[-1]) > 99 * 99_999, ran.stderr
    assert (tmp_path / "log").stat().st_size == 1000


def test_a_log_that_cannot_be_written_does_not_stop_the_grader(tmp_path):
    ran = run(NOISY.format(more="pass"), tmp_path / "nowhere" / "log", PYTHONUTF8="1")
    assert "own line\nafterwards" in ran.stdout and ran.returncode == 0


def test_a_character_that_the_terminal_cannot_show_is_escaped(tmp_path):
    ran = run(NOISY.format(more="pass"), tmp_path / "log", PYTHONIOENCODING="ascii")
    assert ran.stderr == "own error \\u2192\n" and "afterwards" in ran.stdout


def test_an_exception_is_shown_on_the_terminal(tmp_path):
    ran = run(NOISY.format(more="raise ValueError('own')"), tmp_path / "log")
    assert ran.returncode == 1 and ran.stderr.endswith("ValueError: own\n")


def test_an_empty_log_is_not_kept(tmp_path):
    log = tmp_path / "log"
    log.write_text("an earlier run's")
    with terminal.own_lines_only(log) as screen:
        pass
    assert screen.log.size == 0 and not log.exists()


@pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible()))
def test_marking_a_class_shows_only_the_graders_own_lines(tmp_path):
    cell = "def identity_block(X, f, filters, stage, block):\n    return Activation('relu')(X)"
    (tmp_path / "class").mkdir()
    for name in ("ann", "bo"):
        notebook = {"cells": [{"cell_type": "code", "source": cell}]}
        (tmp_path / "class" / f"{name}.ipynb").write_text(json.dumps(notebook))
    out = tmp_path / "results"
    command = [sys.executable, "-m", "grading", "grade", str(tmp_path / "class"), "--out", str(out)]
    ran = subprocess.run(
        [*command, "--jobs", "2"], cwd=ROOT, capture_output=True, text=True, timeout=500
    )
    assert ran.returncode == 0, ran.stderr
    total = sum(exercise.points for exercise in EXERCISES.values())
    own = [
        rf"(ann|bo): \d+/{total} .*",
        r"2 students, 2 marked now, 0 kept",
        re.escape(f"marks: {out}/grades.csv"),
        re.escape(f"a page for each student: {out}/feedback"),
        re.escape(f"messages of TensorFlow and Dask: {out}/log.txt"),
    ]
    lines = ran.stdout.splitlines()
    assert [line for line in lines if not any(re.fullmatch(p, line) for p in own)] == []
    assert (out / "log.txt").exists() == lines[-1].endswith("log.txt")
    bar = [piece for piece in re.split(r"[\r\n]", ran.stderr) if piece.strip()]
    assert [piece for piece in bar if not re.match(r"\s*\d+%\|", piece)] == []
