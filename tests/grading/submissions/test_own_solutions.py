"""The course's own solved lessons are not marked; a copied solution is marked and reported."""

import json
import re

import pytest
from entries import FOUR, LESSONS, ROOT, notebook, only, paths, write, zipped
from page_checks import checked

from grading.__main__ import line_of
from grading.reports import class_report, student_page
from grading.results.records import GRADED, Mark, Record
from grading.submissions.own_solutions import copied_exercises
from grading.submissions.submissions import find, read
from resnets.exercises import EXERCISES

SOLVED = {name: (ROOT / "notebooks" / "solutions" / name).read_text() for name in LESSONS}
HANDED_OUT = {name: (ROOT / "notebooks" / name).read_text() for name in LESSONS}


def cells_of(text):
    cells = json.loads(text)["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def solved_cell(exercise):
    """Return the cell of a solved lesson that defines an exercise's function."""
    cells = cells_of(SOLVED[f"{EXERCISES[exercise].notebook}.ipynb"])
    (cell,) = [cell for cell in cells if f"def {exercise}(" in cell and "BEGIN SOLUTION" in cell]
    return cell


def solution_of(exercise):
    """Return an exercise's solution, without the lines that enclose it."""
    cell = solved_cell(exercise)
    return re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", cell)


def test_in_a_clone_of_the_course_only_the_learners_copies_are_marked(tmp_path):
    clone = {f"resnets/notebooks/{name}": text for name, text in HANDED_OUT.items()}
    clone |= {f"resnets/notebooks/solutions/{name}": text for name, text in SOLVED.items()}
    write(tmp_path, {"ann.zip": zipped(clone)})
    submission = only(tmp_path)
    assert paths(submission) == [f"resnets/notebooks/{name}" for name in LESSONS]
    assert not submission.copied
    unread = {place: what for place, what in submission.accounts if what != "read"}
    assert unread == {
        f"resnets/notebooks/solutions/{name}": "not marked: the course's own solved lesson "
        f"{name.removesuffix('.ipynb')}"
        for name in LESSONS
    }
    (note,) = submission.notes
    assert all(f"solutions/{name}" in note for name in LESSONS)


def test_solved_lessons_alone_leave_nothing_to_mark(tmp_path):
    write(tmp_path / "ann", SOLVED)
    submission = only(tmp_path)
    assert paths(submission) == [] and len(submission.accounts) == 4


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_renamed_solved_lesson_with_more_cells_is_recognised(tmp_path, lesson):
    document = json.loads(SOLVED[lesson])
    for cell in document["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "  \n") + "\n\n"
        cell.pop("outputs", None)
    document["cells"].append({"cell_type": "code", "source": "print('my own')", "metadata": {}})
    document["metadata"] = {}
    write(tmp_path / "ann", {"mine.ipynb": json.dumps(document)})
    assert paths(only(tmp_path)) == []


@pytest.mark.parametrize("exercise", FOUR)
def test_a_solution_in_a_students_own_notebook_is_marked_and_reported(tmp_path, exercise):
    cell, lesson = solved_cell(exercise), f"{EXERCISES[exercise].notebook}.ipynb"
    own = json.loads(HANDED_OUT[lesson])
    for one in own["cells"]:
        if f"def {exercise}(" in "".join(one["source"]):
            one["source"] = cell
    indented = "if True:\n" + re.sub("^", "    ", solution_of(exercise), flags=re.MULTILINE)
    write(tmp_path / "class" / "a", {lesson: json.dumps(own)})
    write(tmp_path / "class" / "b", {"mine.ipynb": notebook("a = 1", indented)})
    write(tmp_path / "class" / "c", {"mine.ipynb": notebook("a = 1", cell)})
    for entry in find(tmp_path / "class"):
        submission = read(entry)
        assert len(submission.notebooks) == 1
        assert submission.copied == (exercise,)


def test_a_short_solution_is_not_taken_for_a_copy():
    """Anyone may write these lines; a longer solution in the same cells is still reported."""
    short, long = solution_of("count_weights"), solution_of("identity_block")
    assert copied_exercises([short]) == ()
    assert copied_exercises([short, long]) == ("identity_block",)


def test_a_changed_solved_lesson_counts_as_the_students_work(tmp_path):
    lesson = LESSONS[1]
    write(tmp_path / "ann", {lesson: SOLVED[lesson].replace("Add()([X, X_shortcut])", "X")})
    submission = only(tmp_path)
    assert paths(submission) == [lesson] and not submission.copied


def test_the_same_solution_in_other_words_is_not_a_copy():
    for exercise, lesson in zip(FOUR, LESSONS, strict=True):
        words = (
            solution_of(exercise).replace("X_shortcut", "shortcut").replace("kernels", "weights")
        )
        assert copied_exercises([words.replace("X_input", "image"), "a = 1"]) == ()
        assert copied_exercises(cells_of(HANDED_OUT[lesson])) == ()


def test_only_the_teacher_reads_about_a_copied_solution():
    marks = {name: Mark(10, 10, {"function": 1.0}) for name in FOUR}
    one = Record("ann", "k", GRADED, marks=marks, copied=["identity_block", "ResNet50"])
    assert line_of(one) == (
        "ann: 40/40; copies the course's own solution of identity_block, ResNet50 word for word"
    )
    page = checked(class_report.page([one]))
    assert "Copies the course's own solution word for word" in page.text
    assert "ann: identity_block, ResNet50" in page.text
    assert "copies" not in student_page.page(one).lower()
    nothing = checked(class_report.page([Record("ann", "k", GRADED, marks=marks)]))
    assert "Nothing: every file counted" in nothing.text


def test_notes_are_shown_on_the_page_and_in_the_report():
    marks = {name: Mark(10, 10, {"function": 1.0}) for name in FOUR}
    note = "2_identity_block.ipynb counts, not <b>2_old.ipynb</b>"
    one = Record("ann", "k", GRADED, marks=marks, notes=[note], notebooks=[["a/<i>.ipynb", "read"]])
    for html in (student_page.page(one), class_report.page([one])):
        assert note in checked(html).text
    assert "a/<i>.ipynb" in checked(student_page.page(one)).text
