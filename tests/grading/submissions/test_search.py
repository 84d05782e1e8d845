"""Notebooks are found in any folder or archive, and no limit can be exceeded."""

import gzip
import io
import os
import tarfile
import tracemalloc
import zipfile

import pytest
from entries import LESSONS, notebook, only, paths, tarred, write, zipped

from grading.submissions import search, tars, zips
from grading.submissions.submissions import SubmissionError
from resnets.exercises import NAMES

WORK = {name: notebook(f"lesson = '{name}'") for name in LESSONS}
PACKED = {
    "zip": zipped(WORK),
    "tar.gz": tarred(WORK),
    "tgz": tarred(WORK),
    "tar": tarred(WORK, "w"),
}
FORMS = ("folder", "zip", "tar.gz")


def hand_in(folder, form, files):
    """Hand in files as a folder or an archive and return what was read."""
    if form == "folder":
        write(folder / "ann", files)
    else:
        write(folder, {f"ann.{form}": zipped(files) if form == "zip" else tarred(files)})
    return only(folder)


def reasons(submission):
    """Return the accounts of everything that was not read."""
    return {place: what for place, what in submission.accounts if what != "read"}


# --- where notebooks are found -----------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("depth", [1, 10, 40])
def test_notebooks_in_deep_folders_are_found(tmp_path, form, depth):
    place = "/".join(["a"] * depth)
    submission = hand_in(tmp_path, form, {f"{place}/{name}": text for name, text in WORK.items()})
    assert paths(submission) == [f"{place}/{name}" for name in LESSONS]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ending", PACKED)
def test_archives_in_folders_and_archives_are_searched(tmp_path, form, ending):
    submission = hand_in(tmp_path, form, {f"my/work.{ending}": PACKED[ending]})
    assert paths(submission) == [f"my/work.{ending}/{lesson}" for lesson in LESSONS]
    assert submission.notebooks[0].name == LESSONS[0] and not submission.problems


def test_archives_nested_too_deep_are_not_opened(tmp_path):
    inner = zipped(WORK)
    for depth in range(6):
        write(tmp_path / str(depth), {"ann.zip": inner})
        inner = zipped({f"{depth}.zip": inner})
    assert [len(paths(only(tmp_path / str(depth)))) for depth in range(4)] == [4] * 4
    with pytest.raises(SubmissionError, match="4.zip.*too many archives, or nested too deep"):
        only(tmp_path / "5")


def test_archives_beyond_the_limit_are_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(search, "MAX_ARCHIVES", 3)
    submission = hand_in(tmp_path, "zip", {f"{n}.zip": zipped(WORK) for n in range(4)})
    assert len(paths(submission)) == 8
    assert list(reasons(submission)) == ["2.zip", "3.zip"]


# --- what is thrown away -----------------------------------------------------------------------

AROUND = {
    **{f"p/.venv/lib/python3/site-packages/{n}/{n}.py": "" for n in range(50)},
    **{f"p/env/lib/site-packages/{n}/x.ipynb": "{" for n in range(50)},
    **{f"p/node_modules/{n}/index.js": "" for n in range(50)},
    **{f"p/.git/objects/{n}": "" for n in range(50)},
    **{f"__MACOSX/p/._{n}.ipynb": "" for n in range(50)},
    **{f"p/__pycache__/{n}.pyc": "" for n in range(50)},
}


@pytest.mark.parametrize("form", FORMS)
def test_limits_do_not_count_skipped_files(tmp_path, monkeypatch, form):
    monkeypatch.setattr(search, "MAX_FILES", 10)
    monkeypatch.setattr(search, "MAX_NOTEBOOKS", 10)
    monkeypatch.setattr(search, "MAX_TOTAL_BYTES", 10_000)
    submission = hand_in(tmp_path, form, {**AROUND, **{f"p/{n}": t for n, t in WORK.items()}})
    assert paths(submission) == [f"p/{name}" for name in LESSONS]
    assert reasons(submission) == {
        "p/.venv": "not read: a hidden folder, not searched",
        "p/env/lib/site-packages": "not read: installed libraries, not searched",
        "p/node_modules": "not read: installed libraries, not searched",
    }


