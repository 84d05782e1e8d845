"""Let the kernel count what the processes of one job hold together, and end them past a limit.

cgroups(7), version 2, or version 1 where memory is counted by that. Root can make a group, and so
can a user to whom a part of the tree was delegated. Elsewhere `zygote` counts by itself, as it does
beside a group.
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
# Page tables, stacks and the like, which count too, and of which a submission needs little.
KERNEL_MEMORY = 32 << 20
_BATCH = 1 << 20  # the kernel counts in steps; so much may be missing where the limit was reached


class Group:
    """A control group for one job; the process that makes it outlives the job and removes it.

    Args:
        folders: where the group is made: one folder, or in version 1 one for each controller.
        memory: bytes that its processes may hold together, files in memory included.
        tasks: processes and threads that there may be.

    Raises:
        OSError: the kernel, or whoever set up the tree, does not allow it.
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
            with suppress(OSError):  # not every kernel counts what is swapped out
                self._write(file, value)

    def enter(self) -> None:
        """Move the calling process into the group; what it forks is in it, too."""
        for folder in self._held:
            (folder / "cgroup.procs").write_text("0")

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel has ended one of its processes for having reached the limit.

        One that is ended since the machine has no memory left is not meant.
        """
        for folder in self._held:
            with suppress(OSError):  # version 2, which counts how often its limit was reached
                counts = _counts(folder / "memory.events")
                return counts["oom_kill"] > 0 and counts["oom"] > 0
            with suppress(OSError):
                counts = _counts(folder / "memory.oom_control")
                most = int((folder / "memory.max_usage_in_bytes").read_text())
                limit = int((folder / "memory.limit_in_bytes").read_text())
                return counts["oom_kill"] > 0 and most > limit - _BATCH
        return False

    def remove(self) -> None:
        """End what is still in the group and remove it."""
        for folder, lock in self._held.items():
            for _ in range(100):
                try:
                    folder.rmdir()
                except OSError as error:
                    if error.errno != errno.EBUSY:
                        break
                    _end_all_in(folder)
                    time.sleep(0.01)
                else:
                    break
            os.close(lock)
        self._held = {}

    def _make(self, folder: Path) -> None:
        folder.mkdir()
        # Whoever finds the folder unlocked may remove it: its owner has ended.
        self._held[folder] = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self._held[folder], fcntl.LOCK_EX)

    def _set(self, new: str, old: str, value: str) -> None:
        """Write to the file of version 2, or to that of version 1 where it is that."""
        if not self._write(new, value) and not self._write(old, value):
            raise OSError(errno.ENOENT, "no such controller", new)

    def _write(self, file: str, value: str) -> bool:
        found = [folder / file for folder in self._held if (folder / file).exists()]
        for path in found:
            path.write_text(value)
        return bool(found)


def make(memory: int, tasks: int) -> Group | None:
    """A group with these limits; None where this process cannot make one."""
    for folders in places():
        with suppress(OSError):
            return Group(folders, memory, tasks)
    return None


def remove_stale() -> None:
    """Remove groups whose makers were killed."""
    for folder in {folder for folders in places() for folder in folders}:
        for left in folder.glob(f"{PREFIX}*"):
            with suppress(OSError):
                lock = os.open(left, os.O_RDONLY | os.O_DIRECTORY)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _end_all_in(left)
                    left.rmdir()
                finally:
                    os.close(lock)


def places(proc: Path = Path("/proc/self")) -> list[list[Path]]:
    """Where a group can be tried, best first: the folders that it needs together.

    In version 2 a folder with processes of its own has no controllers for those below it, so the
    folders above are tried as well; in version 1 the folder of this process will do.
    """
    try:
        mounts, groups = _mounts(proc / "mountinfo"), _groups(proc / "cgroup")
    except OSError:
        return []
    found: list[list[Path]] = []
    if "" in mounts and "" in groups:
        found += [[folder] for folder in _above(*mounts[""], groups[""]) if _hands_on(folder)]
    if all(name in mounts and name in groups for name in CONTROLLERS):
        found.append([_above(*mounts[name], groups[name])[0] for name in CONTROLLERS])
    return found


def _mounts(mountinfo: Path) -> dict[str, tuple[Path, str]]:
    """Where each controller is mounted, and what part of its tree; version 2 is "" here."""
    found: dict[str, tuple[Path, str]] = {}
    for line in mountinfo.read_text().splitlines():
        about, _, kind = line.partition(" - ")
        root, place = about.split()[3:5]
        if kind.startswith("cgroup2 "):
            found.setdefault("", (Path(place), root))
        elif kind.startswith("cgroup "):
            for controller in kind.split()[-1].split(","):
                found.setdefault(controller, (Path(place), root))
    return found


def _groups(cgroup: Path) -> Mapping[str, str]:
    """The group that this process is in, for each controller; version 2 is "" here."""
    found = {}
    for line in cgroup.read_text().splitlines():
        _, controllers, group = line.split(":", 2)
        found.update(dict.fromkeys(controllers.split(","), group))
    return found


def _above(mounted: Path, root: str, group: str) -> list[Path]:
    """The group's folder and those above it, as far as they can be seen."""
    path = PurePosixPath(group)
    inside = path.relative_to(root) if path.is_relative_to(root) else PurePosixPath()
    return [mounted / part for part in (inside, *inside.parents)]


def _hands_on(folder: Path) -> bool:
    try:
        handed_on = (folder / "cgroup.subtree_control").read_text().split()
    except OSError:
        return False
    return all(name in handed_on for name in CONTROLLERS)


def _counts(file: Path) -> dict[str, int]:
    return {name: int(count) for name, count in map(str.split, file.read_text().splitlines())}


def _end_all_in(folder: Path) -> None:
    with suppress(OSError):
        for pid in (folder / "cgroup.procs").read_text().split():
            os.kill(int(pid), signal.SIGKILL)
