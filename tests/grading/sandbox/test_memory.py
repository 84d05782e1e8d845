"""The memory of all processes of a submission is limited, by the kernel and by the guard."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sandbox_call import CALL

from grading.sandbox import cgroups, zygote
from grading.sandbox.isolation import Limits, why_impossible
from grading.sandbox.job import Notebook
from grading.sandbox.sandbox import Sandbox, SandboxDied

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
isolates = pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible()))
LIMITS = Limits(seconds=10, memory=400 << 20)
# Three processes hold 300 MB each. The variants differ in what their main thread does then.
HOLDERS = """\
import ctypes, os, threading, time
def hold():
    time.sleep(0.5)
    held = b"x" * (300 << 20)
    time.sleep(1000)
def identity_block(X, f, filters, stage, block):
    for n in range(3):
        if os.fork() == 0:
            threading.Thread(target=hold).start()
            {goes_on}
    time.sleep(4)
    return X
"""
WAYS = {
    "in sight": "time.sleep(1000)",
    "first thread ended": "ctypes.CDLL(None).syscall({exit}, 0)".format(
        exit={"x86_64": 60}.get(os.uname().machine, 93)
    ),
    # Its parent has ended, so the first process of the namespace becomes its parent.
    "orphan": "if os.fork(): os._exit(0)\n            hold()",
}


@pytest.fixture(scope="module", params=["with the kernel", "without"])
def sandbox(request):
    """A sandbox with control groups, if this user can create them, and one without."""
    with Sandbox(LIMITS) as shared:
        settings = {**shared._settings(), "groups": request.param == "with the kernel"}
        shared._settings = lambda: settings
        yield shared


@pytest.fixture
def group():
    """A control group of 100 MB and 8 tasks."""
    new = cgroups.make(100 << 20, 8)
    if new is None:
        pytest.skip("this user cannot create control groups")
    yield new
    new.remove()


def run(sandbox: Sandbox, cell: str) -> str:
    """Return how a submission of one cell ended."""
    return sandbox.run([Notebook("2_identity_block.ipynb", (cell,))], [CALL]).ended


@isolates
@pytest.mark.parametrize("way", WAYS)
def test_too_much_memory_ends_a_submission_whichever_process_holds_it(sandbox, way):
    assert run(sandbox, HOLDERS.format(goes_on=WAYS[way])) == "memory"


@isolates
def test_three_small_processes_are_allowed(sandbox):
    small = HOLDERS.replace("300 << 20", "30 << 20").replace("sleep(4)", "sleep(1)")
    assert run(sandbox, small.format(goes_on=WAYS["first thread ended"])) == "finished"


def forked(work) -> int:
    """Call `work` in a child process and return its exit code."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_the_kernel_kills_a_process_beyond_the_groups_memory(group):
    def hold(size: int) -> None:
        group.enter()
        if len(b"x" * size) != size:
            os._exit(1)

    assert forked(lambda: hold(30 << 20)) == 0
    assert not group.ran_out_of_memory()
    assert forked(lambda: hold(300 << 20)) == -signal.SIGKILL
    assert group.ran_out_of_memory()


def test_the_kernel_limits_the_groups_processes(group):
    def fork_often() -> None:
        group.enter()
        try:
            for _ in range(20):
                if os.fork() == 0:
                    time.sleep(1000)
        except BlockingIOError:
            os._exit(3)

    assert forked(fork_often) == 3


def test_removing_a_group_kills_its_processes(group):
    folders = list(group._held)
    pid = os.fork()
    if pid == 0:
        try:
            group.enter()
            time.sleep(1000)
        finally:
            os._exit(1)  # never go on as a second pytest
    for _ in range(6000):
        if str(pid) in (folders[0] / "cgroup.procs").read_text().split():
            break
        time.sleep(0.01)
    group.remove()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    assert not any(folder.exists() for folder in folders)


