"""A submission's view of the file system: folders that it can read, and a small /tmp of its own.

pivot_root(2) and mount_setattr(2) create the view. Landlock, through the `landlock` package,
restricts writing a second time.
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterable
from pathlib import Path, PurePath

from grading.sandbox.kernel import IsolationError, check, libc

# Imported here, in the zygote: an isolated process could not search for the library.
try:
    import landlock
except ImportError:
    landlock = None

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 2, 4, 8, 32, 4096
MS_RDONLY, MS_REC, MS_PRIVATE = 1, 16384, 1 << 18
MNT_DETACH = 2
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV = 1, 2, 4
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}.get(platform.machine())
SYS_MOUNT_SETATTR = 442  # the same number on every architecture

DEVICES = ("null", "urandom", "random")
# Folders that programs load files from. Not all of /usr: an instructor may keep a course or a
# class's submissions somewhere below it, for example in /usr/src.
SYSTEM_FOLDERS = (
    "/usr/lib /usr/lib32 /usr/lib64 /usr/libexec /usr/bin /usr/share /usr/local/lib "
    "/lib /lib64 /bin /etc/ld.so.cache"
).split()


def _mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    as_bytes = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    check(
        f"mount {kind or 'bind'} on {target}",
        libc.mount(*as_bytes, ctypes.c_ulong(flags), None if data is None else data.encode()),
    )


def keep_mounts_private() -> None:
    """Keep later mounts invisible outside the calling process's mount namespace."""
    _mount("none", "/", None, MS_REC | MS_PRIVATE)


class _MountAttr(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


def _read_only(path: str, nodev: bool = True) -> None:
    """Make a mount and all mounts below it read-only, without set-uid programs.

    mount_setattr(2) is needed for this: remounting changes the top mount only.

    Args:
        nodev: also forbid the use of device files.
    """
    flags = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | (MOUNT_ATTR_NODEV if nodev else 0)
    attributes = _MountAttr(set=flags)
    check(
        f"mount_setattr on {path}",
        libc.syscall(
            SYS_MOUNT_SETATTR,
            AT_FDCWD,
            os.fsencode(path),
            AT_RECURSIVE,
            ctypes.byref(attributes),
            ctypes.sizeof(attributes),
        ),
    )


def _bind(source: str, root: str, nodev: bool = True) -> None:
    """Show a file or folder at the same path below `root`, read-only."""
    target = root + source
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(target).touch()
    _mount(source, target, None, MS_BIND | MS_REC)
    _read_only(target, nodev)


def enter_view(stage: str, folders: Iterable[str], disk: int) -> None:
    """Replace the calling process's file system by a read-only view and an empty, small /tmp.

    Call it in the first process of a PID namespace, since /proc will show that namespace.

    Args:
        stage: an existing empty folder to build the view on; outside of the view it stays empty.
        folders: absolute paths to show read-only at the same paths; some may be in /tmp.
        disk: the size of /tmp in bytes.
    """
    os.umask(0o022)  # the user of the job, not the one who creates them, must enter these folders
    _mount("tmpfs", stage, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
    for name in ("/tmp", "/proc"):
        os.mkdir(stage + name)
    # /tmp comes first: mounted later, it would hide folders to show that are in /tmp.
    options = f"size={disk},nr_inodes=4096,mode=1777"
    _mount("tmpfs", stage + "/tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options)
    for link in ("/bin", "/lib", "/lib64"):
        if os.path.islink(link):
            os.symlink(os.readlink(link), stage + link)
    for path in outermost([*SYSTEM_FOLDERS, *folders]):
        if os.path.exists(path) and not os.path.islink(stage + path):
            _bind(path, stage)
    for name in DEVICES:
        _bind(f"/dev/{name}", stage, nodev=False)
    _show_own_processes(stage + "/proc")
    _mount("tmpfs", stage, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
    os.chdir(stage)
    check("pivot_root", libc.syscall(SYS_PIVOT_ROOT, b".", b"."))
    check("umount", libc.umount2(b".", MNT_DETACH))
    os.chdir("/tmp")


def outermost(paths: Iterable[str]) -> list[str]:
    """Return the sorted paths without those that are inside another one."""
    outer: list[str] = []
    for path in sorted(set(paths), key=lambda path: PurePath(path).parts):
        if not (outer and PurePath(path).is_relative_to(outer[-1])):
            outer.append(path)
    return outer


def _show_own_processes(proc: str) -> None:
    """Mount a /proc that shows only this PID namespace.

    A user other than root is allowed to only while another /proc is fully visible, and some
    containers cover parts of it. Then /proc shows nothing but the path and command line of this
    program: TensorFlow aborts if it cannot read them.
    """
    try:
        flags = MS_NOSUID | MS_NODEV | MS_NOEXEC
        _mount("proc", proc, "proc", flags, "hidepid=2,subset=pid")
    except IsolationError:
        os.mkdir(f"{proc}/self")
        os.symlink(os.readlink("/proc/self/exe"), f"{proc}/self/exe")
        Path(f"{proc}/self/cmdline").write_bytes(Path("/proc/self/cmdline").read_bytes())


def fence_files() -> bool:
    """Use Landlock to allow reading anywhere in the view and writing only in /tmp.

    Returns:
        False if the kernel or the package lacks Landlock; the view is read-only without it.
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
