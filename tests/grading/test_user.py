"""Grading works for a user other than root, also without seccomp, Landlock or a full /proc."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from grading.results.records import Results
from grading.sandbox.isolation import missing_walls, why_impossible

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible())),
    pytest.mark.skipif(
        os.name != "posix" or os.getuid() != 0, reason="needs root, to become another user"
    ),
]
# It runs TensorFlow operations, which need more of the sandbox than building a network does.
RIGHT = """\
def gradient_norms(model, X, Y):
    kernels = [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.categorical_crossentropy(Y, model(X, training=True)))
    return np.array([float(tf.norm(g)) for g in tape.gradient(loss, kernels)])
"""
HOG = """\
def identity_block(X, f, filters, stage, block):
    held = []
    while True: held.append(bytearray(10**7))
"""
UNREADABLE = "raise ImportError('this machine has none')"


def let_in(base: str, place: Path) -> list[str]:
    """Return shell commands that let other users read an interpreter in root's home folder."""
    closed = [p for p in Path(base).parents if p.is_dir() and not p.stat().st_mode & 1]
    if not closed:
        return []
    (place / "python").mkdir()
    return [
        f"mount --bind {base} {place}/python",
        f"mount -t tmpfs -o mode=755 tmpfs {closed[-1]}",
        f"mkdir -p {base}",
        f"mount --bind {place}/python {base}",
    ]


def without(module: str, place: Path) -> str:
    """Return a shell command after which the import of a module fails."""
    (place / "broken.py").write_text(UNREADABLE)
    origin = shlex.quote(importlib.util.find_spec(module).origin)
    return f"mount --bind {place}/broken.py {origin}"


@pytest.fixture
def place():
    """A folder that every user can enter; pytest's tmp_path is private."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@pytest.mark.parametrize("machine", ["as it is", "little of /proc", "without seccomp and Landlock"])
def test_a_user_other_than_root_can_grade(place, machine):
    (place / "class").mkdir()
    for name, cell in (("ann", RIGHT), ("bo", HOG)):
        notebook = {"cells": [{"cell_type": "code", "source": cell}]}
        (place / "class" / f"{name}.ipynb").write_text(json.dumps(notebook))
    (place / "out").mkdir(mode=0o777)
    (place / "out").chmod(0o777)
    steps = let_in(sys.base_prefix, place)
    if machine == "little of /proc":  # as in containers, where no other /proc can be mounted
        steps.append("mount -t tmpfs -o ro tmpfs /proc/sys")
    if machine.startswith("without"):
        steps += [without(module, place) for module in ("pyseccomp", "landlock")]
    user = "setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/nowhere"
    grade = f"-m grading grade {place}/class --out {place}/out/results --memory 0.5 --timeout 100"
    python = shlex.quote(sys.executable)
    steps += [f"cd {shlex.quote(str(ROOT))}", f"{user} {python} -B {grade} --jobs 1"]
    ran = subprocess.run(
        ["unshare", "--mount", "sh", "-c", " && ".join(steps)], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    out = place / "out" / "results"
    rows = {row["student"]: row for row in csv.DictReader((out / "grades.csv").open())}
    assert rows["ann"]["gradient_norms"] == "10", rows
    assert rows["bo"]["identity_block"] == "0", rows
    lacking = ["seccomp", "Landlock"] if machine.startswith("without") else missing_walls()
    walls = f"isolated without {' and '.join(lacking)}" if lacking else "isolated"
    assert {record.sandbox for record in Results(out).all()} == {walls}
