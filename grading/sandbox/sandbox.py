"""Run a submission's code where it can do no harm, and bring back what it claims.

`Sandbox` owns one zygote (`zygote.py`). `run` gives it a job and returns an `Outcome`: the
lines that the job wrote, and how it ended. Nothing that comes back is unpickled or executed; it
is size-limited JSON, which the judge examines.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from grading.sandbox.isolation import IsolationError, Limits, missing_walls, require, require_linux
from grading.sandbox.outcome import Outcome, outcome_of
from grading.sandbox.views import SYSTEM_FOLDERS
from grading.sandbox.zygote import KILLED, NOT_ISOLATED
from resnets.exercises import EXERCISES, Kind

ROOT = Path(__file__).resolve().parents[2]
# All of the project that a submission may see: what a lesson imports and loads. The catalogue of
# mistakes and the reference are not among them.
SHOWN = ("resnets_utils.py", "resnets", "datasets/*.h5")
GRACE_SECONDS = 30.0
START_SECONDS = 300.0
# What programs import only when they need it: a library's own late part, and one module each of
# Python's, of the environment's and of the course's. In every process some of it is late.
_LATE = """\
import importlib, importlib.util
import tensorflow as tf
def {name}(X, **arguments):
    for name in ("numpy.random", "numpy.testing", "h5py", "tqdm", "PIL.Image", "IPython.display",
                 "matplotlib.animation", "matplotlib.pyplot", "xml.dom.minidom", "resnets_utils"):
        importlib.import_module(name)
        with open(importlib.util.find_spec(name).origin, "rb") as file:
            file.read(1)
    tf.matmul(tf.ones((2, 2)), tf.ones((2, 2)))  # which starts TensorFlow as well
    return X + 1
