"""System calls of a submission: those that ordinary programs need work, all others are refused."""

from __future__ import annotations

import errno
import json
import platform
import textwrap

import pytest
from sandbox_call import CALL

from grading.sandbox import system_calls
from grading.sandbox.isolation import Limits, why_impossible
from grading.sandbox.job import Notebook
from grading.sandbox.sandbox import Sandbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible())),
    pytest.mark.skipif(system_calls.pyseccomp is None, reason="needs libseccomp"),
]
# Bodies of functions; their assertions must hold.
ORDINARY = {
    "fits a network": """
        start = keras.Input((8, 8, 3))
        x = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3)(start))
        end = keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(x))
        model = keras.Model(start, end)
        model.compile("adam", "sparse_categorical_crossentropy")
        assert model.fit(np.ones((32, 8, 8, 3)), np.zeros(32), epochs=2, verbose=0).history["loss"]
        assert model.predict(np.ones((2, 8, 8, 3)), verbose=0).shape == (2, 2)
        model.save("/tmp/model.keras")
        assert keras.models.load_model("/tmp/model.keras").count_params() == model.count_params()
        """,
    "compiles": "assert tf.function(lambda x: x * 2, jit_compile=True)(tf.ones(3))[0] == 2",
    "reads data in parallel": """
        data = tf.data.Dataset.range(8).shuffle(4).map(lambda x: x + 1, num_parallel_calls=2)
        assert len(list(data.batch(2).prefetch(1))) == 4
        """,
    "imports late": """
        import concurrent.futures, ctypes.util, h5py, multiprocessing, numpy.testing, platform
        import IPython.display, keras.applications, matplotlib.animation, numpy.random, pydot
        import socket, sqlite3, ssl, subprocess, tqdm.auto, uuid, xml.dom.minidom, zoneinfo
        """,
    "has threads": """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(abs, range(-3, 0))) == [3, 2, 1]
        """,
    "forks": """
        import multiprocessing
        context = multiprocessing.get_context("fork")
        receiver, sender = context.Pipe(False)
        process = context.Process(target=lambda: sender.send(3))
        process.start()
        assert receiver.recv() == 3
        process.join()
        """,
    "writes files": """
        import h5py, mmap, os, shutil, tempfile
        with tempfile.TemporaryDirectory() as folder:
            with h5py.File(f"{folder}/x.h5", "w") as file:
                file["x"] = [1, 2]
            os.chmod(f"{folder}/x.h5", 0o600)
            os.rename(f"{folder}/x.h5", f"{folder}/y.h5")
            shutil.copytree(folder, "/tmp/copied", dirs_exist_ok=True)
        with open("/tmp/copied/y.h5", "rb+") as file:
            assert mmap.mmap(file.fileno(), 0)[1:4] == b"HDF"
        """,
    "draws": """
        import matplotlib.pyplot as plt
        plt.plot([1, 2])
        plt.savefig("/tmp/drawn.png")
        """,
    "asks for the time and the machine": """
        import datetime, os, platform, random, resource, signal, time
        time.sleep(0.01), datetime.datetime.now().astimezone(), time.strftime("%c"), os.nice(0)
        platform.platform(), platform.uname().processor, os.cpu_count(), os.sched_getaffinity(0)
        os.urandom(4), random.SystemRandom().random(), resource.getrusage(0), os.getloadavg()
        resource.getrlimit(resource.RLIMIT_AS)
        signal.setitimer(signal.ITIMER_REAL, 5), signal.alarm(0)
        """,
}
# Makes system calls, and reports those that were not refused.
RAW = """
import ctypes, json
libc = ctypes.CDLL(None, use_errno=True)
def identity_block(X, f, filters, stage, block):
    results = {}
    for number in NUMBERS:
        ctypes.set_errno(0)
        result = libc.syscall(number, *ARGUMENTS)
        if result != -1 or ctypes.get_errno() not in REFUSED:
            results[number] = [result, ctypes.get_errno()]
    raise ValueError(json.dumps(results))
"""


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Limits(seconds=60)) as shared:
        yield shared


def detail(sandbox: Sandbox, cell: str) -> str:
    """Return the message of the exception that a submission of one cell raised."""
    outcome = sandbox.run([Notebook("2_identity_block.ipynb", (cell,))], [CALL])
    return outcome.answers[0].detail


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_program_works(sandbox, name):
    body = textwrap.indent(textwrap.dedent(ORDINARY[name]), "    ")
    cell = (
        "import keras\nimport numpy as np\nimport tensorflow as tf\n"
        f"def identity_block(X, f, filters, stage, block):\n{body}\n    raise ValueError('works')"
    )
    assert detail(sandbox, cell) == "ValueError: works"


def let_through(sandbox: Sandbox, numbers: list[int], *arguments: int) -> dict[str, list[int]]:
    """Return the result and errno of each of these system calls that was not refused."""
    cell = RAW.replace("NUMBERS", repr(numbers)).replace("ARGUMENTS", repr(arguments))
    cell = cell.replace("REFUSED", repr((errno.EPERM, errno.ENOSYS)))
    return json.loads(detail(sandbox, cell).split(": ", 1)[1])


def number(name: str) -> int:
    """Return a system call's number on this machine."""
    seccomp = system_calls.pyseccomp
    return seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)


def test_every_other_call_is_refused(sandbox):
    bounded = {"clone", "mmap", "prctl", "prlimit64"}
    allowed = {number(name) for name in system_calls.ALLOWED_CALLS | bounded}
    # Calls that only the kernel's own code may make: seccomp does not see them, and any other
    # process that makes them is killed.
    own = {335, 336} if platform.machine() == "x86_64" else set()  # uretprobe, uprobe
    others = [n for n in range(600) if n not in allowed | own]
    assert len(others) > 300 and number("io_uring_setup") in others
    assert let_through(sandbox, others) == {}


def test_calls_with_forbidden_arguments_are_refused(sandbox):
    signal_and = 17
    namespaces = [0x10000000, 0x20000, 0x40000000, 0x02000000, 0x04000000, 0x08000000, 0x20000000]
    for flag in namespaces:
        assert let_through(sandbox, [number("clone")], flag | signal_and, 0, 0, 0, 0) == {}
    shared_and_anonymous = (0, 4096, 3, 0x21, -1, 0)
    assert let_through(sandbox, [number("mmap")], *shared_and_anonymous) == {}
    for option in (1, 4, 22, 35, 38, 0x59616D61):
        assert let_through(sandbox, [number("prctl")], option, 1, 0, 0, 0) == {}
    assert let_through(sandbox, [number("prctl")], 3, 0, 0, 0, 0) != {}
    assert let_through(sandbox, [number("prlimit64")], 0, 0, 1, 0) == {}
    assert let_through(sandbox, [number("prlimit64")], 0, 0, 0, 0) != {}


def test_a_submission_cannot_start_another_program(sandbox):
    cell = (
        "import subprocess\ndef identity_block(X, f, filters, stage, block):\n"
        "    subprocess.run(['/bin/sh', '-c', 'true'])"
    )
    assert detail(sandbox, cell).startswith("PermissionError")
