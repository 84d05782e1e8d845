"""Notebooks, zips and tars for the tests that find and read submissions."""

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


FOUR = ("gradient_norms", "identity_block", "convolutional_block", "ResNet50")
"""One exercise of each of these lessons: the marks of a student where only sums matter."""


def notebook(*cells: str, outputs: Sequence = (), **metadata: str) -> str:
    """Return a notebook with these code cells, each with the same outputs."""
    code_cells = [{"cell_type": "code", "source": cell, "outputs": list(outputs)} for cell in cells]
    return json.dumps({"nbformat": 4, "metadata": metadata, "cells": code_cells})


def zipped(files: Mapping[str, str | bytes] | Sequence[tuple[str, str | bytes]]) -> bytes:
    """Return a zip of these files; a name can occur twice."""
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # zipfile warns of duplicate names, which are intended
        for name, content in files.items() if isinstance(files, Mapping) else files:
            archive.writestr(name, content)
    return file.getvalue()


def tarred(files: Mapping[str, str | bytes], mode: str = "w:gz") -> bytes:
    """Return a tar of these files."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            data = content.encode() if isinstance(content, str) else content
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files and their parent folders into a folder; return the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def only(folder: Path) -> Submission:
    """Return the single submission in a folder."""
    (entry,) = find(folder)
    return read(entry)


def paths(submission: Submission) -> list[str]:
    """Return the paths of the notebooks that are marked."""
    return [notebook.path for notebook in submission.notebooks]
