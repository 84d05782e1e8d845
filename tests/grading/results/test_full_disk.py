"""Results that cannot be written give one line and exit status 2; stored marks are unchanged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from grading import batch
from grading.__main__ import main
from grading.results.records import GRADED, Mark, Record, Results
from grading.results.spreadsheet import no_formula
from resnets.exercises import NAMES

MADE = 3_000  # bytes of a record's longest text


@pytest.fixture
def mounted(tmp_path):
    """A separate file system with 256 kB; only root can make it."""
    place = tmp_path / "small"
    place.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k,mode=755", "tmpfs", str(place)],
        capture_output=True, text=True,
    )  # fmt: skip
    if mount.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mount.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def submissions(tmp_path):
    """A class of forty students."""
    folder = tmp_path / "class"
    folder.mkdir()
    for number in range(40):
        notebook = {"cells": [{"cell_type": "code", "source": f"x = {number}"}]}
        (folder / f"student{number:02}.ipynb").write_text(json.dumps(notebook))
    return folder


@pytest.fixture(autouse=True)
def quick_marks(monkeypatch):
    """Make up the marks: the test is about storing them."""

    def made_up(tasks, *_):
        for submission, key in tasks:
            marks = {name: Mark(0, 10, {"function": 1.0}, None, "x" * MADE) for name in NAMES}
            yield Record(submission.student, key, GRADED, marks=marks)

    monkeypatch.setattr(batch, "mark_all", made_up)
    monkeypatch.setattr(batch, "hide", lambda *_: None)
    monkeypatch.setattr(batch, "grader_version", lambda: "1")


def grade(submissions: Path, out: Path, capsys) -> tuple[int, list[str], list[str]]:
    """Return exit status, the students reported as marked, and the grader's error lines."""
    status = main(["grade", str(submissions), "--out", str(out), "--no-sandbox"])
    said = capsys.readouterr()
    students = [line.split(":")[0] for line in said.out.splitlines() if line.startswith("student")]
    return status, students, [x for x in said.err.splitlines() if "python -m grading:" in x]


def test_a_full_disk_ends_with_one_line_and_loses_no_mark(mounted, submissions, capsys):
    out = mounted / "results"
    status, announced, wrong = grade(submissions, out, capsys)
    assert status == 2
    assert (
        len(wrong) == 1
        and "cannot be written (No space left on device); free some disk space" in wrong[0]
    )
    assert 0 < len(announced) < 40
    kept = {path: path.read_text() for path in (out / "records").glob("*.json")}
    assert set(announced) <= {record.student for record in Results(out).all()}
    assert not list(out.rglob(".writing-*"))
    subprocess.run(["mount", "-o", "remount,size=8m", str(mounted)], check=True)
    status, more, wrong = grade(submissions, out, capsys)
    assert (status, wrong) == (0, [])
    assert {record.status for record in Results(out).all()} == {GRADED}
    assert len(Results(out).all()) == 40 == len((out / "grades.csv").read_text().splitlines()) - 1
    assert not set(announced) & set(more), "marked twice"
    assert {path: path.read_text() for path in kept} == kept


@pytest.mark.parametrize("begun", [False, True])
def test_a_read_only_disk_is_reported_in_one_line(mounted, submissions, capsys, begun):
    out = mounted / "results"
    if begun:
        out.mkdir()
        Results(out).save(Record("ann", "key", GRADED))
        (out / ".writing-by-a-killed-grader").touch()
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    status, announced, wrong = grade(submissions, out, capsys)
    assert (status, announced, len(wrong)) == (2, [], 1)
    assert "cannot store results there (Read-only file system)" in wrong[0]
    assert not begun or Results(out).load("ann").status == GRADED


@pytest.fixture
def plain_user():
    """Run as an ordinary user, because root may write anywhere."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    yield
    os.seteuid(before)


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_unreadable_submissions_are_reported_in_one_line(mode, capsys, request):
    with tempfile.TemporaryDirectory() as place:
        closed = Path(place) / "closed" / "class"
        closed.mkdir(parents=True)
        os.chmod(place, 0o755)
        closed.parent.chmod(mode)
        request.getfixturevalue("plain_user")
        for folder in (closed, closed.parent):
            status, announced, wrong = grade(folder, Path(place) / "out", capsys)
            assert (status, announced, len(wrong)) == (2, [], 1)
            if mode == 0 or folder == closed:
                assert "cannot be read (Permission denied)" in wrong[0]
        os.seteuid(os.getuid())
        closed.parent.chmod(0o755)


def test_a_folder_of_another_user_is_reported_in_one_line(submissions, capsys, request):
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "results"
        assert grade(submissions, out, capsys)[0] == 0
        shutil.copytree(submissions, Path(place) / "class")
        os.chmod(place, 0o755)
        out.chmod(0o555)
        request.getfixturevalue("plain_user")
        status, announced, wrong = grade(Path(place) / "class", out, capsys)
        assert (status, announced, len(wrong)) == (2, [], 1)
        assert "cannot store results there (Permission denied)" in wrong[0]
        status, _, wrong = grade(Path(place) / "class", Path(place) / "new", capsys)
        assert status == 2 and "cannot store results there (Permission denied)" in wrong[0]
        os.seteuid(os.getuid())
        out.chmod(0o755)


SIGNS = [
    "=",
    "+",
    "-",
    "@",
    "＝",
    "＋",
    "－",
    "＠",
    "﹦",
    "﹢",
    "﹣",
    "﹫",
    "⁺",
    "₊",
    "⁻",
    "₌",
    "−",
]


@pytest.mark.parametrize("before", ["", " ", "\u200b", "\ufeff", "\u3000", "\x00", "\n", "\t"])
@pytest.mark.parametrize("sign", SIGNS)
def test_no_cell_begins_like_a_formula(sign, before):
    assert no_formula(f"{before}{sign}1+cmd|' /C calc'!A0").startswith("'")


@pytest.mark.parametrize("name", ["ann", "", "o-neil", "Åsa", "李明", "a=b", "1+1", "(x)", "_-"])
def test_other_cells_are_unchanged(name):
    assert no_formula(name) == name
