"""Marks on their way out: in the format of the program that takes them, and never a false 0."""

from __future__ import annotations

import csv
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import jsonschema
import pytest
from house_helpers import browser_page, needs_browser
from traitlets.config import Config

from grading import export
from grading.__main__ import main
from grading.results import EXERCISES, GRADED, Mark, Record, Results
from tools.notebook_files import find_lessons

STRANGE = '=1+1, "x"\n../ünal'
# https://gradescope-autograders.readthedocs.io/en/latest/specs/ (Output format)
FORMATS = ["text", "html", "simple_format", "md", "ansi"]
VISIBILITY = ["hidden", "after_due_date", "after_published", "visible"]
GRADESCOPE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["score", "tests"],
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "number"},
        "output": {"type": "string"},
        "output_format": {"enum": FORMATS},
        "test_output_format": {"enum": FORMATS},
        "test_name_format": {"enum": FORMATS},
        "visibility": {"enum": VISIBILITY},
        "stdout_visibility": {"enum": VISIBILITY},
        "extra_data": {"type": "object"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["score", "max_score", "name"],
                "properties": {
                    "score": {"type": "number", "minimum": 0},
                    "max_score": {"type": "number"},
                    "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "name_format": {"enum": FORMATS},
                    "number": {"type": "string"},
                    "output": {"type": "string"},
                    "output_format": {"enum": FORMATS},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "visibility": {"enum": VISIBILITY},
                    "extra_data": {"type": "object"},
                },
            },
        },
    },
}


def record(student: str, points: float, last: float = 3.5) -> Record:
    marks = {name: Mark(points, 10, message=f"<b>{name}</b>") for name in EXERCISES}
    marks["ResNet50"] = Mark(last, 10, mistake="no_shortcut", message="no shortcut")
    return Record(student, "key", GRADED, marks=marks, seconds=1.5)


CLASS = [
    record("ada", 10),
    record(STRANGE, 4),
    record("nil", 0, last=0),
    Record("eve", "key", "ungraded: the sandbox died"),
]


def test_gradescope_takes_every_student_s_file(tmp_path):
    assert export.to_gradescope(CLASS, tmp_path) == ["eve"]
    folders = sorted(path.name for path in tmp_path.iterdir())
    assert len(folders) == 3 and "ada" in folders  # all of them here: no "../" has led outside
    for folder in folders:
        jsonschema.validate(
            json.loads((tmp_path / folder / "results.json").read_text()), GRADESCOPE
        )
    ada = json.loads((tmp_path / "ada" / "results.json").read_text())
    assert ada["score"] == 33.5 == sum(test["score"] for test in ada["tests"])
    assert [test["status"] for test in ada["tests"]] == ["passed"] * 3 + ["failed"]
    assert ada["tests"][3]["output"] == "no shortcut"


def test_the_gradescope_schema_refuses_what_gradescope_would():
    good = export._gradescope(CLASS[0])
    for bad in (
        {**good, "score": "33.5"},
        {**good, "visibility": "public"},
        {**good, "tests": [{**good["tests"][0], "status": "ok"}]},
        {**good, "marks": {}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, GRADESCOPE)


# Canvas's own export: a line for how marks are posted, one for the points, ids, read-only sums.
ROSTER = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,ResNets (4711),Essay (4712),Final Score\n"
    ",,,,,Manual Posting,,(read only)\n"
    "    Points Possible,,,,,40,20,(read only)\n"
    '"Lovelace, Ada",101,s1,ada,A,,15,80\n'
    '"Nil, Nina",102,s2,nil,A,7,,\n'
    '"Eve, Eva",103,s3,eve,A,12,,\n'
    '"Stranger, S.",104,s4,not-in-class,A,5,,\n'
)


def canvas(tmp_path, roster=ROSTER, column="ResNets"):
    source, target = tmp_path / "roster.csv", tmp_path / "import.csv"
    source.write_text(roster, encoding="utf-8")
    left_out = export.to_canvas(CLASS, target, source, column)
    with open(target, newline="", encoding="utf-8-sig") as file:
        return left_out, list(csv.reader(file))


