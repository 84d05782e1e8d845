"""The zygote: TensorFlow imported, nothing run, one isolated fork for each job.

`sandbox.Sandbox` starts it with an empty environment and talks to it over one Unix socket. A
message says how many seconds the job has and carries three file descriptors: where the fork reads
its job, where it writes its answer, and where the guard reports how it ended. The zygote
never reads a job, so that no submission's text is ever in the memory that the next fork inherits.

For each job there are three processes:

    zygote ── guard (in the new namespaces, outside the PID namespace; holds the clock)
              └── first process of the PID namespace: the student's code; when it ends or is
                  killed, the kernel ends all that it started
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

from grading.sandbox import cgroups, isolation, system_calls, views

POLL_SECONDS = 0.05
NOT_ISOLATED = "isolation failed"  # how a fork ended that ran nothing: no walls could be put up
# Nothing within the namespace can kill its first process: the machine did, in want of memory.
KILLED = "killed by the machine"
WALLS_ARE_UP = b"+"
PAGE = os.sysconf("SC_PAGE_SIZE")


def main(socket_fd: int, settings: dict) -> None:
    """Import what the lessons import, then fork for every message until the socket closes."""
    control = socket.socket(fileno=socket_fd)
    sys.path[:0] = settings["modules"]
    from resnets import startup

    startup.import_quietly()
    from grading.sandbox import runner  # TensorFlow is in it, once for all forks

    _few_threads()

    # A fork's garbage collector would go through every object of TensorFlow, and so copy them.
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    cgroups.remove_stale()
    try:
        control.send(b"ready")
    except BrokenPipeError:
        return  # whoever wanted it has ended meanwhile
    while True:
        message, fds, _, _ = socket.recv_fds(control, 16, 3)
        if not message:
            with suppress(OSError):  # where its owner was killed, nobody else clears it away
                os.rmdir(settings["stage"])
            return
        zygote = os.getpid()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                _guard(fds, float(message), settings, runner.run, zygote)
            finally:
                os._exit(0)
        for fd in fds:
            os.close(fd)


def _few_threads() -> None:
    """Keep TensorFlow from a thread for each core: a fork may not have that many."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(2)


def _guard(fds: list[int], seconds: float, settings: dict, work, zygote: int) -> None:
    """Isolate, fork the student's process, keep the clock and the memory, report."""
    job, answer, report = fds
    isolation.close_all_but((0, 1, 2, *fds))
    isolation.die_with_parent(zygote)
    limits = isolation.Limits(**{**settings["limits"], "seconds": seconds})
    started = time.monotonic()
    group = None
    if settings["groups"]:
        group = cgroups.make(limits.memory + limits.disk, limits.threads)
    try:
        uid = isolation.own_uid()
        if settings["isolate"]:
            isolation.enter_pid_namespace(as_root=uid is not None)
        said, saying = os.pipe()
        pid = os.fork()
        if pid == 0:
            _become_the_student((job, answer, saying), uid, limits, settings, group, work)
        os.close(saying)
        outcome = _watch(pid, started, limits, group)
        if not settings["isolate"]:
            _end_group(pid)
        elif outcome["ended"] == f"signal {signal.SIGKILL}":
            outcome["ended"] = KILLED
        if (walls := os.read(said, 4096)) != WALLS_ARE_UP:
            outcome = {"ended": NOT_ISOLATED, "detail": walls.decode() or outcome["ended"]}
    except Exception as error:
        outcome = {"ended": NOT_ISOLATED, "detail": str(error)}
    finally:
        if group is not None:
            group.remove()
    outcome["seconds"] = round(time.monotonic() - started, 3)
    os.write(report, json.dumps(outcome).encode())


