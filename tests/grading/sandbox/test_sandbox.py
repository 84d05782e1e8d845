"""The sandbox: what a submission can do to the machine, to others, to its own mark."""

import json
import os
import sys
import time
from pathlib import Path

import pytest
from sandbox_call import CALL

from grading.sandbox.isolation import Limits, why_impossible
from grading.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible()))

NEEDS = "def needs(true):\n    if not true: raise Exception('allowed')\n"
RIGHT = "def identity_block(X, f, filters, stage, block):\n    return Conv2D(4, 1)(X)\n"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Limits(seconds=6, memory=600 << 20)) as warm:
        yield warm


def run(sandbox, body: str, before: str = ""):
    """Run a submission whose identity_block has this body."""
    lines = "\n".join("    " + line for line in body.splitlines())
    source = f"{before}\ndef identity_block(X, f, filters, stage, block):\n{lines}\n    return X\n"
    return sandbox.run([{"name": "2_identity_block.ipynb", "cells": [source]}], [CALL])


def said(outcome) -> object:
    """What a submission brought out by raising it as a JSON message."""
    return json.loads(outcome.answers["a"]["detail"].split(": ", 1)[1])


def test_hands_out_the_architecture(sandbox):
    outcome = sandbox.run([{"name": "n.ipynb", "cells": [RIGHT]}], [CALL])
    assert outcome.ended == "finished"
    assert json.loads(outcome.answers["a"]["model"])["class_name"] == "Functional"
    assert not outcome.garbage


def test_an_infinite_loop_is_ended(sandbox):
    assert run(sandbox, "while True: pass").ended == "timeout"


def test_a_memory_hog_gets_no_more_than_its_limit(sandbox):
    outcome = run(sandbox, "held = []\nwhile True: held.append(bytearray(20_000_000))")
    assert outcome.answers.get("a", {}).get("error") == "exception" or outcome.ended == "memory"
    assert outcome.peak_memory < 900 << 20


def test_leaving_ends_only_itself(sandbox):
    assert run(sandbox, "os._exit(3)", "import os").ended == "exit 3"
    assert run(sandbox, "sys.exit(0)", "import sys").answers["a"]["error"] == "exception"
    assert run(sandbox, "X = X + 1").answers["a"].get("model")


def test_processes_left_behind_are_gone(sandbox):
    marker = "sleep-of-the-submission"
    body = f"if os.fork() == 0:\n    os.setsid()\n    time.sleep(1000) or '{marker}'"
    run(sandbox, body, "import os, time")
    first = sandbox._process.pid
    children = Path(f"/proc/{first}/task/{first}/children")
    for _ in range(100):  # the guard itself is on its way out when its report arrives
        if not children.read_text().split():
            break
        time.sleep(0.05)
    assert children.read_text().split() == []


# Where the course or its environment lies under /tmp, what holds it is seen there.
SEEN_IN_TMP = sorted(
    {
        path.relative_to("/tmp").parts[0]
        for path in map(Path, (Path(__file__).resolve().parents[3], sys.prefix, sys.base_prefix))
        if path.is_relative_to("/tmp")
    }
)


def test_sees_no_file_but_the_interpreters(sandbox):
    body = (
        "seen = {}\n"
        "for place in ('/', '/etc', '/tmp', '/home', '/var', os.environ.get('HOME', '/')):\n"
        "    try: seen[place] = sorted(os.listdir(place))\n"
        "    except OSError: seen[place] = None\n"
        "raise ValueError(json.dumps(seen))"
    )
    seen = said(run(sandbox, body, "import os, json"))
    assert seen["/etc"] == ["ld.so.cache"]
    assert seen["/tmp"] == SEEN_IN_TMP
    assert not {"var", "home", "boot", "mnt"} & set(seen["/"]) or seen["/home"] is not None
    assert seen["/var"] is None


def test_cannot_read_the_catalogue_or_the_reference(sandbox):
    root = Path(__file__).resolve().parents[3]
    wanted = [
        str(root / "grading/catalogue" / f"{name}.py") for name in ("blocks", "reference_blocks")
    ]
    assert all(os.path.exists(path) for path in wanted)
    body = f"raise ValueError(json.dumps([os.path.exists(p) for p in {wanted!r}]))"
    assert said(run(sandbox, body, "import os, json")) == [False, False]


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
        "socket.socketpair()",  # from here on: memory that would be nobody's
        "os.memfd_create('x')",
        "mmap.mmap(-1, 4096)",
        "open('/dev/zero', 'rb')",
        "needs(ctypes.CDLL(None).shmget(0, 4096, 0o1600) == -1) or os.listdir('/nowhere')",
    ],
)
def test_is_refused(sandbox, attempt):
    outcome = run(sandbox, attempt, "import ctypes, mmap, os, socket\n" + NEEDS)
    assert outcome.answers["a"]["error"] == "exception"
    assert "Error" in outcome.answers["a"]["detail"]


def test_cannot_ask_to_outlive_its_guard(sandbox):
    body = "raise ValueError(ctypes.CDLL(None).prctl(1, 0, 0, 0, 0))"
    assert said(run(sandbox, body, "import ctypes")) == -1


@pytest.mark.parametrize("code", [70, 71, 1])
def test_no_exit_code_looks_like_walls_that_failed(sandbox, code):
    assert run(sandbox, f"os._exit({code})", "import os").ended == f"exit {code}"


def test_tensorflow_needs_few_threads(sandbox):
    body = (
        "tf.matmul(tf.ones((300, 300)), tf.ones((300, 300)))\n"
        "raise ValueError(json.dumps(len(os.listdir('/proc/self/task'))))"
    )
    assert said(run(sandbox, body, "import json, os")) < sandbox.limits.threads / 2


def test_environment_is_empty(sandbox):
    body = "raise ValueError(json.dumps(sorted(os.environ)))"
    assert said(run(sandbox, body, "import os, json")) == ["HOME"]


def test_its_tmp_is_small_and_its_own(sandbox):
    body = (
        "written = 0\n"
        "try:\n"
        "    for n in range(400):\n"
        "        with open(f'/tmp/{n}', 'wb') as file: file.write(bytes(1 << 20))\n"
        "        written += 1\n"
        "except OSError: pass\n"
        "raise ValueError(json.dumps(written))"
    )
    assert said(run(sandbox, body, "import json")) <= 64
    body = "raise ValueError(json.dumps(os.listdir('/tmp')))"
    assert said(run(sandbox, body, "import os, json")) == SEEN_IN_TMP


def test_garbage_on_the_answer_is_only_garbage(sandbox):
    body = "for fd in range(3, 9):\n    try: os.write(fd, b'{\\n[[[[')\n    except OSError: pass"
    outcome = run(sandbox, body, "import os")
    assert outcome.garbage


def test_a_fork_bomb_is_ended_at_once(sandbox):
    body = "while True:\n    try: os.fork()\n    except OSError: pass"
    assert run(sandbox, body, "import os").ended == "processes"
    assert run(sandbox, "X = X + 1").ended == "finished"
