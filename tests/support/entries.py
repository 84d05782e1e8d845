"""Notebooks, zips and tars for the tests of how submissions are found and read."""

from __future__ import annotations

import io
import json
import tarfile
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from grading.submissions.submissions import Submission, find, read

ROOT = Path(__file__).resolve().parents[2]
LESSONS = (
    "1_vanishing_gradients.ipynb",
    "2_identity_block.ipynb",
    "3_convolutional_block.ipynb",
    "4_resnet50.ipynb",
)


def notebook(*cells: str, outputs: Sequence = (), **metadata: str) -> str:
    """A notebook with these code cells, each with the same outputs."""
    made = [{"cell_type": "code", "source": cell, "outputs": list(outputs)} for cell in cells]
    return json.dumps({"nbformat": 4, "metadata": metadata, "cells": made})


def zipped(files: Mapping[str, str | bytes] | Sequence[tuple[str, str | bytes]]) -> bytes:
    """A zip of these files; a name may come twice."""
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # the same name twice: that is meant
        for name, content in files.items() if isinstance(files, Mapping) else files:
            archive.writestr(name, content)
    return file.getvalue()


def tarred(files: Mapping[str, str | bytes], mode: str = "w:gz") -> bytes:
    """A tar of these files."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            data = content.encode() if isinstance(content, str) else content
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files into a folder, with the folders that they need."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def only(folder: Path) -> Submission:
    """The single submission in a folder."""
    (entry,) = find(folder)
    return read(entry)


def paths(submission: Submission) -> list[str]:
    """Where the notebooks lie that are marked."""
    return [one.path for one in submission.notebooks]
