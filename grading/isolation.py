"""Shut a process in before it runs code that nobody has read.

`warm.py` calls this in a freshly forked child. What is left to the child afterwards: its own
memory, one pipe out, one pipe in, a read-only view of the interpreter and of the folders it was
given, and a small `/tmp` that vanishes with it. No network, no other process, no other file.

Linux does the work: namespaces(7), pivot_root(2), mount_setattr(2), capabilities(7), setrlimit(2),
landlock(7) and seccomp(2). The Landlock and seccomp calls come from the `landlock` and `pyseccomp`
packages; Python 3.11 has no call for the rest, so those few go through ctypes.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

try:
    import resource
except ImportError:  # Windows: nothing is isolated there, and `require` says so
    resource = None
# Both are imported here, in the warm process: inside the walls they could not look for libraries.
try:
    import landlock
except ImportError:
    landlock = None
try:
    import pyseccomp
except (ImportError, RuntimeError):  # RuntimeError: the system has no libseccomp
    pyseccomp = None

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 2, 4, 8, 32, 4096
MS_RDONLY, MS_REC, MS_PRIVATE = 1, 16384, 1 << 18
MNT_DETACH = 2
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV = 1, 2, 4
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
LAST_CAPABILITY = 63
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}.get(platform.machine())
SYS_MOUNT_SETATTR = 442  # the same number on every architecture

DEVICES = ("null", "urandom", "random")
# What programs load. Not all of /usr: some keep a course, or a class's work, in /usr/src or so.
SYSTEM_FOLDERS = (
    "/usr/lib /usr/lib32 /usr/lib64 /usr/libexec /usr/bin /usr/share /usr/local/lib "
    "/lib /lib64 /bin /etc/ld.so.cache"
).split()

UNPROTECTED = "--no-sandbox runs them with no protection at all"

_libc = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


class IsolationError(RuntimeError):
    """The machine cannot shut a process in; the message says which step failed and why."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes:
        seconds: wall-clock time, after which every process of the submission is killed.
        memory: bytes of memory beyond what the warm process itself maps.
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


def _call(what: str, result: int) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise IsolationError(f"{what}: {os.strerror(code)} ({errno.errorcode.get(code, code)})")


def _mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    as_bytes = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    _call(
        f"mount {kind or 'bind'} on {target}",
        _libc.mount(*as_bytes, ctypes.c_ulong(flags), None if data is None else data.encode()),
    )


def enter_pid_namespace(as_root: bool) -> None:
    """Let the next child of the calling process be the first process of a PID namespace.

    A plain user gets the right to do so, and to all that follows, from a user namespace in which
    it stays itself; root needs none.
    """
    uid, gid = os.getuid(), os.getgid()
    _call("unshare", _libc.unshare(CLONE_NEWPID | (0 if as_root else CLONE_NEWUSER)))
    if not as_root:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def enter_namespaces() -> None:
    """Give the calling process its own mounts, network, IPC objects and host name."""
    _call("unshare", _libc.unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS))
    _mount("none", "/", None, MS_REC | MS_PRIVATE)


