"""Extract the code from a notebook's bytes, however many images its outputs hold.

Everything but code is dropped before the JSON is parsed. So the memory for a notebook is bounded by
its size, even for a notebook that was made to exhaust memory.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass

from grading.submissions.unread import SubmissionError, reason

MAX_KEPT_BYTES = 64 << 20  # without outputs; images pasted into text cells count
MAX_BRACKETS = 500_000  # lists and objects without outputs; each takes up to 250 bytes of memory
MAX_TOKENS = 10_000_000  # strings and brackets, outputs included; takes some seconds
MAX_SOURCE_BYTES = 2 << 20

# A string, with a colon if it is a key; a bracket; a quotation mark that is never closed.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"(\s*+:)?|[\[\]{}"]', re.DOTALL)
_DROPPED = {b'"outputs"', b'"attachments"', b'"widgets"'}
# git and tools for notebooks mark the two sides of a merge conflict with these lines.
_OURS = re.compile(rb"^<{7}(?:\s|$)", re.MULTILINE)
_THEIRS = re.compile(rb"^>{7}(?:\s|$)", re.MULTILINE)


@dataclass(frozen=True)
class Code:
    """The code of one notebook.

    Attributes:
        cells: its code cells in order.
        generated: whether its metadata say that it is a learner's copy of a lesson.
    """

    cells: tuple[str, ...]
    generated: bool

    def conflicts(self) -> list[tuple[int, str]]:
        """Return number and text of the cells with an unresolved merge conflict."""
        pairs = enumerate(self.cells, start=1)
        return [(number, text) for number, text in pairs if _in_conflict(text.encode())]


class Damaged(SubmissionError):
    """A file that is not a usable notebook.

    Attributes:
        whole: whether the file is complete, so that its text shows which exercises it may hold.
    """

    def __init__(self, message: str, whole: bool = True) -> None:
        super().__init__(message)
        self.whole = whole


def code_of(content: bytes) -> Code:
    """Return the code cells of a notebook (format 3 or 4).

    Raises:
        Damaged: it is not a notebook, or it is too large.
    """
    document = _document(content)
    cells = document.get("cells") if isinstance(document, dict) else None
    if cells is None and isinstance(document, dict):  # format 3 has them in worksheets
        sheets = document.get("worksheets")
        first = sheets[0] if isinstance(sheets, list) and sheets else None
        cells = first.get("cells") if isinstance(first, dict) else None
    if not isinstance(cells, list):
        raise Damaged("not a notebook: it has no list of cells")
    sources = tuple(text for cell in cells if (text := _code(cell)) is not None)
    if sum(map(len, sources)) > MAX_SOURCE_BYTES:
        raise Damaged(f"more than {MAX_SOURCE_BYTES >> 20} MB of code")
    metadata = document.get("metadata")
    return Code(sources, isinstance(metadata, dict) and "generated" in metadata)


def _document(content: bytes) -> object:
    content = content.removeprefix(codecs.BOM_UTF8)
    if not content.strip():
        raise Damaged("empty: the file has no content", whole=False)
    kept, closed = _without_outputs(content)
    try:
        if not closed:
            raise Damaged("cut short: its end is missing", whole=False)
        return json.loads(kept.decode("utf-8"))
    except (ValueError, RecursionError, MemoryError) as error:
        if _in_conflict(content):
            raise Damaged("in a merge conflict: it has git's lines <<<<<<< and >>>>>>>") from None
        if isinstance(error, Damaged):
            raise
        raise Damaged(reason(error, "not a notebook")) from None


def _without_outputs(content: bytes) -> tuple[bytes, bool]:
    """Return the JSON with null for each output, and whether all strings and brackets are closed.

    Raises:
        Damaged: the rest is too large to be parsed safely.
    """
    pieces, start = [], 0
    depth, brackets = 0, 0
    key_ends: int | None = None  # the end of a key whose value will be dropped
    dropped_at: int | None = None  # the depth of the value that is being dropped
    for count, token in enumerate(_TOKEN.finditer(content)):
        if count > MAX_TOKENS:
            raise Damaged("more strings and brackets than a notebook may have")
        first = content[token.start()]
        if first == ord('"'):
            if token.end() == token.start() + 1:
                return b"", False
            key = content[token.start() : token.start(1)] if token[1] else b""
            key_ends = token.end() if key in _DROPPED and dropped_at is None else None
            continue
        if first in b"[{":
            if key_ends is not None and not content[key_ends : token.start()].strip():
                pieces.append(content[start:key_ends])
                dropped_at = depth
            depth += 1
            brackets += dropped_at is None
        else:
            depth -= 1
            if depth == dropped_at:
                pieces.append(b"null")
                start, dropped_at = token.end(), None
        key_ends = None
    if dropped_at is not None or depth > 0:
        return b"", False
    kept = sum(map(len, pieces)) + len(content) - start
    if kept > MAX_KEPT_BYTES:
        raise Damaged(f"larger than {MAX_KEPT_BYTES >> 20} MB without its outputs")
    if brackets > MAX_BRACKETS:
        raise Damaged("more lists and objects than a notebook may have")
    return b"".join([*pieces, content[start:]]), True


def _in_conflict(content: bytes) -> bool:
    ours = _OURS.search(content)
    return ours is not None and _THEIRS.search(content, ours.end()) is not None


def _code(cell: object) -> str | None:
    """Return the source of a code cell; None for anything else."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        return None
    return source.encode("utf-8", "replace").decode("utf-8")
