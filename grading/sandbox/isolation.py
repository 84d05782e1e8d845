"""Isolate a process before it runs untrusted code.

`zygote.py` calls these functions in a freshly forked child. Afterwards the child has its own
memory, one file to read its job, one file to write its answer, a read-only view of the interpreter
and of the folders that it was given, and a small `/tmp` that vanishes with it. It has no network
and sees no other process and no other file.

Linux does the work: namespaces(7), pivot_root(2), mount_setattr(2), capabilities(7), setrlimit(2),
landlock(7), seccomp(2) and cgroups(7). `views` decides which files are visible, `system_calls`
which system calls are allowed, and `cgroups` has the kernel count memory. The rest is here.
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

UNPROTECTED = "--no-sandbox runs them with no protection at all"
# Ubuntu 23.10 and later have this switch, and set it.
APPARMOR_SWITCH = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")


@dataclass(frozen=True)
class Limits:
    """The resources that one submission may use.

    Attributes:
        seconds: wall-clock time, after which all processes of the submission are killed.
        memory: bytes of memory beyond those that the zygote itself has mapped.
        disk: bytes in its private /tmp.
        processes: number of processes at the same time.
        threads: number of processes and threads together.
        answer: bytes that it may write as its answer.
    """

    seconds: float = 60.0
    memory: int = 2 << 30
    disk: int = 64 << 20
    processes: int = 8
    threads: int = 64
    answer: int = 16 << 20


def enter_pid_namespace(as_root: bool) -> None:
    """Make the next child of the calling process the first process of a new PID namespace.

    A user other than root gets the right to do this, and everything that follows, from a new user
    namespace in which it keeps its own id.

    Args:
        as_root: whether the caller is root, which needs no user namespace.
    """
    uid, gid = os.getuid(), os.getgid()
    check("unshare", libc.unshare(CLONE_NEWPID | (0 if as_root else CLONE_NEWUSER)))
    if not as_root:
        Path("/proc/self/setgroups").write_text("deny")  # the kernel demands it before a gid_map
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def enter_namespaces() -> None:
    """Give the calling process mounts, network, IPC objects and host name of its own."""
    check("unshare", libc.unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS))
    views.keep_mounts_private()


class _CapHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def die_with_parent(parent: int | None = None) -> None:
    """Have the kernel kill the calling process when its parent ends.

    Args:
        parent: the parent's process id. The caller exits if the parent has ended already, since
            the kernel sends no signal for that.
    """
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os._exit(1)


def own_uid() -> int | None:
    """Return the id of a user without files and other processes; None if the caller is not root.

    Jobs must not share a user, because RLIMIT_NPROC counts all processes of a user.
    """
    if os.getuid() != 0:
        return None
    ranges = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
    top = max(int(first) + int(count) for first, _, count in ranges)
    # A container's user namespace may map only 65,536 user ids.
    first, room = (200_000, 1 << 22) if top > 200_000 + (1 << 22) else (20_000, 40_000)
    return first + os.getpid() % room


def drop_privileges(uid: int | None) -> None:
    """Become the user `uid` (None: keep the user) and give up all capabilities for good."""
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header = _CapHeader(version=0x20080522, pid=0)
    check("capset", libc.capset(ctypes.byref(header), (ctypes.c_uint32 * 6)()))
    check("no_new_privs", libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    die_with_parent()  # the kernel clears this setting when the user changes


def mapped_bytes() -> int:
    """Return the calling process's address space in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def set_limits(limits: Limits, isolated: bool = True) -> None:
    """Limit the calling process's memory, processor time, processes, files and core dumps.

    Args:
        isolated: whether it has a user of its own. If not, the number of processes stays unlimited:
            the kernel counts all of the user's processes.
    """
    # A second line of defence: even with all cores busy, the guard's wall-clock limit comes first.
    seconds = int(limits.seconds * (os.cpu_count() or 1)) + 1
    bounds = {
        resource.RLIMIT_AS: mapped_bytes() + limits.memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: limits.disk,
        resource.RLIMIT_NPROC: limits.threads,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MSGQUEUE: 0,  # a POSIX message queue would outlive its process
        resource.RLIMIT_MEMLOCK: 0,
    }
    if not isolated:
        del bounds[resource.RLIMIT_NPROC]
    for what, value in bounds.items():
        hard = resource.getrlimit(what)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, value))


def missing_walls() -> list[str]:
    """Return which optional protections this machine lacks: "seccomp", "Landlock", both or none."""
    missing = [] if system_calls.pyseccomp else ["seccomp"]
    try:
        views.landlock.landlock_abi_version()  # asks the kernel
    except (AttributeError, OSError):
        missing.append("Landlock")
    return missing


def close_all_but(keep: Iterable[int]) -> None:
    """Close all file descriptors except those in `keep`; 0, 1 and 2 are closed too."""
    last = -1
    for fd in sorted({*keep}):
        if fd > last + 1:  # closerange(0, 0) would close all of them
            os.closerange(last + 1, fd)
        last = fd
    os.closerange(last + 1, 65536)


def why_impossible() -> str | None:
    """Return one line that says why this machine cannot isolate a submission, or None if it can.

    A child process really enters the namespaces and builds a view: kernels, containers and security
    modules can forbid each step in too many ways to ask for them all.
    """
    if sys.platform != "linux":
        return f"isolation needs Linux, this is {sys.platform}"
    if views.SYS_PIVOT_ROOT is None:
        return f"isolation knows x86_64 and aarch64, this is {platform.machine()}"
    with tempfile.TemporaryDirectory(prefix="grading-") as stage:
        return _in_child(lambda: _enter(stage))


def require() -> None:
    """Do nothing if this machine can isolate submissions.

    Raises:
        IsolationError: it cannot; the message says why and what to do.
    """
    if reason := why_impossible():
        raise IsolationError(
            f"cannot isolate submissions on this machine ({reason}). Grade on Linux, as root or "
            "where user namespaces are allowed, for example in a container (docker run "
            f"--privileged){'; ' + UNPROTECTED if sys.platform == 'linux' else ''}."
            + _about_apparmor()
        )


def _about_apparmor() -> str:
    """Return how to allow user namespaces where AppArmor takes their rights away; often ""."""
    if not APPARMOR_SWITCH.exists() or APPARMOR_SWITCH.read_text().strip() != "1":
        return ""
    if os.getuid() == 0:
        return ""  # root needs none
    return (
        " Ubuntu allows user namespaces until the next start with `sudo sysctl "
        "kernel.apparmor_restrict_unprivileged_userns=0`."
    )


def require_linux() -> None:
    """Do nothing on Linux. Even a run without protection needs Linux's system calls.

    Raises:
        IsolationError: this is another operating system; the message says what to do.
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


def _in_child(function: Callable[[], None]) -> str | None:
    """Call `function` in a forked child; return the text of the exception it raised, or None."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            function()
        except BaseException as error:
            os.write(write, str(error).encode()[:4000] or b"unknown error")
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        message = pipe.read().decode()
    os.waitpid(pid, 0)
    return message or None
