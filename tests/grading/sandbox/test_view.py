"""A submission sees the right files, wherever the course and its environment are installed."""

from __future__ import annotations

import csv
import json
import os
import shlex
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from sandbox_call import CALL

from grading import batch
from grading.__main__ import main
from grading.sandbox import views
from grading.sandbox.isolation import IsolationError, Limits, why_impossible
from grading.sandbox.job import Notebook
from grading.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
isolates = pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible()))
LOOKS = """\
import json, os
def tried(what):
    try: return what()
    except OSError as error: return type(error).__name__
def look(place):
    return {
        "read": tried(lambda: open(place + "/late.py").read()),
        "written": tried(lambda: open(place + "/late.py", "w").close()),
        "made": tried(lambda: os.mkdir(place + "/new")),
        "removed": tried(lambda: os.unlink(place + "/late.py")),
        "beside": tried(lambda: sorted(os.listdir(os.path.dirname(place)))),
    }
def identity_block(X, f, filters, stage, block):
    seen = {place: look(place) for place in PLACES}
    seen["/tmp"] = tried(lambda: open("/tmp/own", "w").write("1"))
    raise ValueError(json.dumps(seen))
"""
EVERYWHERE = ("/tmp", "/var/tmp", "/opt", "/srv", "/home", "/root", "/dev/shm", "/mnt")


@pytest.fixture
def places():
    """Folders to show, each inside a private folder, wherever this user can create some."""
    with ExitStack() as stack:
        folders = []
        for where in EVERYWHERE:
            if os.access(where, os.W_OK):
                outer = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=where)))
                (outer / "secret").write_text("nobody's business")
                (outer / "course").mkdir()
                (outer / "course" / "late.py").write_text("VALUE = 7")
                (outer / "course").chmod(0o755)
                folders.append(str(outer / "course"))
        yield folders


@isolates
@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_shown_folder_is_readable_wherever_it_is(places, umask):
    before = os.umask(umask)
    try:
        with Sandbox(Limits(seconds=60)) as sandbox:
            settings = sandbox._settings()
            settings["folders"] += places
            sandbox._settings = lambda: settings
            cell = LOOKS.replace("PLACES", repr(places))
            outcome = sandbox.run([Notebook("2_identity_block.ipynb", (cell,))], [CALL])
    finally:
        os.umask(before)
    seen = json.loads(outcome.answers[0].detail.split(": ", 1)[1])
    assert seen.pop("/tmp") == 1
    refused = dict.fromkeys(("written", "made", "removed"), "OSError")
    assert seen == {p: {"read": "VALUE = 7", **refused, "beside": ["course"]} for p in places}
    assert {Path(p, "late.py").read_text() for p in places} == {"VALUE = 7"}


def test_a_folder_inside_another_one_is_not_shown_twice():
    paths = ["/usr/lib", "/a/b/c", "/a/b", "/a/bc", "/a/b/d", "/a/b-x/e", "/usr/lib/python3"]
    assert views.outermost(paths) == ["/a/b", "/a/b-x/e", "/a/bc", "/usr/lib"]


@isolates
def test_a_sandbox_that_hides_late_imports_refuses_to_mark():
    right = [Notebook("2.ipynb", ("def identity_block(X, **_): return X + 1",))]
    with Sandbox(Limits(seconds=60)) as sandbox:
        settings = sandbox._settings()
        settings["folders"] = [f for f in settings["folders"] if "site-packages" not in f]
        settings["folders"] = [f for f in settings["folders"] if not f.startswith(sys.prefix)]
        sandbox._settings = lambda: settings
        with pytest.raises(IsolationError, match="a right program fails.*(No module|No such file)"):
            sandbox.run(right, [CALL])


def refuse(*_arguments) -> None:
    """Act as a worker whose sandbox does not work."""
    raise IsolationError("a right program fails in the sandbox of this machine")


def test_a_worker_that_cannot_isolate_ends_the_batch_with_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(batch, "mark_in_worker", refuse)
    (tmp_path / "class").mkdir()
    for name in ("ann", "bo"):
        cell = {"cell_type": "code", "source": "x = 1"}
        (tmp_path / "class" / f"{name}.ipynb").write_text(json.dumps({"cells": [cell]}))
    out = tmp_path / "results"
    command = ["grade", str(tmp_path / "class"), "--out", str(out), "--jobs", "1", "--no-sandbox"]
    assert main(command) == 2
    errors = [x for x in capsys.readouterr().err.splitlines() if "python -m grading:" in x]
    assert len(errors) == 1 and "a right program fails in the sandbox" in errors[0]
    assert [row["status"] for row in csv.DictReader((out / "grades.csv").open())] == [
        "ungraded"
    ] * 2


LATE = """\
import numpy as np
def identity_block(X, f, filters, stage, block):
    import numpy.random, tqdm, matplotlib.animation, IPython.display, resnets_utils
    F1, F2, F3 = filters
    name = f"{stage}{block}_branch2"
    shortcut = X
    for letter, n, size in (("a", F1, 1), ("b", F2, f), ("c", F3, 1)):
        X = Conv2D(n, size, padding="same", name=f"res{name}{letter}")(X)
        X = BatchNormalization(axis=3, name=f"bn{name}{letter}")(X)
        X = Activation("relu")(X) if letter != "c" else X
    return Activation("relu")(Add()([X, shortcut]))
"""


@isolates
def test_a_course_and_environment_under_tmp_give_the_same_marks(tmp_path):
    if os.getuid() != 0 or sys.prefix == sys.base_prefix:
        pytest.skip("needs root, to mount both elsewhere, and a virtual environment")
    (tmp_path / "class").mkdir()
    cell = {"cell_type": "code", "source": LATE}
    (tmp_path / "class" / "ann.ipynb").write_text(json.dumps({"cells": [cell]}))
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        steps = [
            f"mkdir {place}/course {place}/env",
            f"mount --bind {shlex.quote(str(ROOT))} {place}/course",
            f"mount --bind {shlex.quote(sys.prefix)} {place}/env",
            f"cd {place}/course",
            f"{place}/env/bin/python -m grading grade {tmp_path}/class --out {tmp_path}/out",
        ]
        ran = subprocess.run(
            ["unshare", "--mount", "sh", "-c", " && ".join(steps)], capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr
        (row,) = csv.DictReader((tmp_path / "out" / "grades.csv").open())
        assert row["identity_block"] == "10", ran.stdout
