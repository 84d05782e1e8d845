"""Shut a process in before it runs code that nobody has read.

`zygote.py` calls this in a freshly forked child. What is left to the child afterwards: its own
memory, one pipe out, one pipe in, a read-only view of the interpreter and of the folders it was
given, and a small `/tmp` that vanishes with it. No network, no other process, no other file.

Linux does the work: namespaces(7), pivot_root(2), mount_setattr(2), capabilities(7), setrlimit(2),
landlock(7), seccomp(2) and cgroups(7). What is shown is in `views`, which calls may be made in
`system_calls`, how the kernel counts memory in `cgroups`; the rest is here.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from grading.sandbox import system_calls, views
from grading.sandbox.kernel import IsolationError, check, libc

try:
    import resource
except ImportError:  # Windows: nothing is isolated there, and `require` says so
    resource = None

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
LAST_CAPABILITY = 63
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}.get(platform.machine())
SYS_MOUNT_SETATTR = 442  # the same number on every architecture

UNPROTECTED = "--no-sandbox runs them with no protection at all"


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes:
        seconds: wall-clock time, after which every process of the submission is killed.
        memory: bytes of memory beyond what the zygote itself maps.
        disk: bytes in its private /tmp.
        processes: processes it may have at once.
        threads: processes and threads together.
        answer: bytes it may hand out.
    """

    seconds: float = 60.0
    memory: int = 2 << 30
    disk: int = 64 << 20
    processes: int = 8
    threads: int = 64
    answer: int = 16 << 20


def enter_pid_namespace(as_root: bool) -> None:
    """Let the next child of the calling process be the first process of a PID namespace.

    A plain user gets the right to do so, and to all that follows, from a user namespace in which
    it stays itself; root needs none.
    """
    uid, gid = os.getuid(), os.getgid()
    check("unshare", libc.unshare(CLONE_NEWPID | (0 if as_root else CLONE_NEWUSER)))
    if not as_root:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def enter_namespaces() -> None:
    """Give the calling process its own mounts, network, IPC objects and host name."""
    check("unshare", libc.unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS))
    views.keep_mounts_private()


class _CapHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def die_with_parent(parent: int | None = None) -> None:
    """Have the kernel kill the calling process when the process that forked it ends.

    Args:
        parent: that process's id; when it has ended already, the caller ends here.
    """
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os._exit(1)


def own_uid() -> int | None:
    """A user that owns no file and runs nothing else, for the calling process; None: no root."""
    if os.getuid() != 0:
        return None
    ranges = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
    top = max(int(first) + int(count) for first, _, count in ranges)
    # A container's root may have no more than 65,536 users.
    first, room = (200_000, 1 << 22) if top > 200_000 + (1 << 22) else (20_000, 40_000)
    return first + os.getpid() % room


def drop_privileges(uid: int | None) -> None:
    """Become `uid` (None: stay who we are), without any capability or a way to gain one."""
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header = _CapHeader(version=0x20080522, pid=0)
    check("capset", libc.capset(ctypes.byref(header), (ctypes.c_uint32 * 6)()))
    check("no_new_privs", libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    die_with_parent()  # a change of user has cleared it


def mapped_bytes() -> int:
    """Bytes of address space that the calling process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def set_limits(limits: Limits, isolated: bool = True) -> None:
    """Bound memory, processor time, processes, files and core dumps of the calling process.

    Args:
        isolated: False: it is a user's with other processes, which would count as its own.
    """
    seconds = int(limits.seconds * (os.cpu_count() or 1)) + 1
    bounds = {
        resource.RLIMIT_AS: mapped_bytes() + limits.memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: limits.disk,
        resource.RLIMIT_NPROC: limits.threads,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    if not isolated:
        del bounds[resource.RLIMIT_NPROC]
    for what, value in bounds.items():
        hard = resource.getrlimit(what)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, value))


def missing_walls() -> list[str]:
    """What this machine lacks of the walls that others stand without: "seccomp", "Landlock"."""
    missing = [] if system_calls.pyseccomp else ["seccomp"]
    try:
        views.landlock.landlock_abi_version()  # asks the kernel
    except (AttributeError, OSError):
        missing.append("Landlock")
    return missing


def close_all_but(keep: Iterable[int]) -> None:
    """Close every file descriptor except those in `keep` (0, 1 and 2 are not spared)."""
    last = -1
    for fd in sorted({*keep}):
        if fd > last + 1:  # closerange(0, 0) would close all of them
            os.closerange(last + 1, fd)
        last = fd
    os.closerange(last + 1, 65536)


def why_impossible() -> str | None:
    """Say in one line why this machine cannot isolate a submission, or None when it can.

    It really tries: a child enters the namespaces and builds a view.
    """
    if sys.platform != "linux":
        return f"isolation needs Linux, this is {sys.platform}"
    if views.SYS_PIVOT_ROOT is None:
        return f"isolation knows x86_64 and aarch64, this is {platform.machine()}"
    with tempfile.TemporaryDirectory(prefix="grading-") as stage:
        return _in_child(lambda: _enter(stage))


def require() -> None:
    """Do nothing where submissions can be isolated.

    Raises:
        IsolationError: they cannot; the message says why and what to do.
    """
    if reason := why_impossible():
        raise IsolationError(
            f"cannot isolate submissions on this machine ({reason}). Grade on Linux, as root or "
            "where user namespaces are allowed, for example in a container (docker run "
            f"--privileged){'; ' + UNPROTECTED if sys.platform == 'linux' else ''}."
        )


def require_linux() -> None:
    """Do nothing on Linux, whose calls even an unprotected run needs.

    Raises:
        IsolationError: this is another system; the message says what to do.
    """
    if sys.platform != "linux":
        raise IsolationError(
            f"submissions are marked on Linux, this is {sys.platform}. Use a Linux machine, or a "
            "container (docker run --privileged)."
        )


def _enter(stage: str) -> None:
    uid = own_uid()
    enter_pid_namespace(as_root=uid is not None)
    enter_namespaces()
    views.enter_view(stage, (), Limits().disk)
    drop_privileges(uid)


def _in_child(work: Callable[[], None]) -> str | None:
    """Run `work` in a forked child; return the text of what it raised, or None."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:
            os.write(write, str(error).encode()[:4000] or b"unknown error")
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(pid, 0)
    return said or None
