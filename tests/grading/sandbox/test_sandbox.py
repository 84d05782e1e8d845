"""The sandbox protects the machine, other submissions and marks from a submission's code."""

import json
import os
import sys
import time
from pathlib import Path

import pytest
from sandbox_call import CALL

from grading.sandbox.isolation import Limits, why_impossible
from grading.sandbox.job import Notebook
from grading.sandbox.sandbox import Sandbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible())),
]

NEEDS = "def needs(true):\n    if not true: raise Exception('allowed')\n"
RIGHT = "def identity_block(X, f, filters, stage, block):\n    return Conv2D(4, 1)(X)\n"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Limits(seconds=6, memory=600 << 20)) as shared:
        yield shared


def run(sandbox, body: str, before: str = ""):
    """Run a submission whose identity_block has this body."""
    lines = "\n".join("    " + line for line in body.splitlines())
    source = f"{before}\ndef identity_block(X, f, filters, stage, block):\n{lines}\n    return X\n"
    return sandbox.run([Notebook("2_identity_block.ipynb", (source,))], [CALL])


def raised_value(outcome) -> object:
    """Return the value that a submission raised as an exception's message in JSON."""
    return json.loads(outcome.answers[0].detail.split(": ", 1)[1])


def test_a_block_gives_its_architecture(sandbox):
    outcome = sandbox.run([Notebook("n.ipynb", (RIGHT,))], [CALL])
    assert outcome.ended == "finished"
    assert json.loads(outcome.answers[0].model)["class_name"] == "Functional"
    assert not outcome.garbage


def test_an_infinite_loop_times_out(sandbox):
    assert run(sandbox, "while True: pass").ended == "timeout"


def test_a_submission_cannot_exceed_its_memory_limit(sandbox):
    outcome = run(sandbox, "held = []\nwhile True: held.append(bytearray(20_000_000))")
    (answer,) = outcome.answers
    assert (answer and answer.error == "exception") or outcome.ended == "memory"
    assert outcome.peak_memory < 900 << 20


def test_exiting_ends_only_the_submission(sandbox):
    assert run(sandbox, "os._exit(3)", "import os").ended == "exit 3"
    assert run(sandbox, "sys.exit(0)", "import sys").answers[0].error == "exception"
    assert run(sandbox, "X = X + 1").answers[0].model


def test_processes_that_a_submission_leaves_behind_are_killed(sandbox):
    marker = "sleep-of-the-submission"
    body = f"if os.fork() == 0:\n    os.setsid()\n    time.sleep(1000) or '{marker}'"
    run(sandbox, body, "import os, time")
    first = sandbox._process.pid
    children = Path(f"/proc/{first}/task/{first}/children")
    for _ in range(100):  # the guard sends its report just before it ends
        if not children.read_text().split():
            break
        time.sleep(0.05)
    assert children.read_text().split() == []


def shown_in(place: str) -> list[str]:
    """Return the names in `place` on the way to the course or its interpreter: all that is seen."""
    needed = map(Path, (Path(__file__).resolve().parents[3], sys.prefix, sys.base_prefix))
    return sorted(
        {path.relative_to(place).parts[0] for path in needed if path.is_relative_to(place)}
    )


def test_a_submission_sees_no_files_but_the_interpreters(sandbox):
    body = (
        "seen = {}\n"
        "for place in ('/', '/etc', '/tmp', '/home', '/var', os.environ.get('HOME', '/')):\n"
        "    try: seen[place] = sorted(os.listdir(place))\n"
        "    except OSError: seen[place] = None\n"
        "raise ValueError(json.dumps(seen))"
    )
    seen = raised_value(run(sandbox, body, "import os, json"))
    assert seen["/etc"] == ["ld.so.cache"]
    assert seen["/tmp"] == shown_in("/tmp")
    for place in ("/home", "/var"):
        assert (seen[place] or []) == shown_in(place)
    unneeded = {name for name in ("var", "home", "boot", "mnt") if not shown_in(f"/{name}")}
    assert not unneeded & set(seen["/"])


def test_a_submission_cannot_read_the_catalogue_or_the_reference(sandbox):
    root = Path(__file__).resolve().parents[3]
    paths = [
        str(root / "grading/catalogue" / f"{name}.py") for name in ("blocks", "reference_blocks")
    ]
    assert all(os.path.exists(path) for path in paths)
    body = f"raise ValueError(json.dumps([os.path.exists(p) for p in {paths!r}]))"
    assert raised_value(run(sandbox, body, "import os, json")) == [False, False]


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket()",
        "socket.create_connection(('127.0.0.1', 80))",
        "open('/usr/written', 'w')",
        "open('/etc/written', 'w')",
        "os.setuid(0)",
        "os.mknod('/tmp/device', 0o60600, os.makedev(8, 0))",
        "os.listdir('/proc/4000')",
        "os.unlink('/dev/null')",
        "socket.socketpair()",  # from here on: memory that would count for no process
        "os.memfd_create('x')",
        "mmap.mmap(-1, 4096)",
        "open('/dev/zero', 'rb')",
        "needs(ctypes.CDLL(None).shmget(0, 4096, 0o1600) == -1) or os.listdir('/nowhere')",
    ],
)
def test_a_forbidden_operation_raises_an_error(sandbox, attempt):
    outcome = run(sandbox, attempt, "import ctypes, mmap, os, socket\n" + NEEDS)
    assert outcome.answers[0].error == "exception"
    assert "Error" in outcome.answers[0].detail


def test_a_submission_cannot_outlive_its_guard(sandbox):
    body = "raise ValueError(ctypes.CDLL(None).prctl(1, 0, 0, 0, 0))"
    assert raised_value(run(sandbox, body, "import ctypes")) == -1


@pytest.mark.parametrize("code", [70, 71, 1])
def test_no_exit_code_looks_like_failed_isolation(sandbox, code):
    assert run(sandbox, f"os._exit({code})", "import os").ended == f"exit {code}"


def test_tensorflow_needs_few_threads(sandbox):
    body = (
        "tf.matmul(tf.ones((300, 300)), tf.ones((300, 300)))\n"
        "raise ValueError(json.dumps(len(os.listdir('/proc/self/task'))))"
    )
    assert raised_value(run(sandbox, body, "import json, os")) < sandbox.limits.threads / 2


def test_a_submission_has_no_environment_variables_but_home(sandbox):
    body = "raise ValueError(json.dumps(sorted(os.environ)))"
    assert raised_value(run(sandbox, body, "import os, json")) == ["HOME"]


def test_a_submissions_tmp_is_small_and_private(sandbox):
    body = (
        "written = 0\n"
        "try:\n"
        "    for n in range(400):\n"
        "        with open(f'/tmp/{n}', 'wb') as file: file.write(bytes(1 << 20))\n"
        "        written += 1\n"
        "except OSError: pass\n"
        "raise ValueError(json.dumps(written))"
    )
    assert raised_value(run(sandbox, body, "import json")) <= 64
    body = "raise ValueError(json.dumps(os.listdir('/tmp')))"
    assert raised_value(run(sandbox, body, "import os, json")) == shown_in("/tmp")


def test_garbage_in_the_answer_does_no_harm(sandbox):
    body = "for fd in range(3, 9):\n    try: os.write(fd, b'{\\n[[[[')\n    except OSError: pass"
    outcome = run(sandbox, body, "import os")
    assert outcome.garbage


def test_a_fork_bomb_is_ended_at_once(sandbox):
    body = "while True:\n    try: os.fork()\n    except OSError: pass"
    assert run(sandbox, body, "import os").ended == "processes"
    assert run(sandbox, "X = X + 1").ended == "finished"
