"""Every lesson follows the structural rules, which notice what nbval does not."""

from __future__ import annotations

import json
import re

import pytest

from resnets.exercises import EXERCISES
from tools.notebooks.files import COURSE_ROOT, Lesson, read_notebook
from tools.notebooks.rules import RULES, find_faults

LESSONS = (
    "0_start",
    "1_vanishing_gradients",
    "2_identity_block",
    "3_convolutional_block",
    "4_resnet50",
    "5_train_on_signs",
    "6_your_own_hand",
    "7_why_it_works",
    "8_what_came_of_it",
)
POINTS = {f"check_{name}": exercise.points for name, exercise in EXERCISES.items()}


@pytest.mark.parametrize(
    "pattern",
    ["notebooks/solutions/*.ipynb", "notebooks/*.ipynb", "tests/notebook_manifests/*.json"],
)
def test_all_lessons_exist_and_no_others(pattern):
    assert {path.stem for path in COURSE_ROOT.glob(pattern)} == set(LESSONS)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_no_faults(name):
    faults = find_faults(Lesson(COURSE_ROOT, name))
    assert not faults, "\n" + "\n".join(map(str, faults))


def test_every_check_has_its_points():
    points = {}
    for name in LESSONS:
        for cell in read_notebook(Lesson(COURSE_ROOT, name).source).cells:
            nbgrader = cell.metadata.get("nbgrader", {})
            if nbgrader.get("grade"):
                points[nbgrader["grade_id"]] = nbgrader["points"]
    assert points == POINTS


def test_each_allowed_marker_has_a_reason():
    allowed = json.loads((COURSE_ROOT / "tests" / "nbval_allowed.json").read_text())
    assert set(allowed) <= set(LESSONS)
    for cells in allowed.values():
        for reason in cells.values():
            assert re.fullmatch(r"NBVAL_[A-Z_]+: \S+( \S+){3,}", reason), reason


def test_each_sanitizing_rule_has_a_reason():
    lines = (COURSE_ROOT / "tests" / "nbval_sanitize.cfg").read_text().splitlines()
    for number, line in enumerate(lines):
        if line.startswith("regex:"):
            assert lines[number + 1].startswith("replace: "), "nbval drops a rule without it"
            assert len(lines[number - 1].split()) >= 4, "a line above says why"


def test_each_rule_has_a_docstring():
    for rule in RULES:
        assert rule.__doc__ and len(rule.__doc__.split()) >= 5


def test_make_test_runs_nbval_on_the_solved_lessons():
    makefile = (COURSE_ROOT / "Makefile").read_text()
    recipe = makefile.split("\ntest:", 1)[1].split("\n\n", 1)[0]
    assert "notebooks/solutions" in makefile.split("TESTS ?=", 1)[1].splitlines()[0]
    for option in (
        "--dist loadscope",
        "--nbval ",
        "--nbval-cell-timeout",
        "tests/nbval_sanitize.cfg",
    ):
        assert option in recipe
    assert "--nbval-lax" not in recipe
