"""An unreadable part never leads to a 0: in the marks, on the pages or in any export."""

import csv
import json
from dataclasses import replace

import pytest
from entries import FOUR, LESSONS, ROOT, notebook, only, paths, write
from page_checks import checked

from grading import batch
from grading.__main__ import main
from grading.exports.common import with_mark
from grading.reports import class_report, student_page
from grading.results.records import GRADED, INCOMPLETE, Mark, Record, Results
from grading.sandbox.isolation import Limits
from grading.submissions import submissions
from grading.submissions.unread import Unread, may_hold, settle
from resnets.exercises import EXERCISES, NAMES

BLOCK = "def identity_block(X, f, filters, stage, block):\n    return X"
WHOLE = notebook(BLOCK)


def unread(folder, name, content):
    """Hand in an unreadable file beside a readable one and return what is noted about it."""
    write(folder / "ann", {"notes.ipynb": notebook("a = 1"), name: content})
    (lost,) = only(folder).unread
    return lost


def of_lesson(number):
    """Return the exercises of a lesson."""
    return tuple(name for name, exercise in EXERCISES.items() if exercise.lesson == number)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lessons_file_name_gives_its_exercises(tmp_path, lesson):
    content = (ROOT / "notebooks" / lesson).read_text()
    lost = unread(tmp_path, f"work/{lesson}", content[: len(content) // 2])
    assert lost.exercises == of_lesson(int(lesson[0])) and lost.path == f"work/{lesson}"


@pytest.mark.parametrize(
    ("name", "content", "exercises"),
    [
        ("02-mine.ipynb", "{", of_lesson(2)),
        ("2.ipynb", "", of_lesson(2)),
        ("5_train_on_signs.ipynb", "{", of_lesson(5)),
        ("4_resnet50.ipynb", notebook(BLOCK)[:-1], ("identity_block", *of_lesson(4))),
        ("all.ipynb", "{", NAMES),
        ("all.ipynb", notebook(BLOCK)[:-1], NAMES),
        ("all.ipynb", notebook(BLOCK) + "}", ("identity_block",)),
        ("all.ipynb", notebook("x = 1") + "}", ()),
        ("all.ipynb", notebook("ResNet50 = partial(f)") + "}", ("ResNet50",)),
        ("all.ipynb", notebook("a = 1\nResNet50 = f") + "}", ("ResNet50",)),
        ("all.ipynb", notebook('ResNet50 = utils.from_lesson(4, "ResNet50")') + "}", ()),
        ("all.ipynb", notebook("ResNet50 == 3\nf(ResNet50=g)\nundefResNet50 = 1") + "}", ()),
        ("rest.7z", "7z", NAMES),
        ("4_resnet50.zip", "PK", of_lesson(4)),
    ],
)
def test_name_or_text_give_the_exercises_that_may_be_in_a_file(tmp_path, name, content, exercises):
    assert unread(tmp_path, name, content).exercises == tuple(exercises)


def test_a_cell_in_a_merge_conflict_may_hold_what_it_defines(tmp_path):
    conflict = f"<<<<<<< local\n{BLOCK}\n=======\n>>>>>>> remote"
    write(tmp_path / "ann", {"4_resnet50.ipynb": notebook("a = 1", conflict)})
    submission = only(tmp_path)
    (lost,) = submission.unread
    assert lost.exercises == ("identity_block",) and "code cell 2" in lost.why
    assert len(submission.notebooks) == 1


def test_many_unread_parts_take_little_room_and_hide_no_exercise(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_TOLD", 40)
    files = {f"1_{number:03}.7z": b"" for number in range(100)}
    files |= {
        "8_last.7z": b"",
        "9_own.ipynb": notebook(BLOCK),
        "9_torn.ipynb": notebook(BLOCK)[:-1],
    }
    submission = only(write(tmp_path / "ann", files).parent)
    assert paths(submission) == ["9_own.ipynb"]
    assert len(submission.unread) == 41
    assert submission.unread[0].path == "1_000.7z"
    rest = submission.unread[-1]
    assert str(rest) == "62 more parts could not be read"
    held = {*of_lesson(1), *of_lesson(8), "identity_block"}
    assert rest.exercises == tuple(name for name in NAMES if name in held)
    assert len(submission.problems) == 31
    assert submission.problems[-1] == "and 72 more like these"
    assert len(submission.accounts) == 41
    assert submission.accounts[-1] == ("and", "63 more")


def test_all_exercises_may_be_in_many_unread_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_TOLD", 2)
    files = {f"{letter}.7z": b"" for letter in "abcdef"} | {"z.ipynb": notebook("a = 1")}
    submission = only(write(tmp_path / "ann", files).parent)
    assert [lost.exercises for lost in submission.unread] == [NAMES] * 3


def test_only_a_complete_text_rules_an_exercise_out():
    assert may_hold("x.ipynb", b"", whole=True) == ()
    assert may_hold("x.ipynb", None, whole=False) == NAMES


# --- marks -------------------------------------------------------------------------------------

RIGHT = {"function": 1.0, "generality": 1.0, "names": 1.0}
LOST = Unread("2_identity_block.ipynb", "cut short: its end is missing", ("identity_block",))


def record(student="ann", **marks):
    """Return a graded record with full marks except for those given."""
    full = {name: Mark(10.0, 10.0, dict(RIGHT)) for name in FOUR}
    return Record(student, "key", GRADED, marks=full | marks)


def missing(mistake="missing"):
    return Mark(0.0, 10.0, dict.fromkeys(RIGHT, 0.0), mistake)


@pytest.mark.parametrize("mistake", ["missing", "unfinished", "no_shortcut", "exception"])
def test_an_exercise_that_may_be_unreadable_has_no_mark(mistake):
    one = record(identity_block=missing(mistake))
    settle(one, [LOST])
    assert list(one.marks) == [name for name in FOUR if name != "identity_block"]
    assert one.ungraded == {
        "identity_block": "2_identity_block.ipynb: cut short: its end is missing"
    }
    assert one.total is None and one.kind == INCOMPLETE
    assert one.status == (
        "incomplete: identity_block ungraded: 2_identity_block.ipynb: cut short: its end is missing"
    )


@pytest.mark.parametrize("names", [1.0, 0.0])
def test_an_exercise_that_is_solved_elsewhere_keeps_its_mark(names):
    one = record(identity_block=Mark(9.0, 10.0, {**RIGHT, "names": names}, "names"))
    settle(one, [LOST])
    assert (one.status, one.total, one.ungraded) == (GRADED, 39.0, {})


def test_an_exercise_that_cannot_be_in_the_file_keeps_its_0():
    one = record(ResNet50=missing())
    settle(one, [LOST])
    assert (one.status, one.total) == (GRADED, 30.0)


def test_a_record_without_marks_is_not_changed():
    one = Record("ann", "key", "ungraded: a worker died")
    settle(one, [LOST])
    assert one == Record("ann", "key", "ungraded: a worker died")


def test_a_long_status_is_shortened():
    one = record(identity_block=missing())
    settle(one, [replace(LOST, path="x" * 1000)])
    assert len(one.status) <= 300 and one.status.endswith("...")


# --- the whole way -----------------------------------------------------------------------------


@pytest.fixture
def graded(tmp_path, monkeypatch):
    """Mark a class with a stand-in judge that misses every exercise except the identity block."""
    write(tmp_path / "class" / "ann", dict.fromkeys(LESSONS, WHOLE))
    write(tmp_path / "class" / "bob", {LESSONS[0]: notebook("a = 1"), LESSONS[1]: WHOLE[:50]})
    write(tmp_path / "class", {"cy.7z": b"7z", "dee.ipynb": "{"})

    def marked(submission, key, *others):
        has_block = any(BLOCK in one.cells for one in submission.notebooks)
        outcome = (
            record(submission.student)
            if has_block
            else record(submission.student, identity_block=missing())
        )
        outcome.key = key
        return outcome

    def inline(tasks, options, class_seed, findings):
        for submission, key in tasks:
            yield batch.accounted(marked(submission, key), submission)

    monkeypatch.setattr(batch, "mark_all", inline)
    results = Results(tmp_path / "results")
    run(tmp_path, results)
    return tmp_path, results


def run(folder, results):
    """Mark the submissions that have no mark yet."""
    lines = []
    done = batch.grade(folder / "class", results, batch.Options(1, Limits()), lines.append)
    return done, lines


def test_grades_have_a_row_for_every_entry(graded):
    folder, results = graded
    rows = {row["student"]: row for row in csv.DictReader((results.folder / "grades.csv").open())}
    assert list(rows) == ["ann", "bob", "cy", "dee"]
    assert (rows["ann"]["status"], rows["ann"]["total"]) == (GRADED, "40.0")
    bob = rows["bob"]
    assert bob["status"].startswith("incomplete: identity_block ungraded: 2_identity_block.ipynb")
    assert [bob[name] for name in FOUR] == ["10", "ungraded", "10", "10"]
    assert (bob["total"], bob["max"]) == ("", "")
    assert rows["cy"]["status"] == (
        "skipped: a .7z archive is not read; expected a zip or the notebooks"
    )
    assert rows["dee"]["status"] == "unreadable: dee.ipynb: cut short: its end is missing"
    assert not rows["cy"]["total"] and not rows["dee"]["total"]


def test_an_incomplete_record_is_kept_until_the_submission_changes(graded):
    folder, results = graded
    done, new_records = run(folder, results)
    assert (done.marked, done.kept) == (0, 2)
    assert [record.student for record in new_records] == ["cy", "dee"]
    write(folder / "class" / "bob", {LESSONS[1]: WHOLE})
    done, _ = run(folder, results)
    assert (done.marked, done.kept, results.load("bob").status) == (1, 1, GRADED)


def test_the_page_lists_each_notebook_with_its_outcome(graded):
    _, results = graded
    page = checked(student_page.page(results.load("bob")))
    assert page.headings[0][1].endswith("bob") and "No total yet" in page.text
    for text in (
        "identity_block has no mark yet; this does not count as a 0",
        "2_identity_block.ipynbnot read: cut short: its end is missing",
        "1_vanishing_gradients.ipynbread",
    ):
        assert text in page.text.replace("\n", "")
    assert "of 40" not in page.text and "of 30" not in page.text
    skipped = checked(student_page.page(results.load("cy")))
    assert "a .7z archive is not read" in skipped.text and "does not count as a 0" in skipped.text
    unreadable = checked(student_page.page(results.load("dee")))
    assert "dee.ipynbnot read: cut short" in unreadable.text.replace("\n", "")


def test_the_report_lists_every_entry(graded):
    _, results = graded
    html = class_report.page(results.all())
    page = checked(html)
    assert "1 graded, 1 incomplete, 1 skipped, 1 unreadable." in page.text
    assert "1 of 4 submissions graded, mean 40.0" in page.text
    for student in ("bob", "cy", "dee"):
        assert page.text.count(student) >= 2
    text = " ".join(page.text.split())
    assert "bob 10 ungraded 10 10 incomplete" in text.replace(
        "bob10ungraded1010", "bob 10 ungraded 10 10 "
    )


def test_no_export_contains_an_incomplete_mark(graded, capsys):
    folder, results = graded
    with_marks, left_out = with_mark(results.all())
    assert [one.student for one in with_marks] == ["ann"]
    assert left_out["bob"].startswith("no mark (incomplete: identity_block ungraded: 2_identity")
    (folder / "roster.csv").write_text(
        "Student,ID,SIS Login ID,Section,ResNets (1)\n    Points Possible,,,,40\n"
        '"A, Ann",1,ann,A,\n"B, Bob",2,bob,A,7\n'
    )
    for form, target in (("canvas", "in.csv"), ("gradescope", "scope"), ("nbgrader", "book.db")):
        command = ["export", str(results.folder), "--format", form, "--to", str(folder / target)]
        command += ["--roster", str(folder / "roster.csv")] if form == "canvas" else []
        assert main(command) == 0
        output = capsys.readouterr().out
        assert "left out: bob: no mark (incomplete: identity_block ungraded" in output
        assert "left out: cy: no mark (skipped" in output and "left out: dee:" in output
        assert "1 students written" in output
    assert (folder / "in.csv").read_text().count("\n") == 3
    assert sorted(path.name for path in (folder / "scope").iterdir()) == ["ann"]


def test_an_incomplete_record_is_loaded_unchanged(graded):
    _, results = graded
    bob = results.load("bob")
    assert bob.notebooks[1][1].startswith("not read") and bob.entries == ["bob"]
    (path,) = [
        p for p in results.records.iterdir() if json.loads(p.read_text())["student"] == "bob"
    ]
    assert json.loads(path.read_text())["ungraded"] == bob.ungraded
