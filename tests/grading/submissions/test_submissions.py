"""Submissions with any name and any damage are read or reported, never with a traceback."""

import os
import zipfile

import pytest
from entries import ROOT, notebook, only, paths, tarred, write, zipped

from grading.submissions.submissions import SubmissionError, find, read
from resnets.exercises import EXERCISES
from resnets.reader.notebooks import MISSING
from resnets.reader.notebooks import Notebook as Reader


def test_folders_archives_and_notebooks_are_entries(tmp_path):
    write(tmp_path, {"ann/2.ipynb": notebook("a = 1"), "bob.ipynb": notebook("b = 1")})
    write(tmp_path, {"cy.zip": zipped({"../../up/3.ipynb": notebook("c = 1")})})
    write(tmp_path, {"dee.tar.gz": tarred({"/etc/4.ipynb": notebook("d = 1")})})
    write(tmp_path, {"eve.ipynb.json": notebook("e = 1"), "fay.IPYNB.txt": notebook("f = 1")})
    entries = find(tmp_path)
    assert [entry.student for entry in entries] == ["ann", "bob", "cy", "dee", "eve", "fay"]
    assert [read(entry).notebooks[0].cells for entry in entries] == [
        (f"{letter} = 1",) for letter in "abcdef"
    ]
    assert [paths(read(entry)) for entry in entries] == [
        ["2.ipynb"], ["bob.ipynb"], ["up/3.ipynb"], ["etc/4.ipynb"], ["eve.ipynb.json"],
        ["fay.IPYNB.txt"],
    ]  # fmt: skip
    assert not list(tmp_path.parent.rglob("3.ipynb"))


def test_unread_files_are_named(tmp_path):
    names = (
        "a.7z",
        "b.rar",
        "c.py",
        "d.pdf",
        "e.docx",
        "f.tar.xz",
        "g.ipynb.gz",
        "README",
        "i.json",
    )
    write(tmp_path, dict.fromkeys(names, b"x"))
    skipped = {entry.student: entry.skipped for entry in find(tmp_path)}
    assert list(skipped) == ["README", "a", "b", "c", "d", "e", "f", "g", "i"]
    assert skipped["a"] == "a .7z archive is not read; expected a zip or the notebooks"
    assert skipped["f"].startswith("a .tar.xz archive") and "g" in skipped
    assert skipped["c"].startswith("a .py file is not read; expected notebooks")
    assert skipped["README"].startswith("a file without an ending is not read")


def test_files_of_operating_systems_are_not_entries(tmp_path):
    write(tmp_path, {"ann.ipynb": notebook("a = 1"), ".DS_Store": b"", "Thumbs.db": b""})
    write(tmp_path, {"__MACOSX/._ann.ipynb": b"", "desktop.ini": b"", ".git/config": b""})
    assert [entry.student for entry in find(tmp_path)] == ["ann"]


def test_an_unread_file_does_not_take_the_name_of_a_notebook(tmp_path):
    write(tmp_path, {"ann.ipynb": notebook("a = 1"), "ann.pdf": b"x", "bo.pdf": b"", "bo.py": b""})
    names = [(entry.student, bool(entry.skipped)) for entry in find(tmp_path)]
    assert names == [("ann", False), ("ann.pdf", True), ("bo.pdf", True), ("bo.py", True)]


def test_an_entry_without_a_notebook_lists_its_files(tmp_path):
    write(tmp_path, {"ann/identity.py": b"", "ann/b/blocks.py": b"", "ann/notes.md": b""})
    with pytest.raises(SubmissionError, match=r"no notebook .*; only: .py \(2\), .md \(1\)"):
        only(tmp_path)


def test_names_are_printable_and_unique(tmp_path):
    for name in ("a\nb", "a\tb", "same", "x" * 200):
        (tmp_path / name).mkdir()
    (tmp_path / "same.ipynb").write_text(notebook())
    names = [entry.student for entry in find(tmp_path)]
    assert len(set(names)) == 5
    assert all(name.isprintable() and len(name) < 150 for name in names)
    assert {"same", "same.ipynb"} <= set(names)