def _become_the_student(fds, uid, limits, settings, group, work) -> None:
    """Put up every wall, then run the job; never returns."""
    job, answer, saying = fds
    code = 70
    try:
        try:
            _put_up_walls(fds, uid, limits, settings, group)
            os.write(saying, WALLS_ARE_UP)  # raises where nobody is left to read it
        except BaseException as error:
            os.write(saying, str(error).encode()[:4000] or b"unknown error")
            raise
        os.close(saying)  # what runs from here on cannot say that there are no walls
        work(job, answer)
        code = 0
    finally:
        os._exit(code)


def _put_up_walls(fds, uid, limits, settings, group) -> None:
    if group is not None:
        group.enter()
    isolation.close_all_but(fds)
    os.setsid()
    isolation.die_with_parent()
    isolation.set_limits(limits, settings["isolate"])
    if settings["isolate"]:
        isolation.enter_namespaces()
        views.enter_view(settings["stage"], settings["folders"], limits.disk)
        isolation.drop_privileges(uid)
        views.fence_files()
        system_calls.filter_calls()
    nothing = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)
    os.environ.clear()
    os.environ["HOME"] = "/tmp"


def _watch(pid: int, started: float, limits: isolation.Limits, group: cgroups.Group | None) -> dict:
    """Wait for the namespace's first process; kill it, and so all of it, past a limit."""
    ended = os.pidfd_open(pid)
    peak, why = 0, None
    origin = f"/proc/{os.getpid()}"
    inherited = private_bytes(origin), Path(f"{origin}/auxv").read_bytes()
    while not select.select([ended], [], [], POLL_SECONDS)[0]:
        used, processes = own_use(pid, *inherited)
        peak = max(peak, used)
        if time.monotonic() - started > limits.seconds:
            why = "timeout"
        elif used > limits.memory + limits.disk or (group and group.ran_out_of_memory()):
            why = "memory"
        elif processes > limits.processes:
            why = "processes"
        if why:
            os.kill(pid, signal.SIGKILL)
            select.select([ended], [], [])
    status = os.waitpid(pid, 0)[1]
    code = os.waitstatus_to_exitcode(status)
    if why is None and group and group.ran_out_of_memory():
        why = "memory"
    if why is None:
        why = "finished" if code == 0 else f"exit {code}" if code > 0 else f"signal {-code}"
    return {"ended": why, "peak_memory": peak}


def _end_group(pid: int) -> None:
    """Without a namespace: end what a submission left behind, as far as it can be found."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def private_bytes(process: str) -> int:
    """Bytes that are no file's, of a process or a thread, by its folder in /proc."""
    resident, file_backed = Path(f"{process}/statm").read_text().split()[1:3]
    return (int(resident) - int(file_backed)) * PAGE


def own_use(first: int, shared: int, image: bytes) -> tuple[int, int]:
    """Memory that a namespace holds beyond what each process inherited, and its processes.

    Every process in the namespace descends from its first one, since the kernel hands orphans
    to it.

    Args:
        shared: bytes that a fork of the guard starts with.
        image: what tells a fork of the guard from a process that runs another program.
    """
    total, found, queue = 0, 0, [first]
    while queue:
        pid = queue.pop()
        found += 1
        try:
            threads = [f"/proc/{pid}/task/{task}" for task in os.listdir(f"/proc/{pid}/task")]
        except OSError:
            continue  # it has just ended
        total += _held(threads, shared, image)
        for thread in threads:
            with suppress(OSError):
                queue.extend(int(child) for child in Path(f"{thread}/children").read_text().split())
    return total, found


def _held(threads: list[str], shared: int, image: bytes) -> int:
    """Memory of one process, by a thread that lives: one that has ended, shows none."""
    for thread in threads:
        with suppress(OSError):
            if held := private_bytes(thread):
                return max(0, held - shared) if _is_fork(thread, image) else held
    return 0


def _is_fork(thread: str, image: bytes) -> bool:
    """Whether it still runs the program that it was forked with; kernel data says so, for good."""
    try:
        return Path(f"{thread}/auxv").read_bytes() == image
    except OSError:
        return False


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(Path(f"/proc/self/fd/{sys.argv[2]}").read_text()))
