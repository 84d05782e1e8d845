"""The example class is always the same, and its marks are those in docs/teach.md."""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from house_helpers import example_marks
from proof_sizes import THOROUGH, sampled

from grading.__main__ import main
from grading.handout import example
from grading.sandbox.isolation import why_impossible
from grading.submissions.own_solutions import copied_exercises
from grading.submissions.submissions import SubmissionError, find, read

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
PROMISED = example_marks()
MARKED = sampled(("dan", "eva", "hugo", "ida"), tuple(PROMISED))


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_every_run_makes_the_same_class(tmp_path):
    students = example.make(tmp_path / "a" / "b")
    assert students == example.make(tmp_path / "c")
    assert digests(tmp_path / "a" / "b") == digests(tmp_path / "c")
    assert students == [entry.student for entry in find(tmp_path / "c")] == list(PROMISED)


def test_only_one_submission_cannot_be_read(tmp_path):
    example.make(tmp_path)
    for entry in find(tmp_path):
        if entry.student == "hugo":
            with pytest.raises(SubmissionError, match="zip is damaged"):
                read(entry)
        else:
            submission = read(entry)
            assert not submission.problems
            cells = [cell for notebook in submission.notebooks for cell in notebook.cells]
            assert "SOLUTION" not in "\n".join(cells)
            assert copied_exercises(cells) == ()  # a copy would be named in the report


def test_jupyter_can_open_the_students_notebooks(tmp_path):
    import nbformat

    example.make(tmp_path)
    with zipfile.ZipFile(tmp_path / "eva.zip") as archive:
        texts = [archive.read(name).decode() for name in archive.namelist()]
    texts += [path.read_text() for path in tmp_path.rglob("*.ipynb")]
    assert len(texts) > 30
    for text in texts:
        nbformat.validate(nbformat.reads(text, as_version=4))


def test_existing_files_are_not_overwritten(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "thesis.txt", tmp_path / "thesis.txt" / "below"):
        assert main(["example", str(place)]) == 2
        assert str(place) in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_missing_solved_lessons_are_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(example, "NOTEBOOKS", tmp_path / "handed out")
    with pytest.raises(example.ExampleError, match="clone the whole course"):
        example.make(tmp_path / "class")
    assert not (tmp_path / "class").exists()


def test_a_changed_lesson_is_noticed():
    with pytest.raises(example.ExampleError, match="does not contain 'b' once"):
        example.changed({"lesson": ["a", "bb"]}, "lesson", "b", "c")


def without_endless_loop(path):
    """Take the block that never ends out of a notebook: other tests see that it is stopped."""
    notebook = json.loads(path.read_text())
    kept = [cell for cell in notebook["cells"] if "def identity_block(" not in str(cell["source"])]
    assert len(kept) == len(notebook["cells"]) - 1
    path.write_text(json.dumps({**notebook, "cells": kept}))


@pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible()))
def test_the_marks_are_those_in_the_docs(tmp_path, capsys):
    submissions, results = tmp_path / "submissions", tmp_path / "results"
    example.make(submissions)
    without_endless_loop(submissions / "ida" / "2_identity_block.ipynb")
    for entry in submissions.iterdir():
        if entry.stem not in MARKED:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    assert main(["grade", str(submissions), "--out", str(results), "--jobs", "2"]) == 0
    output = capsys.readouterr().out
    for student in MARKED:
        line = PROMISED[student]
        wanted = line.replace("timeout", "missing") if student == "ida" else line
        assert f"{student}: {wanted}\n" in output
    assert main(["report", str(results)]) == 0
    report = (results / "report.html").read_text()
    if THOROUGH:  # in a class of a few, submissions are not compared with each other
        assert "<bdi>kim</bdi>, <bdi>lea</bdi>" in report and "1 group among 13" in report
    pages = {path.stem: path.read_text() for path in (results / "feedback").iterdir()}
    assert set(pages) == set(MARKED)
    seeds = {json.loads(p.read_text())["seed"] for p in (results / "records").iterdir()}
    assert len(seeds - {0}) == len(MARKED) - 1  # everybody's own
    assert all(str(ROOT) not in page and str(tmp_path) not in page for page in pages.values())
