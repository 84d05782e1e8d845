"""Importing the course's modules is silent, but shows Python's own messages."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import resnets_utils as utils
from resnets import startup

ROOT = utils.course_path(".")

HELD = """
import os, sys, warnings
from resnets.startup import without_cpp_log_lines
try:
    with without_cpp_log_lines():
        os.write(2, b"I0000 00:00:1795501470.148 8284 cudart_stub.cc:31] Could not find cuda\\n")
        os.write(2, b"2026-01-31 12:00:00.123456: I tensorflow/core/util/port.cc:153] oneDNN\\n")
        os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called\\n")
        os.write(2, b"To enable the following instructions: AVX2, rebuild\\n")
        warnings.warn("a Python warning")
        if "fail" in sys.argv:
            raise ImportError("no TensorFlow here")
    os.write(2, b"I0000 00:00:17 after\\n")
finally:
    print("out")
"""


def run(code: str, *args: str, **options) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run(
        [sys.executable, "-c", code, *args], env=environment, text=True, timeout=300, **options
    )


def test_import_and_first_op_write_nothing_on_stderr():
    done = run(
        "import resnets_utils, os, keras, tensorflow as tf\n"
        "print(os.environ['TF_CPP_MIN_LOG_LEVEL'], keras.backend.backend())\n"
        "X = tf.ones((4, 8, 8, 3))\n"
        "print(tf.reduce_sum(tf.nn.conv2d(X, tf.ones((3, 3, 3, 2)), 1, 'VALID')).numpy())",
        env={"KERAS_BACKEND": "torch"},
    )
    assert done.stderr == "" and done.returncode == 0
    assert done.stdout.split() == ["3", "tensorflow", "7776.0"]


def test_only_cpp_log_lines_are_dropped():
    done = run(HELD)
    lines = done.stderr.splitlines()
    assert "UserWarning: a Python warning" in lines[0]
    assert lines[-1] == "I0000 00:00:17 after"  # later lines are not touched
    assert not any("cuda" in line or "oneDNN" in line or "absl" in line for line in lines)


def test_everything_is_shown_when_the_import_fails():
    done = run(HELD, "fail")
    assert done.returncode == 1 and done.stdout == "out\n"
    for text in ("Could not find cuda", "oneDNN", "a Python warning", "no TensorFlow here"):
        assert text in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell closes the descriptor")
@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "<&- 2>&-"])
def test_a_closed_or_full_stderr_does_not_stop_the_import(redirection):
    code = (
        "import sys\n"
        "from resnets.startup import without_cpp_log_lines\n"
        "with without_cpp_log_lines():\n"
        "    print('in')\n"
        "    print('a warning', file=sys.stderr or sys.stdout)\n"
        "print('out')"
    )
    done = subprocess.run(
        ["sh", "-c", f'"$0" -c "$1" {redirection}', sys.executable, code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "in" and lines[-1] == "out" and done.stderr == ""


def test_descriptor_2_is_the_same_afterwards(capfd):
    before = os.fstat(2)
    with startup.without_cpp_log_lines():
        assert os.fstat(2).st_ino != before.st_ino
    after = os.fstat(2)
    assert (after.st_dev, after.st_ino) == (before.st_dev, before.st_ino)


def test_nothing_is_dropped_without_a_temporary_file(monkeypatch, capfd):
    def refuse():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(startup.tempfile, "TemporaryFile", refuse)
    with startup.without_cpp_log_lines():
        os.write(2, b"I0000 00:00:17 shown\n")
    assert capfd.readouterr().err == "I0000 00:00:17 shown\n"


def test_every_public_name_is_callable_and_documented():
    assert sorted(utils.__all__) == utils.__all__
    missing = [name for name in utils.__all__ if not callable(getattr(utils, name, None))]
    assert missing == []
    undocumented = [name for name in utils.__all__ if not getattr(utils, name).__doc__]
    assert undocumented == []
