"""Find and read what students handed in, without running, unpacking or trusting any of it.

An entry is a folder, a zip or a single notebook; its name is the student's. Only notebooks are
read, into memory, within limits; no file is written, no link followed, no device opened.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

MAX_NOTEBOOK_BYTES = 32 << 20
MAX_TOTAL_BYTES = 96 << 20
MAX_NOTEBOOKS = 100
MAX_FILES = 20_000
MAX_DEPTH = 6
MAX_SOURCE_BYTES = 2 << 20
MAX_AT_ONCE = 8 << 20
MAX_PROBLEMS = 30
MAX_SAID = 200  # characters about one thing that cannot be read


class SubmissionError(ValueError):
    """A submission that cannot be read; the message says what was found and what is expected."""


@dataclass(frozen=True)
class Entry:
    """One student's place in the folder of submissions.

    Attributes:
        student: the name shown everywhere: printable, unique in the class.
        path: where it lies.
    """

    student: str
    path: Path


@dataclass(frozen=True)
class Notebook:
    """The code of one notebook: its name without folders, and its code cells in order."""

    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Submission:
    """What a student handed in.

    Attributes:
        student: as in `Entry`.
        notebooks: the readable notebooks, ordered by name.
        digest: SHA-256 of all code, in hex: the same code has the same digest.
        problems: what could not be read, one line each.
    """

    student: str
    notebooks: tuple[Notebook, ...]
    digest: str
    problems: tuple[str, ...] = field(default=())


def find(folder: Path) -> list[Entry]:
    """List the entries of a folder of submissions, ordered by name.

    Raises:
        SubmissionError: the folder is missing, is no folder, or holds no entry.
    """
    if not folder.is_dir():
        raise SubmissionError(
            f"{folder}: expected a folder with one entry a student (a folder, a zip or a notebook)"
        )
    places = [item for item in sorted(os.scandir(folder), key=lambda i: i.name) if _is_entry(item)]
    if not places:
        raise SubmissionError(f"{folder}: no submission in it (folders, .zip or .ipynb files)")
    stems = [_stem(place) for place in places]
    names = [
        _printable(stem if stems.count(stem) == 1 else place.name)
        for stem, place in zip(stems, places, strict=True)
    ]
    for index, name in enumerate(names):
        if names.count(name) > 1:  # two names that differ only in what cannot be printed
            names[index] = f"{name} ({_short_hash(places[index].name)})"
    return [Entry(name, Path(place.path)) for name, place in zip(names, places, strict=True)]


def read(entry: Entry) -> Submission:
    """Read one entry's notebooks.

    Raises:
        SubmissionError: nothing in it can be read as a notebook.
    """
    notebooks: list[Notebook] = []
    problems: list[str] = []
    try:
        for name, content in _files(entry.path, problems):
            try:
                notebooks.append(_parse(name, content))
            except SubmissionError as error:
                problems.append(str(error))
    except OSError as error:
        problems.append(_said("cannot be read", error))
    if not notebooks:
        raise SubmissionError("; ".join(problems) or "there is no notebook (.ipynb) in it")
    notebooks.sort(key=lambda notebook: notebook.name)
    code = json.dumps([[n.name, n.cells] for n in notebooks]).encode()
    digest = hashlib.sha256(code).hexdigest()
    if len(problems) > MAX_PROBLEMS:
        problems[MAX_PROBLEMS:] = [f"and {len(problems) - MAX_PROBLEMS} more like these"]
    return Submission(entry.student, tuple(notebooks), digest, tuple(problems))


def _is_entry(item: os.DirEntry) -> bool:
    if item.name.startswith(".") or item.name == "__pycache__":
        return False
    if item.is_symlink():
        return True  # shown as a problem of its student rather than passed over
    return item.is_dir() or Path(item.name).suffix.lower() in {".zip", ".ipynb"}


def _stem(item: os.DirEntry) -> str:
    is_folder = item.is_dir(follow_symlinks=False)
    return item.name if is_folder else Path(item.name).stem


def _printable(name: str, most: int = 120) -> str:
    """A name as it can stand on a line, in a table and on a page."""
    text = name.encode("utf-8", "replace").decode("utf-8")
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if len(text) <= most else f"{text[: most - 20]}... ({_short_hash(name)})"


def _short_hash(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _files(path: Path, problems: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) for each notebook of an entry, within the limits."""
    if path.is_symlink():
        problems.append("it is a link; expected a folder, a zip or a notebook")
        return
    if path.is_dir():
        found = _walk(path, problems)
    elif path.suffix.lower() == ".zip":
        found = _unzip(path, problems)
    else:
        found = iter([(path.name, _read_regular(path))])
    total = 0
    for count, (name, content) in enumerate(found):
        total += len(content)
        if count >= MAX_NOTEBOOKS or total > MAX_TOTAL_BYTES:
            problems.append("more notebooks than a submission may hold; the rest was not read")
            return
        yield name, content


