"""Have the kernel count the memory of all processes of a job, and kill them beyond a limit.

This uses cgroups(7), version 2, or version 1 where that version counts memory. Root can create a
control group, and so can a user to whom a part of the cgroup tree was delegated. `zygote` always
counts memory itself as well, so where no group can be created there is still a limit.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import signal
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

PREFIX = "resnets-grading-"
CONTROLLERS = ("memory", "pids")
# The group also counts kernel memory, such as page tables and stacks. This much is added to the
# limit for it.
KERNEL_MEMORY = 32 << 20
# The kernel counts in batches: a group that hit its limit may show this many bytes less.
_BATCH = 1 << 20


class Group:
    """A control group for one job. The process that creates it outlives the job and removes it.

    Args:
        folders: where to create the group: one folder, or in version 1 one for each controller.
        memory: bytes that its processes may hold together, including files in tmpfs.
        tasks: how many processes and threads it may have.

    Raises:
        OSError: this process is not allowed to create it.
    """

    def __init__(self, folders: Iterable[Path], memory: int, tasks: int) -> None:
        name = f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
        self._held: dict[Path, int] = {}
        try:
            for folder in folders:
                self._make(folder / name)
            self._set("memory.max", "memory.limit_in_bytes", str(memory + KERNEL_MEMORY))
            self._set("pids.max", "pids.max", str(tasks))
        except OSError:
            self.remove()
            raise
        for file, value in (
            ("memory.swap.max", "0"),
            ("memory.memsw.limit_in_bytes", str(memory + KERNEL_MEMORY)),
            ("memory.oom.group", "1"),
        ):
            with suppress(OSError):  # not every kernel is built with swap accounting
                self._write(file, value)

    def enter(self) -> None:
        """Move the calling process into the group; processes that it forks are in it too."""
        for folder in self._held:
            (folder / "cgroup.procs").write_text("0")

    def ran_out_of_memory(self) -> bool:
        """Return whether the kernel killed a process because the group reached its own limit.

        A process that the kernel killed because the whole machine was out of memory does not count:
        that is not the submission's fault.
        """
        for folder in self._held:
            with suppress(OSError):  # version 2: "oom" counts how often the limit was reached
                counts = _counts(folder / "memory.events")
                return counts["oom_kill"] > 0 and counts["oom"] > 0
            with suppress(OSError):
                # Version 1 counts kills only, so compare the highest use with the limit.
                counts = _counts(folder / "memory.oom_control")
                most = int((folder / "memory.max_usage_in_bytes").read_text())
                limit = int((folder / "memory.limit_in_bytes").read_text())
                return counts["oom_kill"] > 0 and most > limit - _BATCH
        return False

    def remove(self) -> None:
        """Kill the processes that are still in the group, and remove it."""
        for folder, lock in self._held.items():
            for _ in range(100):
                try:
                    folder.rmdir()
                except OSError as error:
                    if error.errno != errno.EBUSY:
                        break
                    _kill_all_in(folder)
                    time.sleep(0.01)
                else:
                    break
            os.close(lock)
        self._held = {}

    def _make(self, folder: Path) -> None:
        folder.mkdir()
        # The kernel releases the lock when this process ends, however it ends. `remove_stale` may
        # remove a folder that is not locked.
        self._held[folder] = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self._held[folder], fcntl.LOCK_EX)

    def _set(self, new: str, old: str, value: str) -> None:
        """Write to the control file of version 2 if it exists, else to that of version 1."""
        if not self._write(new, value) and not self._write(old, value):
            raise OSError(errno.ENOENT, "no such controller", new)

    def _write(self, file: str, value: str) -> bool:
        """Write to a control file; return whether it exists."""
        paths = [folder / file for folder in self._held if (folder / file).exists()]
        for path in paths:
            path.write_text(value)
        return bool(paths)


def make(memory: int, tasks: int) -> Group | None:
    """Return a group with these limits, or None if this process cannot create one."""
    for folders in parent_folders():
        for _ in range(2):  # `remove_stale` of another worker may take a folder before it is locked
            with suppress(OSError):
                return Group(folders, memory, tasks)
    return None


def remove_stale() -> None:
    """Remove groups whose creators were killed and could not do so themselves."""
    for folder in {folder for folders in parent_folders() for folder in folders}:
        for stale in folder.glob(f"{PREFIX}*"):
            with suppress(OSError):
                lock = os.open(stale, os.O_RDONLY | os.O_DIRECTORY)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _kill_all_in(stale)
                    stale.rmdir()
                finally:
                    os.close(lock)


def parent_folders(proc: Path = Path("/proc/self")) -> list[list[Path]]:
    """Return the folders below which a group could be created, best first; each is a list.

    In version 2 a group that contains processes cannot enable controllers for its subgroups, so
    the groups above this process's own are candidates too. In version 1 its own group is enough.

    Args:
        proc: the /proc folder of this process.
    """
    try:
        mounts, groups = _mounts(proc / "mountinfo"), _groups(proc / "cgroup")
    except OSError:
        return []
    candidates: list[list[Path]] = []
    if "" in mounts and "" in groups:
        folders = _own_and_above(*mounts[""], groups[""])
        candidates += [[folder] for folder in folders if _enables_controllers(folder)]
    if all(name in mounts and name in groups for name in CONTROLLERS):
        candidates.append([_own_and_above(*mounts[name], groups[name])[0] for name in CONTROLLERS])
    return candidates


def _mounts(mountinfo: Path) -> dict[str, tuple[Path, str]]:
    """Return (mount point, mounted part of the tree) by controller; version 2 has the key ""."""
    mounts: dict[str, tuple[Path, str]] = {}
    for line in mountinfo.read_text().splitlines():
        mount, _, kind = line.partition(" - ")
        root, mount_point = mount.split()[3:5]
        if kind.startswith("cgroup2 "):
            mounts.setdefault("", (Path(mount_point), root))
        elif kind.startswith("cgroup "):
            for controller in kind.split()[-1].split(","):
                mounts.setdefault(controller, (Path(mount_point), root))
    return mounts


def _groups(cgroup: Path) -> Mapping[str, str]:
    """Return this process's group by controller; version 2 has the key ""."""
    groups = {}
    for line in cgroup.read_text().splitlines():
        _, controllers, group = line.split(":", 2)
        groups.update(dict.fromkeys(controllers.split(","), group))
    return groups


def _own_and_above(mount_point: Path, root: str, group: str) -> list[Path]:
    """Return the group's folder and all folders above it that are visible in the mount.

    A container sees only a part of the tree, but /proc names groups from the tree's root.
    """
    path = PurePosixPath(group)
    inside = path.relative_to(root) if path.is_relative_to(root) else PurePosixPath()
    return [mount_point / part for part in (inside, *inside.parents)]


def _enables_controllers(folder: Path) -> bool:
    """Return whether subgroups of this version 2 group can have all controllers that we need."""
    try:
        enabled = (folder / "cgroup.subtree_control").read_text().split()
    except OSError:
        return False
    return all(name in enabled for name in CONTROLLERS)


def _counts(file: Path) -> dict[str, int]:
    return {name: int(count) for name, count in map(str.split, file.read_text().splitlines())}


def _kill_all_in(folder: Path) -> None:
    with suppress(OSError):
        for pid in (folder / "cgroup.procs").read_text().split():
            if pid != "0":  # a process of another pid namespace; kill(0) would end our own group
                os.kill(int(pid), signal.SIGKILL)
