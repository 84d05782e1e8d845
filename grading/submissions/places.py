"""What a place in an entry is by its name: a notebook, an archive, or nothing that is wanted."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO

from grading.submissions.unread import printable

MAX_FILE_BYTES = 256 << 20  # a notebook with its outputs, or an archive within an archive
NOTEBOOK, ZIP, TAR, FOREIGN, OTHER = "notebook", "zip", "tar", "foreign archive", "other"
_KINDS = (
    (re.compile(r"\.ipynb(\.json|\.txt)?$"), NOTEBOOK),
    (re.compile(r"\.zip$"), ZIP),
    (re.compile(r"\.(tar|tar\.gz|tgz)$"), TAR),
    (re.compile(r"\.(7z|rar|zipx|bz2|xz|zst|gz|tbz2?|txz|lzma|iso|dmg|cab)$"), FOREIGN),
)
_ENDING = re.compile(r"(\.tar|\.ipynb)?\.[a-z0-9]{1,8}$", re.IGNORECASE)
_CHECKPOINTS = ".ipynb_checkpoints"
_LIBRARIES = {"site-packages", "dist-packages", "node_modules"}
_JUNK = {"__macosx", "__pycache__", "thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Item:
    """A file or folder where an entry's notebooks are looked for.

    Attributes:
        path: its place as it is called there, "/" at the end of a folder's.
        open: opens it for reading; None for what is not to be opened.
        why: why not.
        lost: whether work may be in it that is wanted.
    """

    path: str
    open: Callable[[], AbstractContextManager[BinaryIO]] | None = None
    why: str = ""
    lost: bool = True


@dataclass(frozen=True)
class Found:
    """A notebook, or something that may hold notebooks and is not opened.

    Attributes:
        path: its place in the entry, printable; empty for the entry itself.
        content: a notebook's bytes; None where there are none.
        why: why there are none.
        lost: whether work may be in it that is wanted.
    """

    path: str
    content: bytes | None = None
    why: str = ""
    lost: bool = True


def kind(name: str) -> str:
    """What a file is by its name: a notebook, an archive that is read, one that is not, other."""
    return next((kind for ending, kind in _KINDS if ending.search(name.lower())), OTHER)


def ending(name: str) -> str:
    """The ending of a file's name in small letters; "" where it has none."""
    found = _ENDING.search(name)
    return found[0].lower() if found else ""


def is_junk(name: str) -> bool:
    """Whether a system leaves files and folders of this name lying about."""
    return name.startswith(".") or name.lower() in _JUNK


def why_not_opened(name: str) -> str:
    """Why a file that is neither a notebook nor an archive that is read is left as it is."""
    if kind(name) == FOREIGN:
        return f"a {ending(name)} archive is not read; expected a zip or the notebooks"
    what = f"a {ending(name)} file" if ending(name) else "a file without an ending"
    return f"{what} is not read; expected the notebooks (.ipynb), alone, in a folder or in a zip"


def passed_by(path: str) -> tuple[str, str] | None:
    """The first part of a path that keeps it from being looked at, and what is said of that part.

    Nothing is said of what a system leaves lying about.
    """
    *folders, name = path.split("/")
    for depth, part in enumerate(folders, start=1):
        at = "/".join(folders[:depth]) + "/"
        if part == _CHECKPOINTS:
            is_notebook = kind(name) == NOTEBOOK
            return path, "a checkpoint that Jupyter keeps, not counted" if is_notebook else ""
        if part.lower() in _JUNK or part == ".git":
            return at, ""
        if part in _LIBRARIES:
            return at, "installed libraries, not looked into"
        if part.startswith("."):
            return at, "a hidden folder, not looked into"
    if not is_junk(name):
        return None
    hidden = kind(name) == NOTEBOOK and not name.startswith("._")
    return path, "a hidden file, not counted" if hidden else ""


def joined(place: str, path: str) -> str:
    """A place within a place, printable; an archive's name stands as a folder's."""
    parts = [printable(part) for part in path.split("/") if part]
    return "/".join([place, *parts] if place else parts)