def test_a_skipped_folder_is_not_listed(tmp_path, monkeypatch):
    listed = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda place: listed.append(str(place)) or scandir(place))
    hand_in(tmp_path, "folder", {**AROUND, ".ipynb_checkpoints/1.ipynb": "", **WORK})
    inside = [place.removeprefix(f"{tmp_path}/ann/") for place in listed[2:]]
    assert sorted(inside) == [".ipynb_checkpoints", "p", "p/env", "p/env/lib"]


@pytest.mark.parametrize("form", FORMS)
def test_limits_count_files_that_are_read(tmp_path, monkeypatch, form):
    monkeypatch.setattr(search, "MAX_FILES", 10)
    files = {**WORK, **{f"p/{n}.csv": "" for n in range(20)}}
    assert any("more than 10 files" in line for line in hand_in(tmp_path, form, files).problems)


@pytest.mark.parametrize("form", FORMS)
def test_notebooks_beyond_the_limit_are_named(tmp_path, monkeypatch, form):
    monkeypatch.setattr(search, "MAX_NOTEBOOKS", 3)
    submission = hand_in(tmp_path, form, WORK)
    assert paths(submission) == list(LESSONS[:3])
    assert reasons(submission) == {LESSONS[3]: "not read: more than 3 notebooks; it was not read"}


@pytest.mark.parametrize("form", FORMS)
def test_checkpoints_and_hidden_notebooks_are_named(tmp_path, form):
    submission = hand_in(
        tmp_path,
        form,
        {
            "2.ipynb": notebook("a = 1"),
            ".ipynb_checkpoints/2-checkpoint.ipynb": notebook("a = 0"),
            ".ipynb_checkpoints/data-checkpoint.csv": "",
            ".hidden.ipynb": notebook("a = 2"),
            "._2.ipynb": b"\x00\x05\x16\x07",
        },
    )
    assert paths(submission) == ["2.ipynb"]
    assert reasons(submission) == {
        ".ipynb_checkpoints/2-checkpoint.ipynb": "not read: a Jupyter checkpoint, not counted",
        ".hidden.ipynb": "not read: a hidden file, not counted",
    }
    assert not submission.unread


@pytest.mark.parametrize("form", FORMS)
def test_an_archive_of_an_unknown_kind_may_hold_work(tmp_path, form):
    submission = hand_in(tmp_path, form, {"1.ipynb": notebook("a = 1"), "rest.7z": b"7z"})
    assert submission.problems == (
        "rest.7z: a .7z archive is not read; expected a zip or the notebooks",
    )
    assert submission.unread[0].exercises == NAMES


# --- what an archive may not do ----------------------------------------------------------------


@pytest.mark.parametrize("form", ["zip", "tar.gz"])
def test_a_decompression_bomb_is_not_unpacked(tmp_path, monkeypatch, form):
    for module in (search, zips):
        monkeypatch.setattr(module, "MAX_FILE_BYTES", 1 << 20)
    with pytest.raises(SubmissionError, match="x.ipynb: larger than 1 MB"):
        hand_in(tmp_path, form, {"x.ipynb": bytes(16 << 20)})


def test_a_zip_with_false_sizes_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(search, "MAX_FILE_BYTES", 1 << 20)
    whole = zipped({"x.ipynb": bytes(16 << 20)})
    size = (16 << 20).to_bytes(4, "little")
    write(tmp_path, {"x.zip": whole.replace(size, (100).to_bytes(4, "little"))})
    with pytest.raises(SubmissionError, match=r"x.ipynb: (larger than 1 MB|damaged)"):
        only(tmp_path)


def test_nothing_is_opened_beyond_the_total_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(search, "MAX_TOTAL_BYTES", 10 << 20)
    opened = []
    monkeypatch.setattr(zips, "opened_zip", _noted(zips.opened_zip, opened))
    with pytest.raises(SubmissionError, match="unpacks to more than 10 MB"):
        hand_in(tmp_path, "zip", {f"{number:02}.ipynb": bytes(1 << 20) for number in range(40)})
    assert len(opened) == 11


def _noted(function, calls):
    def noted(*arguments):
        calls.append(arguments)
        return function(*arguments)

    return noted


