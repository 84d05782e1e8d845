"""Run a submission's code where it can do no harm, and return its answers.

`Sandbox` owns one zygote (see `zygote.py`). `run` gives it a job and returns an `Outcome`: how the
job ended, and its answers. Nothing that comes back is unpickled or executed: it is JSON of limited
size, which the judge checks.
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

from grading.sandbox.answer_schema import Answer
from grading.sandbox.isolation import IsolationError, Limits, missing_walls, require, require_linux
from grading.sandbox.job import Call, Job, Notebook
from grading.sandbox.outcome import Outcome, outcome_of
from grading.sandbox.views import SYSTEM_FOLDERS, outermost
from grading.sandbox.zygote import KILLED, NOT_ISOLATED
from resnets import stand_ins
from resnets.exercises import EXERCISES, Kind

ROOT = Path(__file__).resolve().parents[2]
# The only files of the project that a submission can see: what lessons import and load. The
# catalogue of mistakes and the reference must not be among them.
SHOWN = ("resnets_utils.py", "resnets/*", "datasets/*.h5")
HIDDEN = stand_ins.FILE.name  # the course's own solutions, which a stuck learner can borrow
GRACE_SECONDS = 30.0  # beyond a job's limit, before its guard is considered dead
START_SECONDS = 300.0  # for the zygote's import of TensorFlow on a slow or busy machine
# A program that imports modules late, inside a function: parts of libraries that load on demand,
# and modules of Python, of the environment and of the course. A sandbox that hides such files would
# make right programs fail.
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
PROOF = Call(_PROVEN.name, arguments={}, input_shape=[4, 4, 2])
PROOF_SECONDS = 120.0  # the first imports are slow while files are not yet in the disk cache


class SandboxDied(RuntimeError):
    """The zygote ended or does not answer; the next run starts another one."""


class Sandbox:
    """One zygote and its isolated forks; use it as a context manager.

    Args:
        limits: the resources that one job may use.
        isolate: False runs jobs without any protection, and every record says so. This is only for
            a machine that cannot isolate, and an instructor who has read every submission.

    Raises:
        IsolationError: this machine cannot isolate; the message says why and what to do.
    """

    def __init__(self, limits: Limits | None = None, isolate: bool = True) -> None:
        self.limits = limits or Limits()
        self.isolate = isolate
        require_linux()
        if isolate:
            require()
            _refuse_if_visible(ROOT / "grading")
        self._proven = not isolate
        self._stage = tempfile.TemporaryDirectory(prefix="grading-stage-")
        self._process: subprocess.Popen | None = None
        self._control: socket.socket | None = None
        self._ready = False

    @property
    def walls(self) -> str:
        """The protection of this machine from submissions, in the words that the records use."""
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
        """End the zygote and all its running forks."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._control = None
        self._stage.cleanup()

    def launch(self) -> None:
        """Start the zygote and do not wait for it: it imports TensorFlow, which takes seconds."""
        ours, zygotes = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = _memory_file("settings", json.dumps(self._settings()).encode())
        command = [
            sys.executable,
            "-m",
            "grading.sandbox.zygote",
            str(zygotes.fileno()),
            str(settings),
        ]
        environment = {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "LANG": "C.UTF-8"}
        environment |= {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
        # A fork runs each convolution only a few times. oneDNN compiles a kernel for each, which
        # takes longer than running it without.
        environment["TF_ENABLE_ONEDNN_OPTS"] = "0"
        self._process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=(zygotes.fileno(), settings),
            start_new_session=True,
        )
        zygotes.close()
        os.close(settings)
        self._control = ours
        self._ready = False

    def _wait_until_ready(self) -> None:
        """Wait for the zygote's import of TensorFlow.

        Raises:
            SandboxDied: it ended, or took longer than `START_SECONDS`.
        """
        self._control.settimeout(START_SECONDS)
        try:
            message = self._control.recv(16)
        except TimeoutError:
            self._kill_zygote()
            raise SandboxDied(
                f"the sandbox's process did not import TensorFlow within {START_SECONDS:.0f} s"
            ) from None
        except OSError:
            message = b""
        if message != b"ready":
            self._kill_zygote()
            raise SandboxDied("the sandbox's process ended while it imported TensorFlow")
        self._ready = True

    def run(self, notebooks: list[Notebook], calls: list[Call], share: float = 1.0) -> Outcome:
        """Make calls of a submission's functions in a fresh fork (see `runner.run`).

        Args:
            notebooks: the submission's notebooks.
            calls: the calls to make; the outcome's answers are in the same order.
            share: the share of the time limit that the job may take.

        Raises:
            SandboxDied: the job did not run properly: it could not be isolated, the machine killed
                it, or the zygote ended. The next call starts another zygote if needed.
            IsolationError: the sandbox hides files that programs import late; nothing was run.
        """
        if self._process is None or self._process.poll() is not None:
            self.launch()
        if not self._ready:
            self._wait_until_ready()
        if not self._proven:
            self._prove()
        return self._run(Job(notebooks, calls, share * self.limits.seconds))

    def _prove(self) -> None:
        """Check that a program with late imports works, since no right program may fail here."""
        outcome = self._run(Job([Notebook("proof", (LATE,))], [PROOF], PROOF_SECONDS))
        answer = outcome.answers[0] or Answer()
        if answer.model is None:
            reason = answer.detail or f"it ended with {outcome.ended!r}"
            raise IsolationError(
                f"a right program fails in the sandbox of this machine ({reason}), so nothing is "
                f"marked. Every user of the machine must be able to read what is in {sys.prefix} "
                f"and {sys.base_prefix}, and --memory must leave room for a small program."
            )
        self._proven = True

    def _run(self, job: Job) -> Outcome:
        question = _memory_file("job", job.to_json())
        answer = os.memfd_create("answer")
        report_read, report_write = os.pipe()
        try:
            message = f"{job.seconds:.3f}".encode()
            try:
                socket.send_fds(self._control, [message], [question, answer, report_write])
            finally:
                os.close(report_write)
            report = self._await(report_read, job.seconds + GRACE_SECONDS)
            if report["ended"] == NOT_ISOLATED:
                raise SandboxDied(f"no submission was run: {report['detail']}")
            if report["ended"] == KILLED:
                raise SandboxDied("the submission was killed; the machine may lack memory")
            written = os.pread(answer, self.limits.answer + 1, 0)
        except OSError as error:
            self._kill_zygote()
            raise SandboxDied(str(error)) from error
        finally:
            for fd in (question, answer, report_read):
                os.close(fd)
        return outcome_of(report, written, len(job.calls), self.limits)

    def _await(self, report: int, seconds: float) -> dict:
        """Return the guard's report. The guard enforces the limit; this only notices its death."""
        text = b""
        while select.select([report], [], [], seconds)[0]:
            piece = os.read(report, 65536)
            if not piece:
                break
            text += piece
        if not text:
            self._kill_zygote()
            raise SandboxDied("a fork of the zygote ended without a report")
        return json.loads(text)

    def _kill_zygote(self) -> None:
        """Kill the zygote, so that the next run starts another one."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _settings(self) -> dict:
        shown = [path for pattern in SHOWN for path in ROOT.glob(pattern) if path.name != HIDDEN]
        return {
            "stage": self._stage.name,
            "folders": [*interpreter(), *sorted(map(str, shown))],
            "modules": [str(ROOT)],
            "lessons": str(ROOT / "notebooks"),
            "limits": asdict(self.limits),
            "isolate": self.isolate,
            "groups": True,  # tests set it to False, and get the limits of a machine without
        }


def hide(*folders: Path) -> None:
    """Check that submissions cannot see any of these folders.

    Raises:
        IsolationError: one is inside a folder that they can see: of the system, the interpreter or
            the course.
    """
    for folder in folders:
        _refuse_if_visible(folder)


def _refuse_if_visible(folder: Path) -> None:
    path = folder.resolve()
    for visible in (*SYSTEM_FOLDERS, *interpreter(), ROOT / "resnets"):
        if path.is_relative_to(Path(visible).resolve()):
            raise IsolationError(
                f"{path} is in {visible}, which submissions can read; move it to another folder."
            )


def interpreter() -> list[str]:
    """Return the folders of Python's modules and installed packages, none inside another."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    paths = {sysconfig.get_path(name) for name in names}
    paths |= {os.path.join(p, "lib") for p in (sys.prefix, sys.base_prefix)}
    paths |= {path for path in sys.path if path.endswith(("site-packages", "dist-packages"))}
    paths |= {os.path.realpath(path) for path in paths}  # lib64 may be a link to lib
    return outermost(filter(os.path.isdir, paths))


def _memory_file(name: str, content: bytes) -> int:
    """Return a file descriptor of an anonymous file in memory, to be read from its start."""
    fd = os.memfd_create(name)
    os.write(fd, content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
