"""Reading what students hand in: any name, any damage, never a traceback."""

import json
import os
import zipfile

import pytest

from grading import submissions
from grading.submissions import SubmissionError, find, read


def notebook(*cells: str) -> str:
    """A notebook with these code cells."""
    made = [{"cell_type": "code", "source": cell} for cell in cells]
    return json.dumps({"nbformat": 4, "cells": made})


def only(folder):
    """The single submission in a folder."""
    (entry,) = find(folder)
    return read(entry)


def test_folder_zip_and_notebook_are_entries(tmp_path):
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "2.ipynb").write_text(notebook("a = 1"))
    (tmp_path / "bob.ipynb").write_text(notebook("b = 1"))
    with zipfile.ZipFile(tmp_path / "cy.zip", "w") as archive:
        archive.writestr("../../up/3.ipynb", notebook("c = 1"))
    (tmp_path / "notes.txt").write_text("not an entry")
    entries = find(tmp_path)
    assert [entry.student for entry in entries] == ["ann", "bob", "cy"]
    assert [read(entry).notebooks[0].cells for entry in entries] == [
        ("a = 1",), ("b = 1",), ("c = 1",),
    ]  # fmt: skip
    assert not list(tmp_path.parent.rglob("3.ipynb"))


def test_names_are_printable_and_unique(tmp_path):
    for name in ("a\nb", "a\tb", "same", "x" * 200):
        (tmp_path / name).mkdir()
    (tmp_path / "same.ipynb").write_text(notebook())
    names = [entry.student for entry in find(tmp_path)]
    assert len(set(names)) == 5
    assert all(name.isprintable() and len(name) < 150 for name in names)
    assert {"same", "same.ipynb"} <= set(names)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe\x00", b"[" * 100_000, b'{"cells": 3}']
)
def test_a_damaged_notebook_is_a_line(tmp_path, content):
    (tmp_path / "x.ipynb").write_bytes(content)
    with pytest.raises(SubmissionError, match="x.ipynb: not a notebook"):
        only(tmp_path)


def test_the_readable_part_of_a_submission_counts(tmp_path):
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "1.ipynb").write_text("{")
    (tmp_path / "ann" / "2.ipynb").write_text(notebook("a = 1"))
    submission = only(tmp_path)
    assert [n.name for n in submission.notebooks] == ["2.ipynb"]
    assert len(submission.problems) == 1


def test_links_and_devices_are_not_followed(tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_text(notebook("secret = 1"))
    class_folder = tmp_path / "class"
    (class_folder / "ann").mkdir(parents=True)
    (class_folder / "ann" / "1.ipynb").symlink_to(secret)
    os.mkfifo(class_folder / "ann" / "2.ipynb")
    with pytest.raises(SubmissionError, match="a link, not followed.*not a regular file"):
        only(class_folder)


def test_a_zip_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_NOTEBOOK_BYTES", 1 << 16)
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.ipynb", b"0" * (1 << 24))
    with pytest.raises(SubmissionError, match="x.ipynb: larger than"):
        only(tmp_path)


def test_a_cut_zip_is_a_line(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("x.ipynb", notebook("a = 1"))
    whole = (tmp_path / "x.zip").read_bytes()
    (tmp_path / "x.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SubmissionError, match="the zip is damaged"):
        only(tmp_path)


def test_one_damaged_file_of_a_zip_does_not_cost_the_others(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name in ("1.ipynb", "2.ipynb", "3.ipynb"):
            archive.writestr(name, notebook(f"name = '{name}'"))
    whole = bytearray((tmp_path / "x.zip").read_bytes())
    whole[whole.index(b"name = '2")] ^= 1  # its checksum no longer fits
    (tmp_path / "x.zip").write_bytes(whole)
    submission = only(tmp_path)
    assert [n.name for n in submission.notebooks] == ["1.ipynb", "3.ipynb"]
    assert submission.problems == ("2.ipynb: damaged: BadZipFile: Bad CRC-32 for file '2.ipynb'",)


def test_a_pipe_with_the_name_of_a_zip_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.zip")
    with pytest.raises(SubmissionError, match="not a regular file"):
        only(tmp_path)


def test_a_zip_is_not_unpacked_beyond_what_a_submission_may_hold(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_NOTEBOOK_BYTES", 1 << 16)
    monkeypatch.setattr(submissions, "MAX_TOTAL_BYTES", 10 << 16)
    unpacked = []
    monkeypatch.setattr(submissions, "_unpack", _noted(submissions._unpack, unpacked))
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(100):
            archive.writestr(f"{number}.ipynb", b"0" * (1 << 20))
    with pytest.raises(SubmissionError, match="unpacks to more than a submission may hold"):
        only(tmp_path)
    assert len(unpacked) == 11


def _noted(function, calls):
    def noted(*given):
        calls.append(given)
        return function(*given)

    return noted


def test_what_cannot_be_unpacked_within_bounds_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("x.ipynb", notebook("a = 1"))
    with pytest.raises(SubmissionError, match="expected deflate"):
        only(tmp_path)


def test_a_list_of_files_without_end_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_AT_ONCE", 1 << 16)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for number in range(2000):
            archive.writestr(f"{number}.txt", "")
    with pytest.raises(SubmissionError, match="list of files is too long"):
        only(tmp_path)


def test_a_locked_zip_says_so(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("x.ipynb", notebook("a = 1"))
    content = bytearray((tmp_path / "x.zip").read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(SubmissionError, match="locked with a password"):
        only(tmp_path)


def test_the_same_code_has_the_same_digest(tmp_path):
    for name, cell in (("a", "x = 1"), ("b", "x = 1"), ("c", "x = 2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "n.ipynb").write_text(notebook(cell))
    first, second, third = (read(entry).digest for entry in find(tmp_path))
    assert first == second != third


def test_no_submissions_says_what_is_expected(tmp_path):
    with pytest.raises(SubmissionError, match="no submission in it"):
        find(tmp_path)
    with pytest.raises(SubmissionError, match="expected a folder"):
        find(tmp_path / "missing")