def test_only_groups_of_killed_graders_are_stale(group):
    program = (
        "from grading.sandbox import cgroups\ngroup = cgroups.make(1 << 30, 10)\n"
        "print(*group._held, flush=True)\ninput()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    folders = [Path(name) for name in other.stdout.readline().decode().split()]
    assert folders and all(folder.is_dir() for folder in folders)
    cgroups.remove_stale()
    assert all(folder.is_dir() for folder in folders)
    other.kill()
    other.communicate()
    cgroups.remove_stale()
    assert not any(folder.exists() for folder in folders)
    assert all(folder.is_dir() for folder in group._held)


MOUNTS = """\
22 1 0:20 / /proc rw - proc proc rw
30 1 0:26 {root} /sys/fs/cgroup rw,nosuid - {kind}
"""


@pytest.fixture
def machine(tmp_path):
    """Return a function that fakes a machine's control groups and returns their usable places."""

    def make(kind: str, group: str, root: str = "/", handed_on: tuple[str, ...] = ()) -> list:
        tree = tmp_path / "tree"
        inside = os.path.relpath(group.split(":")[-1], root)
        (tree / inside).mkdir(parents=True)
        for folder in (tree, *tree.rglob("*")):
            name = os.path.relpath(folder, tree)
            controls = "cpu memory pids" if name in handed_on else "cpu"
            (folder / "cgroup.subtree_control").write_text(controls)
        lines = MOUNTS.format(root=root, kind=kind).replace("/sys/fs/cgroup", str(tree))
        (tmp_path / "mountinfo").write_text(lines)
        (tmp_path / "cgroup").write_text(group + "\n")
        return [
            [os.path.relpath(folder, tree) for folder in folders]
            for folders in cgroups.parent_folders(tmp_path)
        ]

    return make


def test_version_2_uses_the_groups_above_that_enable_controllers(machine):
    group = "0::/user.slice/user-1000.slice/app.slice/shell.scope"
    above = ("user.slice", "user.slice/user-1000.slice/app.slice")
    assert machine("cgroup2 cgroup2 rw", group, handed_on=above) == [[above[1]], [above[0]]]


def test_version_2_without_enabled_controllers_is_not_used(machine):
    assert machine("cgroup2 cgroup2 rw", "0::/") == []


def test_version_1_in_a_container_is_relative_to_its_root(machine):
    controllers = "cgroup cgroup rw,memory,pids"
    group = "4:memory,pids:/docker/abc/job"
    assert machine(controllers, group, root="/docker/abc") == [["job", "job"]]


def test_all_memory_of_another_program_counts():
    own = f"/proc/{os.getpid()}"
    image = Path(f"{own}/auxv").read_bytes()
    shared = zygote.private_bytes(own)
    used = []
    for program in (
        None,
        "import time; held = b'x' * (50 << 20); print(flush=True); time.sleep(1000)",
    ):
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            if program is None:
                os.write(write, b"x")
                time.sleep(1000)
            os.dup2(write, 1)
            os.execv(sys.executable, [sys.executable, "-c", program])
        os.read(read, 1)
        used.append(zygote.own_use(pid, shared, image)[0])
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert used[0] < 20 << 20 < 50 << 20 < used[1]


def test_only_the_groups_own_limit_counts(tmp_path):
    """A kill because the whole machine lacks memory must not be blamed on the submission."""

    def used(most: int) -> dict[str, str]:
        return {
            "memory.max_usage_in_bytes": str(most),
            "memory.limit_in_bytes": str(100 << 20),
        }

    for files, own in (
        ({"memory.events": "low 0\nhigh 0\nmax 3\noom 1\noom_kill 1"}, True),
        ({"memory.events": "low 0\nhigh 0\nmax 0\noom 0\noom_kill 1"}, False),
        ({"memory.oom_control": "under_oom 0\noom_kill 1", **used(100 << 20)}, True),
        ({"memory.oom_control": "under_oom 0\noom_kill 1", **used(60 << 20)}, False),
        ({"memory.oom_control": "under_oom 0\noom_kill 0", **used(100 << 20)}, False),
    ):
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        for name, text in files.items():
            (folder / name).write_text(text)
        fake = object.__new__(cgroups.Group)
        fake._held = {folder: -1}
        assert fake.ran_out_of_memory() is own, files


def guards(sandbox: Sandbox) -> set[psutil.Process]:
    """Return the guards of the submissions that run now, one process for each."""
    return set(psutil.Process(sandbox._process.pid).children()) if sandbox._process else set()


def students(guard: psutil.Process) -> Iterator[psutil.Process]:
    """Find a submission's first process after it has run for some seconds."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in guard.children():
            if time.time() - process.create_time() > 3:
                yield process


@isolates
def test_a_submission_that_the_machine_kills_gets_no_mark(sandbox):
    cell = "import time\ndef identity_block(X, f, filters, stage, block):\n    time.sleep(1000)"
    earlier = guards(sandbox)  # of the tests before, and they may end at any moment

    def kill_students() -> None:
        while not (found := [s for g in guards(sandbox) - earlier for s in students(g)]):
            time.sleep(0.05)
        found[0].kill()

    killer = threading.Thread(target=kill_students)
    killer.start()
    with pytest.raises(SandboxDied, match="the submission was killed; the machine may lack memory"):
        run(sandbox, cell)
    killer.join()
    assert run(sandbox, "def identity_block(X, **_): return X + 1") == "finished"


@isolates
@pytest.mark.parametrize("way", ["os.kill(os.getpid(), 9)", "os.kill(-1, 9)", "lower()"])
def test_a_submission_cannot_pretend_that_the_machine_killed_it(sandbox, way):
    cell = (
        "import os, resource\ndef lower():\n    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n"
        f"    while True: pass\ndef identity_block(X, f, filters, stage, block):\n    {way}\n"
        "    return X + 1"
    )
    assert run(sandbox, cell) == "finished"