def _wanted(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    hidden = any(part.startswith((".", "__MACOSX")) and part not in {".", ".."} for part in parts)
    return bool(parts) and parts[-1].lower().endswith(".ipynb") and not hidden


def _walk(folder: Path, problems: list[str]) -> Iterator[tuple[str, bytes]]:
    seen, queue = 0, [(folder, 0)]
    while queue:
        place, depth = queue.pop(0)
        for item in sorted(os.scandir(place), key=lambda i: i.name):
            seen += 1
            if seen > MAX_FILES:
                problems.append("more files than a submission may hold; the rest was not read")
                return
            if item.is_symlink():
                if _wanted(item.name):
                    problems.append(f"{_printable(item.name)}: a link, not followed")
            elif item.is_dir():
                if depth < MAX_DEPTH and not item.name.startswith("."):
                    queue.append((Path(item.path), depth + 1))
            elif _wanted(item.name):
                try:
                    yield item.name, _read_regular(Path(item.path))
                except (OSError, SubmissionError) as error:
                    problems.append(_said(_printable(item.name), error))


def _said(what: str, error: Exception) -> str:
    """One line about what went wrong, without the paths of this machine."""
    why = str(error)
    if isinstance(error, OSError) and error.strerror:
        why = error.strerror
    elif not isinstance(error, SubmissionError):
        why = f"{type(error).__name__}: {error}"
    return _printable(f"{what}: {why}", MAX_SAID)


def _open_regular(path: Path) -> io.BufferedReader:
    """Open a file that is no link, device or pipe; opening it never waits for anybody."""
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise SubmissionError("not a regular file")
    return os.fdopen(fd, "rb")


def _read_regular(path: Path) -> bytes:
    with _open_regular(path) as file:
        content = file.read(MAX_NOTEBOOK_BYTES + 1)
    if len(content) > MAX_NOTEBOOK_BYTES:
        raise SubmissionError(f"larger than {MAX_NOTEBOOK_BYTES >> 20} MB")
    return content


class _Bounded(io.BufferedReader):
    """A file of which nobody gets much at once: zipfile reads the list of files in one piece."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > MAX_AT_ONCE:
            raise SubmissionError("the zip's list of files is too long")
        return super().read(MAX_AT_ONCE if size is None or size < 0 else size)


def _unzip(path: Path, problems: list[str]) -> Iterator[tuple[str, bytes]]:
    left = MAX_TOTAL_BYTES
    try:
        with _open_regular(path) as file, zipfile.ZipFile(_Bounded(file.raw)) as archive:
            members = archive.infolist()
            if len(members) > MAX_FILES:
                raise SubmissionError(f"the zip holds {len(members)} files")
            for member in members:
                if member.is_dir() or not _wanted(member.filename):
                    continue
                name = PurePosixPath(member.filename.replace("\\", "/")).name
                try:
                    content = _unpack(archive, member)
                except SubmissionError as error:
                    problems.append(_said(_printable(name), error))
                    left -= MAX_NOTEBOOK_BYTES
                except Exception as error:  # BadZipFile, zlib.error, NotImplementedError, ...
                    problems.append(_said(f"{_printable(name)}: damaged", error))
                    left -= MAX_NOTEBOOK_BYTES
                else:
                    left -= len(content)
                    yield name, content
                if left < 0:
                    raise SubmissionError("the zip unpacks to more than a submission may hold")
    except (OSError, SubmissionError) as error:
        problems.append(_said("the zip cannot be read", error))
    except Exception as error:  # BadZipFile, struct.error, UnicodeDecodeError, ...
        problems.append(_said("the zip is damaged", error))


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The content of one file, of which no more is unpacked than may be kept.

    Raises:
        SubmissionError: it is too large, locked, or packed by a method that cannot be bounded.
        Exception: it is damaged.
    """
    if member.flag_bits & 1:
        raise SubmissionError("it is locked with a password")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SubmissionError("it is packed by a method that is not read; expected deflate")
    content = bytearray()
    with archive.open(member) as file:
        while piece := file.read(1 << 20):
            content += piece
            if len(content) > MAX_NOTEBOOK_BYTES:
                raise SubmissionError(f"larger than {MAX_NOTEBOOK_BYTES >> 20} MB")
    return bytes(content)


def _parse(name: str, content: bytes) -> Notebook:
    """Take the code cells out of a notebook's JSON (format 3 or 4).

    Raises:
        SubmissionError: it is not a notebook.
    """
    shown = _printable(name)
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError, MemoryError) as error:
        raise SubmissionError(_said(f"{shown}: not a notebook", error)) from None
    cells = document.get("cells") if isinstance(document, dict) else None
    if cells is None and isinstance(document, dict):  # format 3 keeps them in worksheets
        sheets = document.get("worksheets")
        first = sheets[0] if isinstance(sheets, list) and sheets else None
        cells = first.get("cells") if isinstance(first, dict) else None
    if not isinstance(cells, list):
        raise SubmissionError(f"{shown}: not a notebook: it has no list of cells")
    sources = tuple(text for cell in cells if (text := _code(cell)) is not None)
    if sum(map(len, sources)) > MAX_SOURCE_BYTES:
        raise SubmissionError(f"{shown}: more than {MAX_SOURCE_BYTES >> 20} MB of code")
    return Notebook(shown, sources)


def _code(cell: object) -> str | None:
    """The source of a code cell; None for anything else."""
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        return None
    return source.encode("utf-8", "replace").decode("utf-8")
