"""The code of a notebook is read without its outputs; a damaged notebook gets a clear reason."""

import json
import tracemalloc

import pytest
from entries import LESSONS, ROOT, notebook

from grading.submissions import notebook_files
from grading.submissions.notebook_files import Damaged, code_of

CELLS = ("import numpy as np", 'def identity_block(X):\n    return \'"outputs": [{}]\', "\\\\"')
IMAGE = {"output_type": "display_data", "data": {"image/png": "iVBOR" * 1000, "text/plain": ["]}"]}}


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_solved_lesson_gives_its_code(lesson):
    path = ROOT / "notebooks" / "solutions" / lesson
    cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
    code = code_of(path.read_bytes())
    assert code.cells == tuple("".join(cell["source"]) for cell in cells)
    assert not code.generated
    assert code_of((ROOT / "notebooks" / lesson).read_bytes()).generated


@pytest.mark.parametrize("indent", [None, 1, "\t"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_outputs_are_not_read(monkeypatch, indent, bom):
    document = json.loads(notebook(*CELLS, outputs=[IMAGE] * 50))
    document["cells"][0]["attachments"] = {"a.png": {"image/png": "A" * 100_000}}
    document["metadata"]["widgets"] = {"state": [[{}]] * 5000}
    document["cells"].append(
        {"cell_type": "markdown", "source": ["outputs", '"outputs": ['], "outputs": None}
    )
    monkeypatch.setattr(notebook_files, "MAX_KEPT_BYTES", 4000)
    monkeypatch.setattr(notebook_files, "MAX_BRACKETS", 50)
    assert code_of(bom + json.dumps(document, indent=indent).encode()).cells == CELLS


def test_outputs_with_an_invalid_encoding_are_ignored():
    content = notebook("a = 1", outputs=["BYTES"]).encode().replace(b"BYTES", b"\xff\xfe")
    assert code_of(content).cells == ("a = 1",)


def test_images_take_no_more_memory_than_the_file():
    content = notebook("a = 1", outputs=[{"image/png": "A" * 1_000_000}] * 30).encode()
    tracemalloc.start()
    assert code_of(content).cells == ("a = 1",)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < len(content) / 10


def test_cells_of_format_3_are_read_from_its_worksheets():
    cells = [{"cell_type": "code", "input": ["a = 1\n", "b = 2"], "outputs": [IMAGE]}]
    content = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]})
    assert code_of(content.encode()).cells == ("a = 1\nb = 2",)


WHOLE = notebook(*CELLS, outputs=[IMAGE]).encode()
PRETTY = json.dumps(json.loads(WHOLE), indent=1).encode()
CONFLICT = PRETTY.replace(b'  {\n   "cell_type"', b'<<<<<<< HEAD\n  {\n   "cell_type"', 1).replace(
    b'"source"', b'=======\n>>>>>>> theirs\n"source"', 1
)
IN_OUTPUTS = PRETTY.replace(
    b'"outputs": [\n', b'"outputs": [\n<<<<<<< HEAD\n[\n=======\n[\n>>>>>>> x\n', 1
)


@pytest.mark.parametrize(
    ("content", "says", "whole"),
    [
        (b"", "empty", False),
        (b" \r\n\t", "empty", False),
        (b"{", "cut short", False),
        (b"[]", "not a notebook: it has no list of cells", True),
        (b"null", "not a notebook: it has no list of cells", True),
        (b'{"cells": 3}', "not a notebook: it has no list of cells", True),
        (b"\xff\xfe\x00", "not a notebook: UnicodeDecodeError", True),
        (b"[" * 100_000, "cut short", False),
        (b"[" * 100_000 + b"]" * 100_000, "not a notebook: RecursionError", True),
        (b"%PDF-1.7", "not a notebook: JSONDecodeError", True),
        (WHOLE[: len(WHOLE) // 2], "cut short", False),
        (WHOLE[:-1], "cut short", False),
        (CONFLICT, "in a merge conflict", True),
        (IN_OUTPUTS, "in a merge conflict", True),
        (notebook("x" * 3_000_000).encode(), "more than 2 MB of code", True),
    ],
)
def test_a_file_that_is_not_a_notebook_gets_a_short_reason(content, says, whole):
    with pytest.raises(Damaged, match=f"^{says}") as error:
        code_of(content)
    assert error.value.whole is whole
    assert len(str(error.value)) < 250


@pytest.mark.parametrize(
    ("limit", "content", "says"),
    [
        ("MAX_KEPT_BYTES", notebook("a = 1", "b" * 1000), "without its outputs"),
        ("MAX_BRACKETS", '{"cells": [' + "[]," * 1000 + "[]]}", "lists and objects"),
        ("MAX_TOKENS", notebook("a = 1", outputs=[[]] * 1000), "more strings and brackets than"),
    ],
)
def test_a_notebook_beyond_a_limit_is_refused(monkeypatch, limit, content, says):
    monkeypatch.setattr(notebook_files, limit, 1000)
    with pytest.raises(Damaged, match=says):
        code_of(content.encode())


def test_a_cell_in_a_merge_conflict_is_found():
    conflict = "a = 1\n<<<<<<< local\nb = 1\n=======\nb = 2\n>>>>>>> remote\n"
    code = code_of(notebook("a = 1 << 7 >> 7", conflict, "'<<<<<<< x'").encode())
    assert code.conflicts() == [(2, conflict)]
