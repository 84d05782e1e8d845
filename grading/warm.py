"""The warm process: TensorFlow imported, nothing run, one isolated fork for each job.

`sandbox.Sandbox` starts it with an empty environment and talks to it over one Unix socket. A
message carries three file descriptors and no content: where the fork reads its job, where it
writes its answer, and where the guard reports how it ended. The warm process never reads a job,
so that no submission's text is ever in the memory that the next fork inherits.

For each job there are three processes:

    warm ── guard (in the new namespaces, outside the PID namespace; holds the clock)
              └── first process of the PID namespace: the student's code; when it ends or is
                  killed, the kernel ends all that it started
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

from grading import isolation

POLL_SECONDS = 0.05
NOT_ISOLATED = 71  # exit code of a fork whose walls could not be put up: it ran nothing
PAGE = os.sysconf("SC_PAGE_SIZE")
FIRST_UID = 200_000  # as root, each fork gets a user of its own that owns no file


def main(socket_fd: int, settings: dict) -> None:
    """Import what the lessons import, then fork for every message until the socket closes."""
    control = socket.socket(fileno=socket_fd)
    sys.path[:0] = settings["modules"]
    from grading import runner  # TensorFlow comes in here, once

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control.send(b"ready")
    while True:
        message, fds, _, _ = socket.recv_fds(control, 16, 3)
        if not message:
            return
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                _guard(fds, settings, runner.run)
            finally:
                os._exit(0)
        for fd in fds:
            os.close(fd)


def _guard(fds: list[int], settings: dict, work) -> None:
    """Isolate, fork the student's process, keep the clock and the memory, report."""
    job, answer, report = fds
    isolation.close_all_but((2, *fds))
    isolation.die_with_parent()
    limits = isolation.Limits(**settings["limits"])
    started = time.monotonic()
    try:
        if settings["isolate"]:
            isolation.enter_pid_namespace(os.getuid() == 0)
        uid = FIRST_UID + os.getpid() if os.getuid() == 0 else None
        pid = os.fork()
        if pid == 0:
            _become_the_student(job, answer, uid, limits, settings, work)
        outcome = _watch(pid, started, limits)
    except Exception as error:
        outcome = {"ended": "isolation failed", "detail": str(error)}
    outcome["seconds"] = round(time.monotonic() - started, 3)
    os.write(report, json.dumps(outcome).encode())


def _become_the_student(job, answer, uid, limits, settings, work) -> None:
    """Put up every wall, then run the job; never returns."""
    code = NOT_ISOLATED
    try:
        _put_up_walls(job, answer, uid, limits, settings)
        code = 70
        work(job, answer)
        code = 0
    except BaseException as error:
        if code == NOT_ISOLATED:
            os.write(2, f"isolation: {error}\n".encode())
    finally:
        os._exit(code)


def _put_up_walls(job, answer, uid, limits, settings) -> None:
    isolation.close_all_but((2, job, answer))
    os.setsid()
    isolation.die_with_parent()
    isolation.set_limits(limits)
    if settings["isolate"]:
        isolation.enter_namespaces()
        isolation.enter_view(settings["stage"], settings["folders"], limits)
        isolation.show_own_processes()
        isolation.drop_privileges(uid)
        isolation.fence_files()
        isolation.filter_calls()
    nothing = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)
    os.environ.clear()
    os.environ["HOME"] = "/tmp"


def _watch(pid: int, started: float, limits: isolation.Limits) -> dict:
    """Wait for the namespace's first process; kill it, and so all of it, past a limit."""
    ended = os.pidfd_open(pid)
    peak, why = 0, None
    shared = _private_bytes(os.getpid())  # what a fork of this process starts with
    while not select.select([ended], [], [], POLL_SECONDS)[0]:
        used = _own_bytes(pid, shared)
        peak = max(peak, used)
        if time.monotonic() - started > limits.seconds:
            why = "timeout"
        elif used > limits.memory + limits.disk:
            why = "memory"
        if why:
            os.kill(pid, signal.SIGKILL)
            select.select([ended], [], [])
    status = os.waitpid(pid, 0)[1]
    code = os.waitstatus_to_exitcode(status)
    if code == NOT_ISOLATED:
        why = "isolation failed"
    elif why is None:
        why = "finished" if code == 0 else f"exit {code}" if code > 0 else f"signal {-code}"
    return {"ended": why, "peak_memory": peak}


def _private_bytes(pid: int) -> int:
    resident, file_backed = Path(f"/proc/{pid}/statm").read_text().split()[1:3]
    return (int(resident) - int(file_backed)) * PAGE


def _own_bytes(first: int, shared: int) -> int:
    """Memory that a namespace holds beyond what each process inherited from the warm one.

    Every process in the namespace descends from its first one, since the kernel hands orphans
    to it.
    """
    total, queue = 0, [first]
    while queue:
        pid = queue.pop()
        try:
            total += max(0, _private_bytes(pid) - shared)
            for task in os.listdir(f"/proc/{pid}/task"):
                children = Path(f"/proc/{pid}/task/{task}/children").read_text()
                queue.extend(int(child) for child in children.split())
        except OSError:
            continue  # it has just ended
    return total


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(Path(f"/proc/self/fd/{sys.argv[2]}").read_text()))
