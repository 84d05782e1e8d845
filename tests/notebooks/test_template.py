"""All lessons follow one template, and a lesson that leaves it is told where."""

from __future__ import annotations

import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from notebooks_fixture import fixture_notebook

from tools.notebooks import rules_template as template
from tools.notebooks.files import COURSE_ROOT, Lesson, find_lessons, read_notebook

LESSON = Lesson(COURSE_ROOT, "1_small")


def faults(rule, notebook):
    return [message for _, message in rule(notebook, LESSON)]


def change(cell_id, pattern, new):
    """A change of a cell's source, by its id."""

    def apply(notebook):
        cell = next(cell for cell in notebook.cells if cell.id == cell_id)
        text = re.sub(pattern, new, cell.source, count=1, flags=re.DOTALL | re.MULTILINE)
        assert text != cell.source
        cell.source = text

    return apply


def insert(index, cell):
    return lambda notebook: notebook.cells.insert(index, cell)


def swap_closing(notebook):
    notebook.cells[-3], notebook.cells[-2] = notebook.cells[-2], notebook.cells[-3]


def points(notebook):
    check = next(cell for cell in notebook.cells if cell.id == "check-add-up")
    check.metadata["nbgrader"]["points"] = 5


BROKEN = {
    template.opens_like_every_lesson: {
        "no cell": lambda notebook: notebook.cells.clear(),
        "code first": insert(0, new_code_cell("1")),
        "another number": change("title", "# 1 ·", "# 2 ·"),
        "a list at once": change("title", r"It has every[^\n]*\n\n", ""),
        "no goals": change("title", r"\*\*After this[^\n]*\n\n- [^\n]*\n\n", ""),
        "another heading for the goals": change("title", "After this lesson you can", "Goals"),
        "no time": change("title", r"\*\*Time.*(?=\*\*You)", ""),
        "another form of the time": change("title", "the computer works", "it works"),
        "no word on exercises": change("title", "\nThere is one exercise.*?points.", ""),
        "other points": change("title", "10 points", "20 points"),
        "other points in the check": points,
        "no needs": change("title", r"\*\*You need.*(?=\*\*How)", ""),
        "no way to work": change("title", r"\n\n\*\*How to work.*", ""),
        "one part more": change("title", r"\Z", "\n\nGood luck."),
        "needs before the time": change(
            "title", r"(\*\*Time:.*?)\n\n(\*\*You.*?)\n\n", r"\2\n\n\1\n\n"
        ),
    },
    template.sections_are_numbered: {
        "no number": change("prediction", "## 1.1 ", "## "),
        "another lesson's number": change("prediction", "## 1.1", "## 2.1"),
        "a number left out": change("exercise", "## 1.2", "## 1.3"),
        "a second title": insert(1, new_markdown_cell("# Another")),
        "a small heading": insert(1, new_markdown_cell("#### Small")),
        "no summary": change("summary", "## Summary", "Summary"),
        "questions first": swap_closing,
        "a section after the summary": change("reading", r"\A", "## 1.3 More\n\n"),
    },
    template.exercises_have_a_section: {
        "not called an exercise": change("exercise", "Exercise: ", ""),
        "no minutes": change("exercise", "10 minutes, ", ""),
        "no points": change("exercise", ", 10 points", ""),
        "other points": points,
    },
    template.predictions_have_one_form: {
        "no colon": change("prediction", "Predict:", "Predict"),
        "no question": change("prediction", r"\?", "."),
        "not at the end": change("prediction", r"\Z", "\n\nThink."),
        "inside a paragraph": change("prediction", r"\*\*Predict", "Look. **Predict"),
        "two at once": change("prediction", r"\*\*Predict", "**Predict:** why?\n\n**Predict"),
        "a heading before the answer": insert(4, new_markdown_cell("### Later")),
    },
    template.predictions_are_asked_in_prose: {
        "no prose": insert(2, new_code_cell('guess = utils.predict("sum")')),
        "two lines": insert(4, new_code_cell('guess = utils.predict("sum")\nprint(7)')),
    },
    template.closes_like_every_lesson: {
        "no cell": lambda notebook: notebook.cells.clear(),
        "nothing to read": change("reading", r"\*\*Read on.*\n\n", ""),
        "nothing next": change("reading", r"\n\n\*\*Next.*", ""),
        "another order": change("reading", r"(.*)\n\n(.*)", r"\2\n\n\1"),
        "code at the end": insert(99, new_code_cell("1")),
    },
}


@pytest.mark.parametrize("rule", BROKEN, ids=lambda rule: rule.__name__)
def test_a_lesson_that_follows_the_template_has_no_fault(rule):
    assert faults(rule, fixture_notebook()) == []


@pytest.mark.parametrize(
    "rule, broken",
    [
        pytest.param(rule, broken, id=f"{rule.__name__}-{name}")
        for rule, kinds in BROKEN.items()
        for name, broken in kinds.items()
    ],
)
def test_a_lesson_that_leaves_the_template_has_a_fault(rule, broken):
    notebook = fixture_notebook()
    broken(notebook)
    assert faults(rule, notebook)


def test_a_comment_in_a_listing_is_no_heading():
    notebook = fixture_notebook()
    notebook.cells[1].source = "```python\n# a comment\n```"
    assert faults(template.sections_are_numbered, notebook) == []


def test_all_lessons_say_alike_how_to_work_with_them():
    """The sentences that every lesson shares; those with an exercise then name their cells."""
    first = set()
    for lesson in find_lessons()[1:]:  # without the start page
        notebook = read_notebook(lesson.source)
        how = notebook.cells[0].source.split("\n\n")[-1]
        first.add(" ".join(re.split(r"(?<=\.) ", how)[:2]))
        exercises = {
            cell.metadata["nbgrader"]["grade_id"]
            for cell in notebook.cells
            if cell.metadata.get("nbgrader", {}).get("solution")
        }
        assert set(re.findall(r"`# needs: (\w+)`", how)) == exercises
    assert len(first) == 1