"""
_PROVEN = next(exercise for exercise in EXERCISES.values() if exercise.kind is Kind.BLOCK)
LATE = _LATE.replace("{name}", _PROVEN.name)
PROOF = {"id": "proof", "function": _PROVEN.name, "input_shape": [4, 4, 2], "arguments": {}}
PROOF_SECONDS = 120.0


class SandboxDied(RuntimeError):
    """The zygote is gone or does not answer; start another one."""


class Sandbox:
    """One zygote and the isolated forks it makes; use it as a context manager.

    Args:
        limits: what one job may use.
        isolate: False runs jobs without namespaces and says so in every result. Only for a
            machine that cannot isolate and an instructor who has read every submission.

    Raises:
        IsolationError: this machine cannot isolate, with the reason and what to do.
    """

    def __init__(self, limits: Limits | None = None, isolate: bool = True) -> None:
        self.limits = limits or Limits()
        self.isolate = isolate
        require_linux()
        if isolate:
            require()
            _refuse_if_seen(ROOT / "grading")
        self._proven = not isolate
        self._stage = tempfile.TemporaryDirectory(prefix="grading-stage-")
        self._process: subprocess.Popen | None = None
        self._control: socket.socket | None = None

    @property
    def walls(self) -> str:
        """What stands between submissions and this machine, as the results name it."""
        if not self.isolate:
            return "none"
        missing = " and ".join(missing_walls())
        return f"isolated without {missing}" if missing else "isolated"

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the zygote, and with it every fork that still runs."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._control = None
        self._stage.cleanup()

    def start(self) -> None:
        """Start the zygote and wait until TensorFlow is in it (a few seconds)."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = _memory_file("settings", json.dumps(self._settings()).encode())
        command = [
            sys.executable,
            "-m",
            "grading.sandbox.zygote",
            str(theirs.fileno()),
            str(settings),
        ]
        environment = {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "LANG": "C.UTF-8"}
        environment |= {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
        # A fork runs each convolution a few times: oneDNN's compiling of it takes longer than that.
        environment["TF_ENABLE_ONEDNN_OPTS"] = "0"
        self._process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(), settings),
            start_new_session=True,
        )
        theirs.close()
        os.close(settings)
        self._control = ours
        ours.settimeout(START_SECONDS)
        try:
            said = ours.recv(16)
        except TimeoutError:
            said = b""
        if said != b"ready":
            self._abandon()
            raise SandboxDied("the zygote, which imports TensorFlow, did not get ready")

    def run(self, notebooks: list[dict], calls: list[dict], share: float = 1.0) -> Outcome:
        """Load `notebooks` in a fresh fork and make `calls` there (see `runner.run`).

        Args:
            share: of the time that a job may take.

        Raises:
            SandboxDied: nothing was run to its end: the walls could not be put up, the machine
                killed it, or the zygote is gone; the next call starts another one.
            IsolationError: the sandbox hides what programs import late; nothing was run.
        """
        if self._process is None or self._process.poll() is not None:
            self.start()
        if not self._proven:
            self._prove()
        return self._run(notebooks, calls, share * self.limits.seconds)

    def _prove(self) -> None:
        """Import inside what programs import late: a right one must not fail for the sandbox."""
        outcome = self._run([{"name": "proof", "cells": [LATE]}], [PROOF], PROOF_SECONDS)
        answer = outcome.answers.get("proof", {})
        if "model" not in answer:
            reason = answer.get("detail") or f"it ended with {outcome.ended!r}"
            raise IsolationError(
                f"a right program fails in the sandbox of this machine ({reason}), so nothing is "
                f"marked. Every user of the machine must be able to read what is in {sys.prefix} "
                f"and {sys.base_prefix}, and --memory must leave room for a small program."
            )
        self._proven = True

    def _run(self, notebooks: list[dict], calls: list[dict], seconds: float) -> Outcome:
        asked = {"notebooks": notebooks, "calls": calls, "seconds": seconds}
        job = _memory_file("job", json.dumps(asked).encode())
        answer = os.memfd_create("answer")
        report_read, report_write = os.pipe()
        try:
            message = f"{seconds:.3f}".encode()
            socket.send_fds(self._control, [message], [job, answer, report_write])
            os.close(report_write)
            report = self._await(report_read, seconds + GRACE_SECONDS)
            if report["ended"] == NOT_ISOLATED:
                raise SandboxDied(f"no submission was run: {report['detail']}")
            if report["ended"] == KILLED:
                raise SandboxDied("the submission was killed; the machine may lack memory")
            written = os.pread(answer, self.limits.answer + 1, 0)
        except OSError as error:
            self._abandon()
            raise SandboxDied(str(error)) from error
        finally:
            for fd in (job, answer, report_read):
                os.close(fd)
        return outcome_of(report, written, calls, self.limits)

    def _await(self, report: int, seconds: float) -> dict:
        """Read the guard's report. It keeps the clock; this only notices that it is gone."""
        text = b""
        while select.select([report], [], [], seconds)[0]:
            piece = os.read(report, 65536)
            if not piece:
                break
            text += piece
        if not text:
            self._abandon()
            raise SandboxDied("a fork of the zygote ended without a report")
        return json.loads(text)

    def _abandon(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _settings(self) -> dict:
        files = sorted(str(path) for pattern in SHOWN for path in ROOT.glob(pattern))
        return {
            "stage": self._stage.name,
            "folders": [*interpreter(), *files],
            "modules": [str(ROOT)],
            "limits": asdict(self.limits),
            "isolate": self.isolate,
            "groups": True,
        }


def hide(*folders: Path) -> None:
    """Make sure that submissions will not see these folders.

    Raises:
        IsolationError: one lies where the interpreter's own files are, which they do see.
    """
    for folder in folders:
        _refuse_if_seen(folder)


def _refuse_if_seen(folder: Path) -> None:
    place = folder.resolve()
    for seen in (*SYSTEM_FOLDERS, *interpreter()):
        if place.is_relative_to(Path(seen).resolve()):
            raise IsolationError(
                f"{place} lies in {seen}, which submissions can read; move it to another folder."
            )


def interpreter() -> list[str]:
    """The folders of Python's own modules and of what is installed, none inside another."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    wanted = {sysconfig.get_path(name) for name in names}
    wanted |= {os.path.join(p, "lib") for p in (sys.prefix, sys.base_prefix)}
    wanted |= {path for path in sys.path if path.endswith(("site-packages", "dist-packages"))}
    wanted |= {os.path.realpath(path) for path in wanted}  # lib64 may be a link to lib
    kept: list[str] = []
    for folder in sorted(path for path in wanted if os.path.isdir(path)):
        if not any(Path(folder).is_relative_to(other) for other in kept):
            kept.append(folder)
    return kept


def _memory_file(name: str, content: bytes) -> int:
    fd = os.memfd_create(name)
    os.write(fd, content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