def test_canvas_gets_its_own_table_back_with_one_column_filled(tmp_path):
    left_out, rows = canvas(tmp_path)
    before = list(csv.reader(ROSTER.lstrip("\ufeff").splitlines()))
    assert [row[5] for row in rows] == [
        "ResNets (4711)",
        "Manual Posting",
        "40",
        "33.5",
        "0",
        "12",
        "5",
    ]
    for new, old in zip(rows, before, strict=True):
        assert new[:5] + new[6:] == old[:5] + old[6:]  # every other mark stays
    assert left_out == [STRANGE, "eve"]


def test_canvas_is_offered_a_new_column(tmp_path):
    _, rows = canvas(tmp_path, column="Residual networks")
    assert rows[0][5:7] == ["Residual networks", "ResNets (4711)"]
    assert [row[5] for row in rows[2:]] == ["40", "33.5", "0", "", ""]
    assert {len(row) for row in rows} == {9}


def test_a_table_that_is_not_canvas_s_is_refused(tmp_path):
    with pytest.raises(export.ExportError, match="Export Entire Gradebook"):
        canvas(tmp_path, roster="name,mark\nada,3\n")


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    """nbgrader's own course from our lessons, the class's marks in its gradebook."""
    root = tmp_path_factory.mktemp("course")
    results = Results(root / "results")
    for one in CLASS:
        results.save(one)
    source = root / "source" / export.ASSIGNMENT
    source.mkdir(parents=True)
    for lesson in find_lessons():
        shutil.copy(lesson.source, source)
    database = root / "gradebook.db"
    settings = Config()
    settings.CourseDirectory.root = str(root)
    settings.CourseDirectory.db_url = f"sqlite:///{database}"
    with pytest.MonkeyPatch.context() as patch:
        # nbgrader calls alembic by name to make its gradebook.
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        patch.chdir(root)
        from nbgrader.apps import NbGraderAPI

        assert NbGraderAPI(config=settings).generate_assignment(export.ASSIGNMENT)["success"]
        command = ["export", str(results.folder), "--format", "nbgrader", "--to", str(database)]
        assert main(command) == main(command) == 0  # the second time changes nothing
        yield root


def test_nbgrader_holds_the_marks(gradebook):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{gradebook / 'gradebook.db'}") as book:
        found = {
            one.student.id: (one.score, one.max_score, one.needs_manual_grade)
            for one in book.assignment_submissions(export.ASSIGNMENT)
        }
        cells = [
            cell.name for cell in book.find_assignment(export.ASSIGNMENT).notebooks[1].grade_cells
        ]
    assert found == {"ada": (33.5, 40, False), STRANGE: (15.5, 40, False), "nil": (0, 40, False)}
    assert cells == ["check_identity_block"]  # the lesson's own cell, not another beside it


@pytest.fixture(scope="module")
def address(gradebook):
    """A Jupyter server with nbgrader's formgrader on the course."""
    config = gradebook / "config"
    config.mkdir()
    extension = {"jpserver_extensions": {"nbgrader.server_extensions.formgrader": True}}
    (config / "jupyter_server_config.json").write_text(json.dumps({"ServerApp": extension}))
    (gradebook / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        f"c.CourseDirectory.root = {str(gradebook)!r}\n"
        f"c.CourseDirectory.db_url = {'sqlite:///' + str(gradebook / 'gradebook.db')!r}\n"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root"]
    command += [f"--port={port}", "--IdentityProvider.token=secret"]
    env = {**os.environ, "JUPYTER_CONFIG_DIR": str(config), "JUPYTER_DATA_DIR": str(config)}
    process = subprocess.Popen(
        command, cwd=gradebook, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield wait_for(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait()


@needs_browser
def test_formgrader_shows_the_marks(address):
    with browser_page(extra_http_headers={"Authorization": "token secret"}) as page:
        page.goto(f"{address}/formgrader/manage_submissions/{export.ASSIGNMENT}")
        page.wait_for_selector("text=33.5 / 40")
        text = page.locator("body").inner_text()
    assert "15.5 / 40" in text and "0 / 40" in text and "eve" not in text


def wait_for(address: str, process: subprocess.Popen) -> str:
    """Wait until a server answers, and give its address."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5)
            return address
        except urllib.error.HTTPError:
            return address
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{address}: no Jupyter server came up")
