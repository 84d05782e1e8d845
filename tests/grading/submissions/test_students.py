"""Several files of one student, as learning platforms name them, are grouped together."""

import pytest
from entries import FOUR, LESSONS, notebook, paths, write, zipped

from grading.exports.canvas import to_canvas
from grading.results.records import GRADED, Mark, Record
from grading.submissions.students import canvas_user, group
from grading.submissions.submissions import find, read

WORK = {name: notebook(f"lesson = '{name}'") for name in LESSONS}
CANVAS = {f"mossada_1001_{5000 + n}_{name}": text for n, (name, text) in enumerate(WORK.items())}
MOODLE = {f"Ada Moss_1001_assignsubmission_file_{name}": text for name, text in WORK.items()}
ATTEMPT = "Lab_1_a_moss_attempt_2026-11-01-10-00-00"
BLACKBOARD = {f"{ATTEMPT}_{name}": text for name, text in WORK.items()}
NOTE = "Name: Ada Moss (a_moss)\nAssignment: Lab 1\n"
ROSTER = """Student,ID,SIS User ID,SIS Login ID,Section,ResNets (4711)
    Points Possible,,,,,40
"Moss, Ada",1001,s1001,a_moss,A,
"Lind, Bo",1002,s1002,blind,A,
"""


def names(folder):
    return [entry.student for entry in find(folder)]


def place_of(entry):
    """Return the student whose row in Canvas's gradebook gets the mark."""
    marks = {name: Mark(10, 10) for name in FOUR}
    record = Record(entry.student, "key", GRADED, marks=marks, entries=entry.names)
    folder = entry.files[0][0].parent.parent
    (folder / "roster.csv").write_text(ROSTER)
    left_out = to_canvas([record], folder / "import.csv", folder / "roster.csv")
    assert not left_out
    return (folder / "import.csv").read_text().splitlines()[2:]


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (CANVAS, "mossada_1001"),
        (
            {name.replace("_1001", "_LATE_1001"): text for name, text in CANVAS.items()},
            "mossada_1001",
        ),
        (MOODLE, "Ada Moss_1001"),
        ({f"Ada Moss_1001_assignsubmission_file/{n}": t for n, t in WORK.items()}, "Ada Moss_1001"),
        (
            {f"Ada Moss_1001_assignsubmission_file_/{n}": t for n, t in WORK.items()},
            "Ada Moss_1001",
        ),
        ({**BLACKBOARD, f"{ATTEMPT}.txt": NOTE}, "a_moss"),
    ],
)
def test_several_files_are_one_student_with_a_row_in_canvas(tmp_path, files, name):
    write(tmp_path / "class", files)
    (entry,) = find(tmp_path / "class")
    assert entry.student == name
    submission = read(entry)
    assert paths(submission) == list(LESSONS)
    assert [one.name for one in submission.notebooks] == list(LESSONS)
    assert place_of(entry) == ['"Moss, Ada",1001,s1001,a_moss,A,40']


def test_students_are_kept_apart(tmp_path):
    others = {
        name.replace("mossada_1001_5", "lindbo_1002_6"): text for name, text in CANVAS.items()
    }
    write(tmp_path, {**CANVAS, **others, "eva.ipynb": notebook("a = 1")})
    assert names(tmp_path) == ["eva", "lindbo_1002", "mossada_1001"]
    assert all(len(read(entry).notebooks) in (1, 4) for entry in find(tmp_path))


def test_two_students_with_one_name_in_moodle_are_kept_apart(tmp_path):
    write(tmp_path, {**MOODLE, **{n.replace("1001", "1002"): t for n, t in MOODLE.items()}})
    assert names(tmp_path) == ["Ada Moss_1001", "Ada Moss_1002"]


def test_a_participant_number_of_moodle_is_not_a_user_of_canvas(tmp_path):
    """Moodle's participant 1001 is Bo; Canvas's user 1001 is Ada."""
    file = "Bo Lind_1001_assignsubmission_file_1_2_x.ipynb"
    write(tmp_path / "class", {file: notebook("a = 1")})
    (entry,) = find(tmp_path / "class")
    assert place_of(entry) == ['"Lind, Bo",1002,s1002,blind,A,40']


def test_an_assignment_name_of_blackboard_is_not_a_user_of_canvas(tmp_path):
    """The assignment "Lab 1001, part 2" is not a student's number."""
    file = f"Lab_1001_2_blind{ATTEMPT.removeprefix('Lab_1_a_moss')}_x.ipynb"
    write(tmp_path / "class", {file: notebook("a = 1")})
    (entry,) = find(tmp_path / "class")
    assert entry.student == "blind"
    assert canvas_user(file) is None and place_of(entry) == ['"Lind, Bo",1002,s1002,blind,A,40']


def test_the_latest_resubmission_in_canvas_counts(tmp_path):
    again = {
        "mossada_1001_6000_2_identity_block-1.ipynb": notebook("second = 2"),
        "mossada_1001_7000_2_identity_block-2.ipynb": notebook("third = 3"),
    }
    write(tmp_path, {**CANVAS, **again})
    (entry,) = find(tmp_path)
    submission = read(entry)
    assert paths(submission) == list(LESSONS)
    assert submission.notebooks[1].cells == ("third = 3",)
    (note,) = submission.notes
    assert note == (
        "2_identity_block.ipynb was handed in 3 times; the latest counts: "
        "mossada_1001_7000_2_identity_block-2.ipynb"
    )
    assert dict(submission.accounts)["mossada_1001_5001_2_identity_block.ipynb"] == (
        "not read: replaced by mossada_1001_7000_2_identity_block-2.ipynb"
    )


