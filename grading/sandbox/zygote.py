"""The zygote: a process that has imported TensorFlow and forks an isolated child for each job.

`sandbox.Sandbox` starts it with an almost empty environment and sends it messages over a Unix
socket. Each message contains a job's time limit in seconds and three file descriptors: where the
job reads its calls, where it writes its answers, and where the guard reports how it ended. The
zygote never reads a job itself, so no submission's text is in the memory that the next fork gets.

For each job there are three processes:

    zygote ── guard (outside the PID namespace; enforces the limits)
              └── first process of the PID namespace: the student's code. When it ends or is
                  killed, the kernel kills all processes that it started.
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

POLL_SECONDS = 0.05  # between two looks at a job's memory and time
NOT_ISOLATED = "isolation failed"  # the job was not run, because it could not be isolated
# No process inside a PID namespace can kill its first process. So the machine did, usually because
# it was out of memory.
KILLED = "killed by the machine"
WALLS_ARE_UP = b"+"  # the message of a fork that is completely isolated
PAGE = os.sysconf("SC_PAGE_SIZE")


def main(socket_fd: int, settings: dict) -> None:
    """Import what lessons import, then fork for every message until the socket closes.

    Args:
        socket_fd: the file descriptor of the socket to the `Sandbox`.
        settings: see `Sandbox._settings`.
    """
    control = socket.socket(fileno=socket_fd)
    sys.path[:0] = settings["modules"]
    from resnets import startup

    startup.import_quietly()
    from grading.sandbox import loader, runner  # imports TensorFlow, once for all forks

    _limit_threads()
    loader.parse_ahead(Path(settings["lessons"]))

    # A fork shares memory with the zygote until one of them writes to it. The garbage collector
    # writes to every object that it visits, so it must not visit TensorFlow's.
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel removes ended guards by itself
    cgroups.remove_stale()
    try:
        control.send(b"ready")
    except BrokenPipeError:
        return  # the Sandbox that started this process has ended in the meantime
    while True:
        message, fds, _, _ = socket.recv_fds(control, 16, 3)
        if not message:
            with suppress(OSError):  # if the Sandbox was killed, nobody else removes the folder
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


def _limit_threads() -> None:
    """Limit TensorFlow's thread pools: on a machine with many cores they exceed a job's limit."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(2)


def _guard(fds: list[int], seconds: float, settings: dict, work, zygote: int) -> None:
    """Fork the student's process, enforce its limits, and report how it ended.

    Args:
        fds: file descriptors of the job, the answer and the report.
        seconds: the job's time limit.
        settings: see `Sandbox._settings`.
        work: the function to run in isolation, with the job's and the answer's descriptors.
        zygote: the process id of the parent.
    """
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
        walls_read, walls_write = os.pipe()
        pid = os.fork()
        if pid == 0:
            _run_isolated((job, answer, walls_write), uid, limits, settings, group, work)
        os.close(walls_write)
        outcome = _watch(pid, started, limits, group)
        if not settings["isolate"]:
            _kill_process_group(pid)
        elif outcome["ended"] == f"signal {signal.SIGKILL}":
            outcome["ended"] = KILLED
        if (walls := os.read(walls_read, 4096)) != WALLS_ARE_UP:
            outcome = {"ended": NOT_ISOLATED, "detail": walls.decode() or outcome["ended"]}
    except Exception as error:
        outcome = {"ended": NOT_ISOLATED, "detail": str(error)}
    finally:
        if group is not None:
            group.remove()
    outcome["seconds"] = round(time.monotonic() - started, 3)
    os.write(report, json.dumps(outcome).encode())


def _run_isolated(fds, uid, limits, settings, group, work) -> None:
    """Isolate the calling process completely, then run the job; never returns."""
    job, answer, walls = fds
    code = 70  # of no consequence: the guard learns only from `walls` whether isolation failed
    try:
        try:
            _isolate(fds, uid, limits, settings, group)
            os.write(walls, WALLS_ARE_UP)  # raises if the guard has ended
        except BaseException as error:
            os.write(walls, str(error).encode()[:4000] or b"unknown error")
            raise
        os.close(walls)  # student code must not be able to report that isolation failed
        work(job, answer)
        code = 0
    finally:
        os._exit(code)


def _isolate(fds, uid, limits, settings, group) -> None:
    """Apply every protection to the calling process. Their order matters.

    The group and the namespaces need rights that `drop_privileges` gives up, and the last two
    protections forbid the calls that the earlier ones need.
    """
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
    """Wait until the namespace's first process ends, and kill it if it exceeds a limit.

    The kernel then kills all other processes of the namespace.

    Returns:
        {"ended": see `Outcome`, "peak_memory": bytes}.
    """
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


def _kill_process_group(pid: int) -> None:
    """Kill the processes that a job without a namespace left in its process group."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def private_bytes(process: str) -> int:
    """Return the resident bytes of a process or thread that are not mapped from files.

    Args:
        process: its folder in /proc.
    """
    resident, file_backed = Path(f"{process}/statm").read_text().split()[1:3]
    return (int(resident) - int(file_backed)) * PAGE


def own_use(first: int, shared: int, image: bytes) -> tuple[int, int]:
    """Return a namespace's memory in bytes without inherited memory, and its number of processes.

    All processes of the namespace are descendants of its first one, since the kernel makes it the
    parent of orphans.

    Args:
        first: the process id of the namespace's first process.
        shared: bytes that a fork of the guard inherits.
        image: the guard's auxiliary vector: a fork has the same, another program a different one.
    """
    total, count, queue = 0, 0, [first]
    while queue:
        pid = queue.pop()
        count += 1
        try:
            threads = [f"/proc/{pid}/task/{task}" for task in os.listdir(f"/proc/{pid}/task")]
        except OSError:
            continue  # it has just ended
        total += _process_memory(threads, shared, image)
        for thread in threads:
            with suppress(OSError):
                queue.extend(int(child) for child in Path(f"{thread}/children").read_text().split())
    return total, count


def _process_memory(threads: list[str], shared: int, image: bytes) -> int:
    """Return the memory of one process without inherited memory.

    /proc shows no memory for a main thread that has ended, so this asks the other threads too.
    """
    for thread in threads:
        with suppress(OSError):
            if used := private_bytes(thread):
                return max(0, used - shared) if _is_fork(thread, image) else used
    return 0


def _is_fork(thread: str, image: bytes) -> bool:
    """Return whether a process still runs the program that it was forked with.

    Only then has it inherited memory. The kernel writes the auxiliary vector when a program starts,
    and a process cannot change it.
    """
    try:
        return Path(f"{thread}/auxv").read_bytes() == image
    except OSError:
        return False


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(Path(f"/proc/self/fd/{sys.argv[2]}").read_text()))
