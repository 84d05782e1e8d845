"""An export that is killed at any moment leaves the old files intact; the next run completes it."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import sqlite3
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import nbgrader.api
import pytest
from export_class import record

from grading.exports.canvas import to_canvas
from grading.exports.gradescope import to_gradescope
from grading.exports.nbgrader import to_nbgrader

pytestmark = pytest.mark.slow

STUDENTS = ["ada", "submission_71", "submission_72"]
EARLIER = [record(student, 2) for student in STUDENTS]
LATER = [record(student, 9) for student in STUDENTS]
ROSTER = "Student,ID,SIS Login ID,Section\n" + "".join(
    f"{student},{number},{student},A\n" for number, student in enumerate(STUDENTS, 1)
)
WRITES = {"open", "os.mkdir", "os.rename", "os.remove", "os.chmod", "shutil.move"}


def killed(export: Callable[[], object], step: int, watch: Callable) -> bool:
    """Run the export in a fork that kills itself at step n; return whether it got that far."""
    pid = os.fork()
    if pid == 0:
        left = [step]

        def count() -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        watch(count)
        export()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def at_files(count: Callable[[], None]) -> None:
    """Count every opening, creating, renaming and removing of a file."""
    sys.addaudithook(lambda event, _: count() if event in WRITES else None)


def at_statements(count: Callable[[], None]) -> None:
    """Count every SQL statement before the database gets it, and every file operation."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    event.listen(Engine, "before_cursor_execute", lambda *_: count())
    event.listen(Engine, "commit", lambda *_: count())
    at_files(count)


def contents(folder: Path) -> dict[str, object]:
    """Return every file's content; for a gradebook, each student's points."""
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as packed:
                assert packed.testzip() is None
        if path.suffix == ".db":
            files[path.name] = points(path)
        elif path.is_file():
            files[path.relative_to(folder).as_posix()] = path.read_bytes()
    return files


def points(path: Path) -> list[tuple]:
    with sqlite3.connect(path) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert database.execute("select count(*) from alembic_version").fetchone() == (1,)
        return database.execute(
            "select student_id, auto_score from submitted_assignment as work"
            " left join submitted_notebook as lesson on lesson.assignment_id = work.id"
            " left join grade on grade.notebook_id = lesson.id"
            " order by student_id, auto_score"
        ).fetchall()


def gradescope(folder: Path, records: list) -> None:
    to_gradescope(records, folder)


def canvas(folder: Path, records: list) -> None:
    to_canvas(records, folder / "import.csv", folder.parent / "roster.csv")


def gradebook(folder: Path, records: list) -> None:
    to_nbgrader(records, folder / "gradebook.db")


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own
@pytest.mark.parametrize(
    ("export", "watch", "before", "stride"),
    [
        (gradescope, at_files, EARLIER, 1),
        (gradescope, at_files, [], 1),
        (canvas, at_files, EARLIER, 1),
        (canvas, at_files, [], 1),
        (gradebook, at_statements, EARLIER, 5),
        (gradebook, at_statements, [], 20),
    ],
)
def test_a_killed_export_leaves_old_or_new_files(
    tmp_path, monkeypatch, export, watch, before, stride
):
    # It calls alembic, which takes seconds, to say what does not change.
    version = functools.cache(nbgrader.api.get_alembic_version)
    monkeypatch.setattr(nbgrader.api, "get_alembic_version", version)
    (tmp_path / "roster.csv").write_text(ROSTER)
    for name, records in (("old", before), ("new", LATER)):
        (tmp_path / name).mkdir()
        if records:
            export(tmp_path / name, records)
    old, new = contents(tmp_path / "old"), contents(tmp_path / "new")
    assert old != new
    step, kills = 1, 0
    while True:
        folder = tmp_path / f"step{step}"
        shutil.copytree(tmp_path / "old", folder)
        done = not killed(lambda folder=folder: export(folder, LATER), step, watch)
        files = contents(folder)
        for name in old:
            assert files[name] in (old[name], new.get(name)), f"step {step}: {name}"
        for name in files.keys() & new.keys() - old.keys():
            assert files[name] == new[name], f"step {step}: {name}"
        if done:
            break
        kills += 1
        export(folder, LATER)
        assert contents(folder) == new, f"step {step}"
        step += stride
    assert files == new and kills >= 5
