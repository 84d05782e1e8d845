"""Record a solved lesson's cells and images at its last execution, which nbval cannot compare.

nbval runs the cells that exist: it does not notice a deleted cell, and it does not compare images.
The manifest lists every cell in order, with a digest of its source, the kinds of its outputs and a
digest of each image. It is written when the notebook is executed, and the structural rules compare
it with the notebook.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from nbformat import NotebookNode

from tools.notebooks.files import MARKERS, Lesson, NotebookError, write_atomically

IMAGE_KINDS = ("image/png", "image/jpeg")
Entry = dict[str, Any]


def digest(text: str) -> str:
    """Return twelve hexadecimal digits of the SHA-256 of ``text``."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]


def describe_cell(cell: NotebookNode) -> Entry:
    """Return the manifest's entry for one cell."""
    entry: Entry = {"id": cell.id, "type": cell.cell_type, "source": digest(cell.source)}
    if cell.metadata:
        entry["metadata"] = json.loads(json.dumps(cell.metadata))
    if cell.cell_type == "code":
        entry["outputs"] = [_output_kind(output) for output in cell.outputs]
        images = [
            digest(output.data[kind])
            for output in cell.outputs
            for kind in IMAGE_KINDS
            if kind in output.get("data", {})
        ]
        if images:
            entry["images"] = images
        if any(marker in cell.source for marker in MARKERS):  # nbval does not compare these outputs
            entry["unread"] = digest(json.dumps(cell.outputs, sort_keys=True))
        described = [output.metadata for output in cell.outputs if output.get("metadata")]
        if described:  # alternative texts and sizes of images
            entry["described"] = digest(json.dumps(described, sort_keys=True))
    return entry


def _output_kind(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return f"stream {output.name}"
    if output.output_type == "error":
        return f"error {output.ename}"
    return f"{output.output_type} {' '.join(sorted(output.data))}"


def build_manifest(notebook: NotebookNode) -> list[Entry]:
    """Return the entries of all cells, in order."""
    return [describe_cell(cell) for cell in notebook.cells]


def read_manifest(lesson: Lesson) -> list[Entry]:
    """Return a lesson's stored manifest.

    Raises:
        NotebookError: it is missing or unreadable.
    """
    try:
        return json.loads(lesson.manifest.read_text(encoding="utf-8"))["cells"]
    except FileNotFoundError:
        raise NotebookError(
            f"{lesson.name}: {lesson.manifest} is missing; run: make solutions ARGS={lesson.number}"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise NotebookError(f"{lesson.manifest} is not a manifest: {error}") from error


def write_manifest(notebook: NotebookNode, lesson: Lesson) -> None:
    """Write the manifest of ``notebook``, one line per cell, so that changes are easy to review."""
    lines = ",\n".join(
        "  " + json.dumps(entry, sort_keys=True) for entry in build_manifest(notebook)
    )
    header = json.dumps("written by 'make solutions' and 'make release'")
    write_atomically(lesson.manifest, f'{{"about": {header}, "cells": [\n{lines}\n]}}\n')


def stale_cells(notebook: NotebookNode, manifest: list[Entry]) -> list[str]:
    """Return the ids of code cells whose source, order, outputs or images have changed.

    These need a new execution; changes of prose and metadata do not.
    """
    then = [_executed(entry) for entry in manifest if entry["type"] == "code"]
    now = [_executed(entry) for entry in build_manifest(notebook) if entry["type"] == "code"]
    if then == now:
        return []
    changed = [entry["id"] for entry in now if entry not in then]
    gone = [entry["id"] for entry in then if entry not in now]
    return list(dict.fromkeys(changed + gone)) or ["(their order)"]


def _executed(entry: Entry) -> Entry:
    return {key: value for key, value in entry.items() if key != "metadata"}


def compare_with_manifest(notebook: NotebookNode, manifest: list[Entry]) -> list[tuple[str, str]]:
    """Return the differences from the last execution as (cell id, what differs)."""
    now = build_manifest(notebook)
    ids_then, ids_now = [entry["id"] for entry in manifest], [entry["id"] for entry in now]
    if ids_then != ids_now:
        missing = [cell_id for cell_id in ids_then if cell_id not in ids_now]
        new = [cell_id for cell_id in ids_now if cell_id not in ids_then]
        doubled = sorted({cell_id for cell_id in ids_now if ids_now.count(cell_id) > 1})
        return (
            [(cell_id, "the cell is missing") for cell_id in missing]
            + [(cell_id, "the cell is new") for cell_id in new]
            + [(cell_id, "the cell appears twice") for cell_id in doubled]
        ) or [(ids_now[0] if ids_now else "-", "the cells are in another order")]
    return [
        (after["id"], f"its {key} differs from when the lesson was executed")
        for before, after in zip(manifest, now, strict=True)
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
