"""An exercise is one entry, one module in the catalogue and its cells: everything else follows."""

from __future__ import annotations

import csv
import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from house_helpers import course_copy, path_with_scripts
from page_checks import checked

from grading.sandbox.isolation import why_impossible
from resnets.exercises import EXERCISES

pytestmark = pytest.mark.slow

NOTEBOOK = "2_identity_block"
ENTRIES = """
    Exercise(
        name="share_kept",
        notebook="2_identity_block",
        signature="share_kept(momentum, steps=1)",
        kind=Kind.NUMBERS,
        passed="Your share is right for every momentum it was tried with.",
        returns="one number, the share",
        how_to_return="Return the share as a number.",
        points=4,
        aspects=(
            Aspect("function", 0.5, "Right for one step"),
            Aspect("generality", 0.5, "Right for many steps"),
        ),
    ),
    Exercise(
        name="Projection",
        notebook="2_identity_block",
        signature="Projection(X, filters, stage=1)",
        kind=Kind.BLOCK,
        passed="Your projection is right.",
        points=6,
    ),
"""
MODULES = {
    "share_kept": '''"""`share_kept`: the share of its start that a moving average keeps."""

from grading.catalogue.entry import Numbers
from grading.catalogue.mistake import Mistake

ENTRY = Numbers(
    mistakes=[
        Mistake(
            "steps_ignored",
            "The number of steps is not used.",
            "Each step keeps the share `momentum` of what was there before it.",
            "Multiply as often as there are steps.",
            (lambda momentum, steps: momentum,),
        ),
    ],
    reference=lambda momentum, steps: momentum**steps,
    stored={
        "a momentum of 0.5 and 3 steps": lambda: {"momentum": 0.5, "steps": 3},
        "a momentum of 0.9 and 2 steps": lambda: {"momentum": 0.9, "steps": 2},
    },
    arguments=lambda draw: draw,
    draw=lambda rng: [
        {"momentum": float(rng.uniform(0.2, 0.9)), "steps": 1},
        {"momentum": float(rng.uniform(0.2, 0.9)), "steps": int(rng.integers(2, 9))},
    ],
)
''',
    "projection": '''"""`Projection`: a 1x1 convolution and a ReLU."""

from grading.catalogue.entry import Architecture
from grading.catalogue.mistake import drop, mistake, options
from grading.catalogue.reference_blocks import BlockSpec, LayerSpec, block_function


def _spec(filters: int, stage: int = 1) -> BlockSpec:
    size = {"filters": filters, "kernel": 1, "padding": "same", "name": f"projection{stage}"}
    main = [LayerSpec("projection", "conv", size), LayerSpec("relu1", "relu")]
    return BlockSpec(main, [], [], merge="main")


ENTRY = Architecture(
    mistakes=[
        mistake("no_relu", "There is no ReLU.", "It stays linear.", "Add one.", drop("relu1")),
        mistake("kernel", "The kernel is too large.", "Each pixel is projected by itself.",
                "Use a kernel size of 1.", options("projection", kernel=3)),
    ],
    reference=block_function(_spec),
    stored=[
        {"input": [5, 4, 3], "seed": 1, "filters": 4, "stage": 2},
        {"input": [6, 6, 2], "seed": 2, "filters": 7, "stage": 3},
    ],
    lesson={"input": [4, 4, 3], "filters": 2, "stage": 1},
    draw=lambda rng: [
        {"input": [5, 6, 3], "filters": int(rng.integers(3, 9)), "stage": int(rng.integers(2, 9))}
    ],
)
''',
}
RIGHT = {
    "share_kept": """\
def share_kept(momentum, steps=1):
    return momentum * momentum ** (steps - 1)""",
    "Projection": """\
def Projection(X, filters, stage=1):
    X = keras.layers.Conv2D(filters, 1, name=f"projection{stage}")(X)
    return keras.layers.ReLU()(X)""",
}
WRONG = {
    "share_kept": "def share_kept(momentum, steps=1):\n    return momentum",
    "Projection": RIGHT["Projection"].replace("keras.layers.ReLU()(X)", "X"),
}
PROSE = """## 2.{section} Exercise: `{name}` (5 minutes, {points} points)

Write the function that the reference describes.

<details><summary>Hint</summary>

Begin with the first argument.

</details>"""
POINTS = {"share_kept": 4, "Projection": 6}
FULL = sum(exercise.points for exercise in EXERCISES.values()) + 10.0
MISTAKES = {"share_kept": "steps_ignored", "Projection": "no_relu"}
CHECKS = {"share_kept": "check_share_kept", "Projection": "check_projection"}
IMPORTS = "import resnets_utils as utils\nimport keras\nfrom resnets import checks"