def test_a_number_in_a_students_file_name_is_not_a_resubmission(tmp_path):
    write(tmp_path, {f"mossada_1001_{n}_hw-{n}.ipynb": notebook(f"part = {n}") for n in (11, 12)})
    (entry,) = find(tmp_path)
    assert paths(read(entry)) == ["hw-11.ipynb", "hw-12.ipynb"] and not entry.notes


def test_files_with_one_name_from_moodle_all_count(tmp_path):
    files = [f"Ada Moss_1001_assignsubmission_file_{name}.ipynb" for name in ("hw", "hw-1")]
    write(tmp_path, dict.fromkeys(files, notebook("a = 1")))
    assert paths(read(find(tmp_path)[0])) == ["hw-1.ipynb", "hw.ipynb"]


def test_a_lessons_name_is_recognised_with_canvass_number(tmp_path):
    write(tmp_path, {"mossada_1001_6000_2_identity_block-1.ipynb": notebook("a = 1")})
    assert paths(read(find(tmp_path)[0])) == ["2_identity_block.ipynb"]


def test_the_latest_attempt_in_blackboard_counts(tmp_path):
    later = ATTEMPT.replace("-01-10", "-03-10")
    write(tmp_path, {**BLACKBOARD, f"{later}_2_identity_block.ipynb": notebook("later = 1")})
    write(tmp_path, {f"{ATTEMPT}.txt": NOTE, f"{later}.txt": NOTE})
    (entry,) = find(tmp_path)
    submission = read(entry)
    assert [one.cells for one in submission.notebooks] == [("later = 1",)]
    assert submission.notes == ("2 attempts; the latest, of 2026-11-03-10-00-00, counts",)
    assert sum(what.startswith("not read: replaced by") for _, what in submission.accounts) == 4


@pytest.mark.parametrize(
    ("note", "name"), [("", "moss"), ("Name: X (somebody)\n", "moss"), (NOTE, "a_moss")]
)
def test_the_note_of_blackboard_gives_the_user_name(tmp_path, note, name):
    write(tmp_path, {**BLACKBOARD, f"{ATTEMPT}.txt": note})
    assert names(tmp_path) == [name]


def test_an_attempt_without_a_file_is_a_student(tmp_path):
    write(tmp_path, {f"{ATTEMPT}.txt": NOTE})
    (entry,) = find(tmp_path)
    assert entry.student == "a_moss" and entry.skipped.startswith("a .txt file is not read")


@pytest.mark.parametrize(
    "files",
    [
        [f"hw_2026_1127_{who}.ipynb" for who in ("ann", "bob", "cleo")],
        ["group 1_2_3_x.ipynb", "group 1_2_4_x.ipynb"],
        ["ann_1.ipynb", "ann_2.ipynb"],
        ["ann_attempt_1.ipynb", "ann_attempt_2.ipynb"],
    ],
)
def test_similar_file_names_are_not_grouped(files):
    assert [student.files[0][0] for student in group(files, str)] == files


def test_other_files_beside_the_notebooks_are_named(tmp_path):
    beside = {"mossada_1001_5009_report.pdf": b"", "mossada_1001_5010_rest.rar": b""}
    write(tmp_path, {**CANVAS, **beside, "mossada_1001_text.html": b""})
    (entry,) = find(tmp_path)
    submission = read(entry)
    reasons = {place: what for place, what in submission.accounts if what != "read"}
    assert list(reasons) == ["report.pdf", "rest.rar", "text.html"]
    assert [lost.path for lost in submission.unread] == ["rest.rar"]


def test_several_zips_of_one_student_are_read(tmp_path):
    parts = {
        "mossada_1001_1_a.zip": zipped(WORK),
        "mossada_1001_2_b.zip": zipped({"5.ipynb": notebook("")}),
    }
    write(tmp_path, parts)
    (entry,) = find(tmp_path)
    assert paths(read(entry)) == [*(f"a.zip/{name}" for name in LESSONS), "b.zip/5.ipynb"]


def test_each_folder_from_gradescope_is_a_student(tmp_path):
    for number in (71, 72):
        write(tmp_path / f"submission_{number}", WORK)
    write(tmp_path, {"submission_metadata.yml": b"submission_71: {}"})
    assert names(tmp_path) == ["submission_71", "submission_72"]
    assert [len(read(entry).notebooks) for entry in find(tmp_path)] == [4, 4]


def test_a_yaml_file_without_gradescopes_folders_is_an_entry(tmp_path):
    write(tmp_path, {"ann.ipynb": notebook(""), "submission_metadata.yml": b""})
    assert names(tmp_path) == ["ann", "submission_metadata"]


FORGED = "x_blind_attempt_2026-11-02-10-00-00_2_identity_block.ipynb"
"""What a student may call a file, with somebody else's name in it."""


def test_a_files_name_does_not_make_it_another_students_in_canvas(tmp_path):
    write(tmp_path, {**CANVAS, f"mossada_1001_6000_{FORGED}": notebook("a = 1")})
    assert names(tmp_path) == ["mossada_1001"]


def test_a_files_name_does_not_make_it_another_students_in_blackboard(tmp_path):
    write(tmp_path, {**BLACKBOARD, f"{ATTEMPT}_{FORGED}": notebook("a = 1")})
    assert names(tmp_path) == ["moss"]