def test_the_readable_part_of_a_submission_is_marked(tmp_path):
    write(tmp_path, {"ann/1.ipynb": "{", "ann/2.ipynb": notebook("a = 1")})
    submission = only(tmp_path)
    assert [n.name for n in submission.notebooks] == ["2.ipynb"]
    assert submission.problems == ("1.ipynb: cut short: its end is missing",)
    assert submission.accounts == (
        ("1.ipynb", "not read: cut short: its end is missing"),
        ("2.ipynb", "read"),
    )


def test_links_and_devices_are_not_followed(tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_text(notebook("secret = 1"))
    class_folder = tmp_path / "class"
    (class_folder / "ann").mkdir(parents=True)
    (class_folder / "ann" / "1.ipynb").symlink_to(secret)
    os.mkfifo(class_folder / "ann" / "2.ipynb")
    with pytest.raises(SubmissionError, match="a link, not followed.*not a regular file"):
        only(class_folder)


def test_an_incomplete_zip_is_reported_in_one_line(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("x.ipynb", notebook("a = 1"))
    whole = (tmp_path / "x.zip").read_bytes()
    (tmp_path / "x.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SubmissionError, match="the zip is damaged"):
        only(tmp_path)


def test_one_damaged_file_in_a_zip_does_not_affect_the_others(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name in ("1.ipynb", "2.ipynb", "3.ipynb"):
            archive.writestr(name, notebook(f"name = '{name}'"))
    whole = bytearray((tmp_path / "x.zip").read_bytes())
    whole[whole.index(b"name = '2")] ^= 1  # its checksum no longer fits
    (tmp_path / "x.zip").write_bytes(whole)
    submission = only(tmp_path)
    assert [n.name for n in submission.notebooks] == ["1.ipynb", "3.ipynb"]
    assert submission.problems == ("2.ipynb: damaged: BadZipFile: Bad CRC-32 for file '2.ipynb'",)


def test_a_pipe_with_the_name_of_a_zip_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "x.zip")
    with pytest.raises(SubmissionError, match="not a regular file"):
        only(tmp_path)


def test_an_unsupported_compression_method_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("x.ipynb", notebook("a = 1"))
    with pytest.raises(SubmissionError, match="expected deflate"):
        only(tmp_path)


def test_a_zip_with_a_password_is_reported(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("x.ipynb", notebook("a = 1"))
    content = bytearray((tmp_path / "x.zip").read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(SubmissionError, match="protected by a password"):
        only(tmp_path)


def test_the_same_code_has_the_same_digest(tmp_path):
    for name, cell in (("a", "x = 1"), ("b", "x = 1"), ("c", "x = 2"), ("d", "x = 1")):
        write(tmp_path / name, {"n.ipynb": notebook(cell)})
    write(tmp_path / "d", {"2_identity_block.ipynb": "{"})  # the same code, but not all of it
    first, second, third, fourth = (read(entry).digest for entry in find(tmp_path))
    assert first == second and len({second, third, fourth}) == 3


def test_a_folder_without_submissions_is_reported(tmp_path):
    with pytest.raises(SubmissionError, match="no submission in it"):
        find(tmp_path)
    with pytest.raises(SubmissionError, match="expected a folder"):
        find(tmp_path / "missing")


def test_the_start_page_in_a_submission_changes_nothing(tmp_path):
    """It holds no exercise, so it is read like a student's notes, and nothing is reported."""
    page = (ROOT / "notebooks" / "0_start.ipynb").read_text(encoding="utf-8")
    write(tmp_path, {"ann/2_identity_block.ipynb": notebook("a = 1"), "ann/0_start.ipynb": page})
    submission = read(find(tmp_path)[0])
    assert paths(submission) == ["0_start.ipynb", "2_identity_block.ipynb"]
    assert not submission.problems and not submission.unread and not submission.notes
    assert all(is_marked == "read" for _, is_marked in submission.accounts)
    states = {
        Reader(n.name, n.cells).state(name) for n in submission.notebooks for name in EXERCISES
    }
    assert states == {MISSING}


def test_a_link_to_itself_is_an_entry_like_any_other_link(tmp_path):
    write(tmp_path, {"ann.ipynb": notebook("a = 1")})
    (tmp_path / "bob").symlink_to("bob")
    ann, bob = find(tmp_path)
    assert (ann.student, bob.student) == ("ann", "bob")
    with pytest.raises(SubmissionError, match="a link"):
        read(bob)