class _MountAttr(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


def _read_only(path: str, nodev: bool = True) -> None:
    """Make a mount and all that is mounted below it read-only and without set-uid files."""
    wanted = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | (MOUNT_ATTR_NODEV if nodev else 0)
    attributes = _MountAttr(set=wanted)
    _call(
        f"mount_setattr on {path}",
        _libc.syscall(
            SYS_MOUNT_SETATTR,
            AT_FDCWD,
            os.fsencode(path),
            AT_RECURSIVE,
            ctypes.byref(attributes),
            ctypes.sizeof(attributes),
        ),
    )


def _bind(source: str, root: str, nodev: bool = True) -> None:
    target = root + source
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(target).touch()
    _mount(source, target, None, MS_BIND | MS_REC)
    _read_only(target, nodev)


def enter_view(stage: str, folders: Iterable[str], limits: Limits) -> None:
    """Replace the file system by a read-only view of `folders` and an empty, small /tmp.

    Args:
        stage: an existing empty folder to build the view on; it stays empty outside.
        folders: absolute paths to show, at the same places, read-only.
        limits: `disk` bounds /tmp.
    """
    _mount("tmpfs", stage, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
    for link in ("/bin", "/lib", "/lib64"):
        if os.path.islink(link):
            os.symlink(os.readlink(link), stage + link)
    for folder in dict.fromkeys((*SYSTEM_FOLDERS, *folders)):
        if os.path.exists(folder) and not os.path.exists(stage + folder):
            _bind(folder, stage)
    for name in DEVICES:
        _bind(f"/dev/{name}", stage, nodev=False)
    for name in ("/tmp", "/proc"):
        os.makedirs(stage + name, exist_ok=True)
    options = f"size={limits.disk},nr_inodes=4096,mode=1777"
    _mount("tmpfs", stage + "/tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options)
    _mount("tmpfs", stage, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
    os.chdir(stage)
    _call("pivot_root", _libc.syscall(SYS_PIVOT_ROOT, b".", b"."))
    _call("umount", _libc.umount2(b".", MNT_DETACH))
    os.chdir("/tmp")


def show_own_processes() -> None:
    """Mount a /proc that holds this PID namespace only; call it as the namespace's first process.

    Some containers forbid it. Then /proc stays empty, which shows even less.
    """
    try:
        flags = MS_NOSUID | MS_NODEV | MS_NOEXEC
        _mount("proc", "/proc", "proc", flags, "hidepid=2,subset=pid")
    except IsolationError:
        pass


class _CapHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def die_with_parent(parent: int | None = None) -> None:
    """Have the kernel kill the calling process when the process that forked it ends.

    Args:
        parent: that process's id; when it has ended already, the caller ends here.
    """
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
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
        _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header = _CapHeader(version=0x20080522, pid=0)
    _call("capset", _libc.capset(ctypes.byref(header), (ctypes.c_uint32 * 6)()))
    _call("no_new_privs", _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
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


# Nothing that builds a network needs these; each has been a way out of some sandbox before.
FORBIDDEN_CALLS = (
    "ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd pidfd_open "
    "mount umount umount2 pivot_root chroot mount_setattr move_mount open_tree fsopen fsmount "
    "fsconfig fspick unshare setns bpf perf_event_open userfaultfd io_uring_setup io_uring_enter "
    "io_uring_register keyctl add_key request_key kexec_load kexec_file_load init_module "
    "finit_module delete_module reboot swapon swapoff acct quotactl syslog personality "
    "name_to_handle_at open_by_handle_at fanotify_init lookup_dcookie vmsplice "
    "socket connect bind listen accept accept4 sendto sendmsg sendmmsg "
    "mknod mknodat setuid setgid setreuid setregid setresuid setresgid setgroups "
    "sched_setscheduler sched_setattr ioprio_set clock_settime settimeofday "
    # Memory that belongs to no process, so that nobody would see whose it is.
    "memfd_create memfd_secret shmget shmat msgget semget mq_open socketpair io_setup"
).split()
# mmap with both: memory that stays when a process lets go of its view of it.
SHARED_AND_ANONYMOUS = 0x21


def filter_calls() -> bool:
    """Refuse, with EPERM, the system calls that building a network never makes.

    Returns:
        False where libseccomp is missing; the other walls stand without it.
    """
    if pyseccomp is None:
        return False
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for name in FORBIDDEN_CALLS:
        try:
            rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
        except (ValueError, OSError):
            continue  # a call that this architecture does not have
    # clone3 hides its flags behind a pointer: say it does not exist, and libc falls back to clone.
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    new_user = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER)
    rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "clone", new_user)
    shared = pyseccomp.Arg(3, pyseccomp.MASKED_EQ, SHARED_AND_ANONYMOUS, SHARED_AND_ANONYMOUS)
    rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "mmap", shared)
    # It dies with its guard, whatever it would prefer.
    own_death = pyseccomp.Arg(0, pyseccomp.EQ, PR_SET_PDEATHSIG)
    rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "prctl", own_death)
    rules.load()
    return True


def fence_files() -> bool:
    """Landlock: read and execute anywhere in the view, write below /tmp only.

    Returns:
        False where the kernel has no Landlock.
    """
    if landlock is None:
        return False
    try:
        rules = landlock.Ruleset()
        access = landlock.FSAccess
        read = access.EXECUTE | access.READ_FILE | access.READ_DIR
        rules.allow("/", rules=read)
        rules.allow("/dev", rules=access.READ_FILE | access.WRITE_FILE | access.READ_DIR)
        rules.allow("/tmp")
        rules.apply()
    except OSError:
        return False
    return True


def missing_walls() -> list[str]:
    """What this machine lacks of the walls that others stand without: "seccomp", "Landlock"."""
    missing = [] if pyseccomp else ["seccomp"]
    try:
        landlock.landlock_abi_version()  # asks the kernel
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
    if SYS_PIVOT_ROOT is None:
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
    enter_view(stage, (), Limits())
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