def cell(source: str, grade_id: str, points: int | None = None) -> dict:
    """A code cell of a lesson, with nbgrader's metadata: a check with points, or a solution."""
    check = points is not None
    metadata = {
        "grade": check, "grade_id": grade_id, "locked": check, "schema_version": 3,
        "solution": not check, "task": False, **({"points": points} if check else {}),
    }  # fmt: skip
    return {
        "cell_type": "code", "execution_count": None, "id": grade_id.lower().replace("_", "-"),
        "metadata": {"nbgrader": metadata}, "outputs": [], "source": source,
    }  # fmt: skip


def add_exercises(copy: Path) -> None:
    """Write the two entries, the two modules and their cells into a copy of the course."""
    registry = copy / "resnets" / "exercises.py"
    head, end, tail = registry.read_text().partition(")\n\nEXERCISES")
    registry.write_text(head + ENTRIES.lstrip("\n") + end + tail)
    for name, text in MODULES.items():
        (copy / "grading" / "catalogue" / f"{name}.py").write_text(text)
    lesson = copy / "notebooks" / "solutions" / f"{NOTEBOOK}.ipynb"
    text = lesson.read_text()
    points = sum(one.points for one in EXERCISES.values() if one.notebook == NOTEBOOK)
    more = f"There are several exercises, worth {points + 10} points"
    text, found = re.subn(rf"There (is|are) \w+ exercises?, worth {points} points", more, text)
    assert found == 1
    content = json.loads(text)
    cells = content["cells"]
    summary = next(i for i, cell in enumerate(cells) if cell["id"] == "summary")
    sections = sum("".join(cell["source"]).count("## 2.") for cell in cells)
    cells[summary:summary] = exercise_cells(sections + 1)
    lesson.write_text(json.dumps(content, indent=1))


def exercise_cells(first_section: int) -> list[dict]:
    """The cells of both exercises: a text, the solution, and the check."""
    cells = []
    for section, (name, text) in enumerate(RIGHT.items(), start=first_section):
        first, _, body = text.partition("\n")
        solved = f"{first}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
        prose = PROSE.format(section=section, name=name, points=POINTS[name])
        identity = f"{name}-prose".lower().replace("_", "-")
        cells += [
            {"cell_type": "markdown", "id": identity, "metadata": {}, "source": prose},
            cell(solved, name),
            cell(f"result = checks.{CHECKS[name]}({name})\nresult", f"check_{name}", POINTS[name]),
        ]
    return cells


def run(copy: Path, *command: str) -> str:
    """Run a command of the course in the copy; its output."""
    path = path_with_scripts()
    done = subprocess.run(
        [sys.executable, *command], cwd=copy, capture_output=True, text=True, timeout=500,
        env={**os.environ, "PATH": path},
    )  # fmt: skip
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr[-3000:]}"
    return done.stdout