def test_an_endless_list_of_files_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(zips, "MAX_LIST_BYTES", 1 << 16)
    with pytest.raises(SubmissionError, match="list of files is too long"):
        hand_in(tmp_path, "zip", {f"{number}.txt": "" for number in range(2000)})


def test_the_last_of_two_files_with_one_name_in_a_zip_counts(tmp_path):
    files = [("2.ipynb", notebook("a = 1")), ("2.ipynb", notebook("a = 2"))]
    write(tmp_path, {"ann.zip": zipped(files)})
    submission = only(tmp_path)
    assert [one.cells for one in submission.notebooks] == [("a = 2",)]
    assert submission.accounts == (
        ("2.ipynb", "not read: the zip has this file again further down; that one counts"),
        ("2.ipynb", "read"),
    )


def test_the_last_of_two_files_with_one_name_in_a_tar_counts(tmp_path):
    first, second = (
        tarred({"2.ipynb": notebook("a = 1")}, "w"),
        tarred({"2.ipynb": notebook("a = 2")}, "w"),
    )
    write(tmp_path, {"ann.tar": first[: first.index(bytes(1024))].ljust(1024, b"\0") + second})
    submission = only(tmp_path)
    assert [one.cells for one in submission.notebooks] == [("a = 2",)]
    assert submission.accounts == (
        ("2.ipynb", "not read: a later file with the same path counts"),
        ("2.ipynb", "read"),
    )


