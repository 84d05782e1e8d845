"""Structural rules about a lesson's prose and exercises: see ``tools.notebooks.rules``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from nbformat import NotebookNode

from tools.notebooks.files import KERNELSPEC, Lesson
from tools.notebooks.release import BEGIN, END
from tools.notebooks.rules_code import Faults

IMAGE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<target>[^)\s]+)[^)]*\)")
HTML_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?P<target>[^)\s]+)[^)]*\)")
SHORTEST_ALT = 15
NBGRADER_KEYS = {"schema_version", "grade", "solution", "locked", "task", "grade_id"}


def images_have_alt_text(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """Each image in the prose exists and has an alt text, the one of ``images/alt.json``."""
    known = _known_alt_texts(lesson)
    for cell in _prose(notebook):
        if HTML_IMAGE.search(cell.source):
            yield cell.id, "an <img> tag: write ![alt text](path), which the pipeline can follow"
        for match in IMAGE.finditer(cell.source):
            alt, target = match["alt"].strip(), match["target"]
            path = _local(lesson, target)
            if path is None or not path.is_file():
                yield cell.id, f"there is no image at {target}"
            if len(alt) < SHORTEST_ALT:
                yield cell.id, f"the image {target} has no alt text that says what it shows"
            elif known.get(Path(target).name, alt) != alt:
                yield cell.id, f"the alt text of {target} is not the one in images/alt.json"


def links_lead_somewhere(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """Each relative link in the prose leads to a file that is there."""
    for cell in _prose(notebook):
        for match in LINK.finditer(cell.source):
            target = match["target"].split("#")[0]
            path = _local(lesson, target) if target else None
            if path is not None and not path.exists():
                yield cell.id, f"there is nothing at {target}"


def exercises_are_complete(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """An exercise has a hint before it, markers in it, and a check after it."""
    ids: list[str] = []
    for index, cell in enumerate(notebook.cells):
        nbgrader = cell.metadata.get("nbgrader")
        if nbgrader is None:
            continue
        fault = metadata_fault(nbgrader)
        if fault:
            yield cell.id, fault
            continue
        ids.append(nbgrader["grade_id"])
        if nbgrader["solution"]:
            yield from _exercise_faults(notebook, index)
    for grade_id in sorted({grade_id for grade_id in ids if ids.count(grade_id) > 1}):
        yield grade_id, "two cells have this grade_id"


def metadata_fault(nbgrader: dict) -> str | None:
    """What is wrong with a cell's nbgrader metadata (schema 3), or None."""
    keys = set(nbgrader) - {"points"}
    if keys != NBGRADER_KEYS:
        return f"nbgrader metadata: expected {sorted(NBGRADER_KEYS)}, found {sorted(keys)}"
    if nbgrader["schema_version"] != 3:
        return f"nbgrader schema {nbgrader['schema_version']}, expected 3"
    if not re.fullmatch(r"\w[\w-]*", str(nbgrader["grade_id"])):
        return f"nbgrader grade_id {nbgrader['grade_id']!r} is not a name"
    flags = tuple(bool(nbgrader[key]) for key in ("grade", "solution", "locked", "task"))
    points = nbgrader.get("points")
    if flags == (False, True, False, False):
        return None if points is None else "a solution cell has points"
    if flags == (True, False, True, False):
        return None if isinstance(points, int) and points > 0 else "a check cell without points"
    if flags == (False, False, True, False):
        return None if points is None else "a read-only cell has points"
    return "nbgrader metadata is neither a solution's, a locked check's nor a read-only cell's"


def kernel_is_plain(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """The notebook asks for the kernel every installation has."""
    if dict(notebook.metadata.get("kernelspec", {})) != KERNELSPEC:
        yield "-", f"its kernelspec is not {KERNELSPEC}"
    if "widgets" in notebook.metadata:
        yield "-", "it stores widget state, which differs on every run"


def _exercise_faults(notebook: NotebookNode, index: int) -> Faults:
    cell, name = notebook.cells[index], notebook.cells[index].metadata["nbgrader"]["grade_id"]
    prose = _prose_before(notebook, index)
    if not re.search(r"<details>.*<summary>.*</details>", prose, re.DOTALL):
        yield cell.id, "the prose before the exercise has no hint in <details>"
    begins, ends = cell.source.count(f"### {BEGIN}"), cell.source.count(f"### {END}")
    if begins < 1 or begins != ends:
        yield cell.id, f"{begins} '### {BEGIN}' and {ends} '### {END}'"
    checks = [
        later
        for later in notebook.cells[index + 1 :]
        if later.metadata.get("nbgrader", {}).get("grade_id") == f"check_{name}"
    ]
    if not checks or checks[0].metadata["nbgrader"].get("grade") is not True:
        yield cell.id, f"no check cell with the grade_id check_{name} follows"
    elif not re.fullmatch(rf"result = checks\.check_\w+\({name}\)\nresult", checks[0].source):
        yield checks[0].id, "a check cell holds two lines: result = checks.check_...(...) / result"


def _prose_before(notebook: NotebookNode, index: int) -> str:
    """The prose cells straight before cell ``index``."""
    texts: list[str] = []
    while index > 0 and notebook.cells[index - 1].cell_type == "markdown":
        index -= 1
        texts.insert(0, notebook.cells[index].source)
    return "\n\n".join(texts)


def _prose(notebook: NotebookNode) -> Iterator[NotebookNode]:
    return (cell for cell in notebook.cells if cell.cell_type == "markdown")


def _local(lesson: Lesson, target: str) -> Path | None:
    """The file a relative target names, or None for an address on the web."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return None
    return lesson.source.parent / unquote(target)


def _known_alt_texts(lesson: Lesson) -> dict[str, str]:
    path = lesson.root / "images" / "alt.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