def hand_in(folder: Path, student: str, functions: dict[str, str]) -> None:
    """A student's notebook with these functions."""
    cells = [
        {"cell_type": "code", "execution_count": None, "id": f"c{i}", "metadata": {},
         "outputs": [], "source": source}
        for i, source in enumerate([IMPORTS, *functions.values()])
    ]  # fmt: skip
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / student).mkdir(parents=True)
    (folder / student / f"{NOTEBOOK}.ipynb").write_text(json.dumps(content))


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course with two exercises more, and a class of two marked with it."""
    if reason := why_impossible():
        pytest.skip(reason)
    copy = course_copy(tmp_path_factory.mktemp("new"))
    add_exercises(copy)
    run(copy, "-m", "grading.catalogue.fingerprints", *RIGHT)
    hand_in(copy / "class", "ann", RIGHT)
    hand_in(copy / "class", "bob", WRONG)
    run(copy, "-m", "grading", "grade", "class", "--out", "results", "--jobs", "1")
    return copy


def test_the_notebook_s_check_passes_what_is_right_and_names_what_is_wrong(course):
    lines = [IMPORTS]
    for functions in (RIGHT, WRONG, {name: RIGHT["share_kept"] for name in RIGHT}):
        for name, text in functions.items():
            lines += [text, f"print(checks.{CHECKS[name]}({name}).mistake, end=';')"]
    answers = run(course, "-c", "\n".join(lines)).rstrip(";").split(";")
    assert answers == ["None", "None", *MISTAKES.values(), "None", "no_relu"]


def test_the_learner_s_copy_has_the_exercise_without_its_solution(course):
    run(course, "-m", "tools.notebooks", "solutions", "2")
    text = (course / "notebooks" / f"{NOTEBOOK}.ipynb").read_text()
    assert "def share_kept(momentum, steps=1):" in text and "def Projection(" in text
    assert "momentum ** (steps - 1)" not in text and "projection{stage}" not in text


def test_the_mark_has_the_exercise_with_its_points(course):
    ann, bob = csv.DictReader((course / "results" / "grades.csv").read_text().splitlines())
    assert (ann["share_kept"], ann["Projection"], ann["max"]) == ("4", "6", str(FULL))
    assert (bob["share_kept"], bob["Projection"]) == ("2", "0")  # right for one step
    for name, mistake in MISTAKES.items():
        assert f"{name}:{mistake}" in bob["mistakes"] and f"{name}:" not in ann["mistakes"]


def test_the_rubric_can_change_the_exercise(course):
    read = "from grading.results import rubric; print(rubric.read()['share_kept'])"
    assert "Scale(points=4, shares={'function': 0.5, 'generality': 0.5}, " in run(
        course, "-c", read
    )
    file = course / "grading" / "results" / "rubric.toml"
    usual = file.read_text()
    file.write_text(f"{usual}\n[share_kept.partial]\nsteps_ignored = 0.75\n")
    assert "'steps_ignored': 0.75" in run(course, "-c", read)
    file.write_text(usual)


def test_the_student_s_page_explains_the_exercise(course):
    page = checked((course / "results" / "feedback" / "bob.html").read_text())
    assert "share_kept: 2 of 4 points" in page.text and "Right for many steps" in page.text
    assert "The number of steps is not used." in page.text
    assert "Multiply as often as there are steps." in page.text
    assert "def Projection(X, filters, stage=1):" in page.text and "There is no ReLU." in page.text


def test_the_class_report_counts_the_exercise(course):
    run(course, "-m", "grading", "report", "results")
    page = checked((course / "results" / "report.html").read_text())
    assert page.text.count("share_kept") > 2 and page.text.count("Projection") > 2
    assert "The number of steps is not used." in page.text


def test_all_exports_have_the_exercise(course):
    export = ("-m", "grading", "export", "results", "--format")
    run(course, *export, "gradescope", "--to", "gradescope")
    told = json.loads((course / "gradescope" / "bob" / "results.json").read_text())
    tests = {test["name"]: test for test in told["tests"]}
    assert (tests["share_kept"]["score"], tests["Projection"]["max_score"]) == (2, 6)
    assert "The number of steps is not used." in tests["share_kept"]["output"]

    roster = "Student,ID,SIS Login ID,Section\n    Points Possible,,,\nAnn,1,ann,A\nBob,2,bob,A\n"
    (course / "roster.csv").write_text(roster)
    run(course, *export, "canvas", "--to", "canvas.csv", "--roster", "roster.csv")
    lines = (course / "canvas.csv").read_text().splitlines()
    assert lines[-2:] == ["Ann,1,ann,A,10", "Bob,2,bob,A,2"] and lines[1].endswith(f"{FULL:g}")

    run(course, *export, "nbgrader", "--to", "gradebook.db")
    with sqlite3.connect(course / "gradebook.db") as book:
        query = (
            "select base_cell.name, grade.auto_score from grade join grade_cells "
            "on grade.cell_id = grade_cells.id join base_cell on base_cell.id = grade_cells.id"
        )
        scores = sorted(row for row in book.execute(query) if row[0] == "check_share_kept")
    assert scores == [("check_share_kept", 2.0), ("check_share_kept", 4.0)]
