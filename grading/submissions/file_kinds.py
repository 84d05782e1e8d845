"""Tell by its name whether a file in an entry is a notebook, an archive or something else."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO

from grading.submissions.unread import printable, short_hash

MAX_FILE_BYTES = 256 << 20  # of a notebook with outputs, or of an archive within an archive
MAX_SHOWN = 1000  # characters of a path in an entry
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
    """A file or folder in an entry, before it is read.

    Attributes:
        path: its path in its folder or archive; a folder's ends with "/".
        open: opens it for reading; None if it must not be opened.
        why: why it must not be opened.
        lost: whether a student's work may be in it although it is not read.
    """

    path: str
    open: Callable[[], AbstractContextManager[BinaryIO]] | None = None
    why: str = ""
    lost: bool = True


@dataclass(frozen=True)
class SearchResult:
    """A notebook, or something unread that may hold notebooks.

    Attributes:
        path: its path in the entry, printable; "" for the entry itself.
        content: the notebook's bytes; None if it was not read.
        why: why it was not read.
        lost: whether a student's work may be in it although it was not read.
    """

    path: str
    content: bytes | None = None
    why: str = ""
    lost: bool = True


def kind(name: str) -> str:
    """Return the kind of a file by its name: NOTEBOOK, ZIP, TAR, FOREIGN or OTHER."""
    return next((kind for ending, kind in _KINDS if ending.search(name.lower())), OTHER)


def ending(name: str) -> str:
    """Return the ending of a file's name in lower case; "" if it has none."""
    match = _ENDING.search(name)
    return match[0].lower() if match else ""


def is_junk(name: str) -> bool:
    """Return whether operating systems and tools create files and folders with this name."""
    return name.startswith(".") or name.lower() in _JUNK


def why_not_opened(name: str) -> str:
    """Return why a file of kind FOREIGN or OTHER is not read."""
    if kind(name) == FOREIGN:
        return f"a {ending(name)} archive is not read; expected a zip or the notebooks"
    what = f"a {ending(name)} file" if ending(name) else "a file without an ending"
    return f"{what} is not read; expected notebooks (.ipynb), alone, in a folder or in a zip"


def passed_by(path: str) -> tuple[str, str] | None:
    """Return why a path is skipped, as (the part that decides, the reason); None if it is not.

    The reason is "" for files that an operating system creates: nobody needs to hear of those.
    """
    *folders, name = path.split("/")
    for depth, part in enumerate(folders, start=1):
        if part == _CHECKPOINTS:
            is_notebook = kind(name) == NOTEBOOK
            return path, "a Jupyter checkpoint, not counted" if is_notebook else ""
        if part.lower() in _JUNK or part == ".git":
            why = ""
        elif part in _LIBRARIES:
            why = "installed libraries, not searched"
        elif part.startswith("."):
            why = "a hidden folder, not searched"
        else:
            continue
        # Joined only here: joining at every depth takes hours for a name with a million parts.
        return "/".join(folders[:depth]) + "/", why
    if not is_junk(name):
        return None
    hidden = kind(name) == NOTEBOOK and not name.startswith("._")
    return path, "a hidden file, not counted" if hidden else ""


def joined(folder: str, path: str) -> str:
    """Return `path` within `folder`, printable; an archive counts as a folder."""
    parts = [printable(part) for part in path.split("/") if part]
    whole = "/".join([folder, *parts] if folder else parts)
    if len(whole) <= MAX_SHOWN:
        return whole
    return f"{whole[:300]}... ({short_hash(whole)})/{parts[-1]}"  # the account has many of them
