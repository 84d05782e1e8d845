"""Each student with a mark gets a results.json by Gradescope's specification; nobody a false 0."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile

import jsonschema
import pytest
from export_class import CLASS, STRANGE, record

from grading.exports.common import ExportError
from grading.exports.gradescope import AUTOGRADER, results_json, to_gradescope
from grading.results.records import Record

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


def read(folder, name):
    return json.loads((folder / name / "results.json").read_text(encoding="utf-8"))


def test_every_file_fits_gradescopes_schema(tmp_path):
    assert to_gradescope(CLASS, tmp_path) == {"eve": "no mark (ungraded: the sandbox died)"}
    folders = sorted(path.name for path in tmp_path.iterdir())
    assert len(folders) == 3 and "ada" in folders  # all of them here: no "../" has led outside
    for folder in folders:
        jsonschema.validate(read(tmp_path, folder), GRADESCOPE)
    folder_of = {read(tmp_path, folder)["extra_data"]["student"]: folder for folder in folders}
    assert set(folder_of) == {"ada", STRANGE, "nil"}
    assert read(tmp_path, "nil")["score"] == 0  # earned, and so written
    ada = read(tmp_path, "ada")
    assert ada["score"] == 33.5 == sum(test["score"] for test in ada["tests"])
    assert [test["status"] for test in ada["tests"]] == ["passed"] * 3 + ["failed"]
    assert ada["tests"][0]["output"] == "<b>gradient_norms</b>"
    assert {test["output_format"] for test in ada["tests"]} == {"text"}


def test_a_mark_that_is_no_longer_valid_is_removed(tmp_path):
    before = [record("submission_71", 10), record("submission_72", 3)]
    to_gradescope(before, tmp_path)
    to_gradescope([before[0], Record("submission_72", "key", "ungraded: died")], tmp_path)
    assert read(tmp_path, "submission_71")["score"] == 33.5
    assert not (tmp_path / "submission_72" / "results.json").exists()
    with zipfile.ZipFile(tmp_path / AUTOGRADER) as packed:
        assert "results/submission_72.json" not in packed.namelist()
    to_gradescope([Record("submission_71", "key", "ungraded: died")], tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "bad",
    [
        {"score": "33.5"},
        {"visibility": "public"},
        {"marks": {}},
        {"tests": [{"name": "a", "score": 1, "max_score": 1, "status": "ok"}]},
        {"tests": [{"name": "a", "score": 1, "max_score": 1, "output_format": "latex"}]},
    ],
)
def test_the_schema_refuses_what_gradescope_refuses(bad):
    jsonschema.validate(results_json(CLASS[0]), GRADESCOPE)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**results_json(CLASS[0]), **bad}, GRADESCOPE)


def test_a_mark_that_is_not_a_number_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_gradescope([record("ada", float("nan"))], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_reported(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="file: cannot be written"):
        to_gradescope(CLASS, tmp_path / "file")


@pytest.fixture
def autograder(tmp_path):
    """A folder like Gradescope's /autograder, with our autograder for a class of two."""
    graded = [record("submission_71", 10), Record("submission_72", "key", "ungraded: died")]
    to_gradescope(graded, tmp_path / "out")
    to_gradescope(graded, tmp_path / "again")
    packed = tmp_path / "out" / AUTOGRADER
    assert packed.read_bytes() == (tmp_path / "again" / AUTOGRADER).read_bytes()
    place = tmp_path / "autograder"
    (place / "results").mkdir(parents=True)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(place / "source")
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}  # no clock in it
        modes = {name: archive.getinfo(name).external_attr >> 16 for name in archive.namelist()}
    assert modes["setup.sh"] == modes["run_autograder"] == 0o100755
    (place / "source" / "run_autograder").rename(place / "run_autograder")
    return place


def submit(place, number) -> subprocess.CompletedProcess:
    """Run the autograder as Gradescope does for a submission with this number."""
    (place / "submission_metadata.json").write_text(json.dumps({"id": number, "users": []}))
    command = [sys.executable, place / "run_autograder"]
    return subprocess.run(command, cwd=place, capture_output=True, text=True)


def test_the_autograder_gives_a_submission_its_own_result(autograder):
    assert submit(autograder, 71).returncode == 0
    assert read(autograder, "results")["extra_data"] == {"student": "submission_71"}


def test_the_autograder_gives_no_result_without_a_mark(autograder):
    for number in (72, 7, 710):
        outcome = submit(autograder, number)
        assert outcome.returncode == 1 and f"submission_{number} has no mark" in outcome.stdout
    assert list((autograder / "results").iterdir()) == []
