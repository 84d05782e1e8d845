"""A class gets exactly the marks that are known in advance, also when it is marked again."""

import json
import shutil
from dataclasses import replace

import pytest
from proof_sizes import sampled

from benchmarks import _class_students as students
from grading.batch import Options, grade
from grading.catalogue.entries import CATALOGUE
from grading.catalogue.fingerprints import make_record
from grading.judge.verdict_cache import WRONG
from grading.programs import written as programs
from grading.results.records import Results
from grading.sandbox import namespace
from grading.sandbox.isolation import Limits, why_impossible
from grading.submissions.submissions import SubmissionError
from grading.version import grader_version
from resnets.checks.attempt import attempt_architecture, record
from resnets.checks.compare import same_record, stored_calls

COUNT = sampled(5, 12)
HOW = Options(jobs=2, limits=Limits(seconds=120))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible())),
]


@pytest.fixture(scope="module")
def chosen():
    """A small class with all forms of submissions, right and wrong programs, empty exercises."""
    drawn = students.students(COUNT, seed=3)
    assert {student.form for student in drawn} == set(students.FORMS)
    return drawn


@pytest.fixture(scope="module")
def class_folder(chosen, tmp_path_factory):
    """The folder of the class, marked once."""
    folder = tmp_path_factory.mktemp("a class")
    students.write(folder / "submissions", chosen)
    run(folder)
    return folder


def run(folder, **changes):
    """Mark submissions without a mark; return what `grade` returns, and the announced records."""
    announced = []
    results = Results(folder / "results")
    done = grade(folder / "submissions", results, replace(HOW, **changes), announced.append)
    return done, announced


def wrong(class_folder, chosen):
    """Return a line for each mark that differs from the known one."""
    results = Results(class_folder / "results")
    seed = json.loads((results.folder / "class_seed.json").read_text())["seed"]
    return [
        line
        for student in chosen
        for line in students.deviations(student, results.load(student.name), seed)
    ]


@pytest.mark.parametrize("exercise", ["identity_block", "convolutional_block", "se_block"])
@pytest.mark.parametrize("number", range(0, 40, 9))
def test_a_mistake_written_as_a_program_equals_the_catalogues(exercise, number):
    entry = CATALOGUE[exercise].mistakes[number % len(CATALOGUE[exercise].mistakes)]
    arguments = stored_calls(exercise)[1]
    names = namespace.classic_names()
    exec(programs.block(exercise, entry.variants[-1], programs.STYLES[number % 13]), names)
    attempt = attempt_architecture(exercise, names[exercise], arguments)
    written = record(attempt, arguments)
    assert same_record(written, make_record(exercise, arguments, entry.variants[-1]))


def test_every_mark_is_the_known_one(class_folder, chosen):
    assert wrong(class_folder, chosen) == []


def test_wrong_verdicts_are_kept_for_all_workers(class_folder):
    kept = Results(class_folder / "results").findings(grader_version()).iterdir()
    findings = [json.loads(file.read_text()) for file in kept]
    assert WRONG in [kind for kind, *_ in findings]


def test_a_mark_that_differs_from_the_known_one_is_listed(class_folder, chosen):
    right = next(s for s in chosen if s.done["identity_block"].mistake is None)
    empty = {**right.done, "identity_block": students.empty("identity_block")}
    assert wrong(class_folder, [replace(right, done=empty)]) == [
        f"{right.name}, identity_block: 10.0 None, expected 0 unfinished"
    ]
    assert wrong(class_folder, [replace(right, name="nobody")]) == ["nobody: no mark (None)"]


def test_marking_again_keeps_all_marks(class_folder):
    done, announced = run(class_folder)
    assert (done.marked, done.kept, announced) == (0, COUNT, [])


def test_a_mark_is_reproduced_from_its_seed(class_folder, chosen):
    results = Results(class_folder / "results")
    first = results.load(chosen[0].name)
    done, (again,) = run(class_folder, only=first.student, seed=first.seed, jobs=1)
    assert done.marked == 1
    assert again.marks == first.marks
    assert (again.seed, again.total) == (first.seed, first.total)


def test_marking_a_student_without_a_submission_fails(class_folder):
    with pytest.raises(SubmissionError, match="no submission of 'nobody'"):
        run(class_folder, only="nobody")


def test_only_a_changed_submission_is_marked_again(class_folder, tmp_path):
    shutil.copytree(class_folder, tmp_path / "copy")
    folder = next(p for p in sorted((tmp_path / "copy" / "submissions").iterdir()) if p.is_dir())
    (folder / "2_identity_block.ipynb").unlink()
    done, (anew,) = run(tmp_path / "copy", jobs=1)
    assert (done.marked, done.kept, anew.student) == (1, COUNT - 1, folder.name)
    assert anew.marks["identity_block"].mistake == "missing"