def test_links_and_devices_in_archives_are_not_followed(tmp_path):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, type_ in (("1.ipynb", tarfile.SYMTYPE), ("2.ipynb", tarfile.LNKTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = type_, "/etc/passwd"
            archive.addfile(member)
        member = tarfile.TarInfo("3.ipynb")
        member.type = tarfile.CHRTYPE
        archive.addfile(member)
    link = zipfile.ZipInfo("4.ipynb")
    link.external_attr = 0o120777 << 16
    write(tmp_path, {"a/work.tar.gz": file.getvalue(), "a/work.zip": zipped({link: "/etc/passwd"})})
    with pytest.raises(SubmissionError) as error:
        only(tmp_path)
    for number in "1234":
        assert f"{number}.ipynb: a link" in str(error.value)


def test_a_tar_with_a_huge_header_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tars, "MAX_HEADER_BYTES", 64 << 10)
    member = tarfile.TarInfo("x.ipynb")
    member.pax_headers = {"comment": "x" * (1 << 20)}
    data = member.tobuf(tarfile.PAX_FORMAT) + bytes(1024)
    write(tmp_path, {"ann.tar": data})
    with pytest.raises(SubmissionError, match="the header of one of its files is too long"):
        only(tmp_path)


def test_the_holes_of_a_sparse_file_in_a_tar_are_not_read(tmp_path):
    """GNU tar stores a file of 2^60 zero bytes in one header; reading them would take years."""
    member = tarfile.TarInfo("data.bin")
    member.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"\x80" + (1 << 60).to_bytes(11, "big")
    header[148:156] = b" " * 8  # the checksum is computed with blanks in its place
    header[148:156] = b"%06o\0 " % sum(header[:512])
    write(tmp_path, {"ann.tar": bytes(header) + tarred(WORK, "w")})
    assert only(tmp_path).notebooks


def test_a_path_of_many_folders_is_refused(tmp_path):
    """A file of 300 bytes can have such a path; to look at all its folders would take minutes."""
    write(tmp_path, {"ann.tgz": tarred({"a/" * 100_000 + "x.7z": "", **WORK})})
    with pytest.raises(SubmissionError, match="a path in it has more than 4096 characters"):
        only(tmp_path)


def extended(kind, records):
    """Return an extended header of a tar, for the next file ("x") or for all files ("g")."""
    header = tarfile.TarInfo("header")
    header.type, header.size = kind, len(records)
    return header.tobuf(tarfile.USTAR_FORMAT) + records + bytes(-len(records) % 512)


@pytest.mark.parametrize(
    "records",
    [b"1" * 200_000, b"4 ab" * 50_000, b"17 path=a.ipynb", b"9 path=\n"],
    ids=["digits", "no values", "cut short", "a false length"],
)
def test_a_damaged_extended_header_is_refused(tmp_path, records):
    """Old versions of tarfile take hours for the first, and all memory for the second."""
    write(tmp_path, {"ann.tar": extended(b"x", records) + tarred(WORK, "w")})
    with pytest.raises(SubmissionError, match="an extended header"):
        only(tmp_path)


def test_a_whole_extended_header_is_read(tmp_path):
    records = b"20 path=other.ipynb\n" + b"15 comment=hi!\n"
    (name, text), *_ = WORK.items()
    write(tmp_path, {"ann.tar": extended(b"x", records) + tarred({name: text}, "w")})
    assert paths(only(tmp_path)) == ["other.ipynb"]


def test_a_long_global_header_is_refused(tmp_path):
    """tarfile copies its records for each file that follows."""
    records = b"".join(b"12 %07x=\n" % number for number in range(1000))
    write(tmp_path, {"ann.tar": extended(b"g", records) + tarred(WORK, "w")})
    with pytest.raises(SubmissionError, match="its global header is too long"):
        only(tmp_path)


def test_a_tar_is_unpacked_only_up_to_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(search, "MAX_PASSED_BYTES", 1 << 20)
    with pytest.raises(SubmissionError, match="it unpacks to more than"):
        hand_in(tmp_path, "tar.gz", {"data.bin": bytes(4 << 20), **WORK})


def test_a_tar_of_many_files_takes_little_memory(tmp_path):
    write(tmp_path, {"ann.tar.gz": tarred({**{f".venv/{n}": "" for n in range(5000)}, **WORK})})
    tracemalloc.start()
    assert len(paths(only(tmp_path))) == 4
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 3 << 20


@pytest.mark.parametrize("ending", ["tar", "tar.gz"])
@pytest.mark.parametrize("share", [0.05, 0.35, 0.6, 0.95])
def test_a_tar_that_is_cut_short_is_reported(tmp_path, ending, share):
    whole = tarred(WORK, "w" if ending == "tar" else "w:gz")
    end = round(len(whole) * share) if ending == "tar.gz" else round(len(WORK) * share) * 1024
    write(tmp_path, {"ann/1.ipynb": notebook("a = 1"), f"ann/work.{ending}": whole[:end]})
    submission = only(tmp_path)
    (problem,) = submission.problems
    assert problem.startswith(f"work.{ending}: ") and submission.unread[0].exercises == NAMES


@pytest.mark.parametrize("ending", ["tar", "tar.gz"])
def test_a_damaged_header_does_not_end_a_tar_silently(tmp_path, ending):
    whole = bytearray(tarred(WORK, "w"))
    whole[whole.index(LESSONS[2].encode())] ^= 1  # its header's checksum does not fit
    content = gzip.compress(whole) if ending == "tar.gz" else whole
    write(tmp_path, {f"ann/work.{ending}": bytes(content)})
    submission = only(tmp_path)
    assert len(submission.notebooks) == 2
    assert submission.problems == (f"work.{ending}: the tar is damaged: ReadError: bad checksum",)


def test_a_file_that_claims_an_enormous_size_does_not_block(tmp_path):
    member = tarfile.TarInfo("x.bin")
    member.size = 1 << 60
    data = tarred(WORK, "w").removesuffix(bytes(1024)).rstrip(b"\0")
    write(tmp_path, {"ann/work.tar": data + bytes(-len(data) % 512) + member.tobuf()})
    assert (
        only(tmp_path).problems[0]
        == "work.tar: the tar cannot be read: cut short: its end is missing"
    )


def test_links_and_pipes_in_folders_are_named(tmp_path):
    secret = write(tmp_path, {"secret.zip": zipped(WORK)}) / "secret.zip"
    write(tmp_path / "class", {"ann/1.ipynb": notebook("a = 1")})
    (tmp_path / "class" / "ann" / "2.zip").symlink_to(secret)
    os.mkfifo(tmp_path / "class" / "ann" / "3.tar.gz")
    assert set(only(tmp_path / "class").problems) == {
        "2.zip: a link, not followed",
        "3.tar.gz: not a regular file",
    }
