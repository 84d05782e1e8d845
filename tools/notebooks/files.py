"""Find a lesson's files, and read and write its notebooks in one normal form.

A lesson has three files:

* ``notebooks/solutions/<name>.ipynb`` - the source: solved, executed, edited by people;
* ``notebooks/<name>.ipynb`` - the learner's copy, generated;
* ``tests/notebook_manifests/<name>.json`` - a digest of the source when it was executed, generated.

All other modules of the notebook pipeline use this one.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.validator import iter_validate

COURSE_ROOT = Path(__file__).resolve().parents[2]

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {"name": "python"}
KEPT_CELL_METADATA = ("nbgrader", "tags", "jupyter")
"""Cell metadata that belongs to the lesson; the rest comes from editors (timings, folding)."""

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

MARKERS = (
    "NBVAL_IGNORE_OUTPUT",
    "PYTEST_VALIDATE_IGNORE_OUTPUT",
    "NBVAL_CHECK_OUTPUT",
    "NBVAL_RAISES_EXCEPTION",
    "NBVAL_SKIP",
)
"""Comments that make nbval check less; each use needs a reason in ``tests/nbval_allowed.json``."""


class NotebookError(Exception):
    """A lesson's notebook cannot be used; the message says which one, why and what to do."""


@dataclass(frozen=True)
class Lesson:
    """A lesson of the course.

    Attributes:
        root: the folder of the course.
        name: the notebook's name without its ending, such as ``2_identity_block``.
    """

    root: Path
    name: str

    @property
    def number(self) -> int:
        return int(self.name.split("_", 1)[0])

    @property
    def is_start_page(self) -> bool:
        """Whether it is the start page, which is no lesson but is stored and tested like one."""
        return self.number == 0

    @property
    def source(self) -> Path:
        return self.root / "notebooks" / "solutions" / f"{self.name}.ipynb"

    @property
    def learner(self) -> Path:
        return self.root / "notebooks" / f"{self.name}.ipynb"

    @property
    def manifest(self) -> Path:
        return self.root / "tests" / "notebook_manifests" / f"{self.name}.json"


def find_lessons(root: Path = COURSE_ROOT, numbers: list[int] | None = None) -> list[Lesson]:
    """Return the lessons in the order of their numbers; the start page has the number 0.

    Args:
        root: the folder of the course.
        numbers: the lessons to return; all of them if this is empty.

    Raises:
        NotebookError: a requested number has no solved notebook, or two have the same number.
    """
    folder = root / "notebooks" / "solutions"
    names = [path.stem for path in folder.glob("*.ipynb") if re.match(r"\d+_", path.stem)]
    lessons = sorted((Lesson(root, name) for name in names), key=lambda lesson: lesson.number)
    present = [lesson.number for lesson in lessons]
    twice = sorted({number for number in present if present.count(number) > 1})
    if twice:
        raise NotebookError(f"two lessons have the number {twice[0]} in {folder}: rename one")
    missing = sorted(set(numbers or []) - set(present))
    if missing:
        raise NotebookError(
            f"there is no lesson {missing[0]}: expected {folder}/{missing[0]}_*.ipynb, "
            f"found the numbers {present}"
        )
    return [lesson for lesson in lessons if not numbers or lesson.number in numbers]


def parse_notebook(text: str, name: str) -> NotebookNode:
    """Return the notebook in ``text`` without repairs, which nbformat's own reader would make.

    Raises:
        NotebookError: it is not a valid notebook of format 4; the message contains ``name``.
    """
    try:
        raw = json.loads(text)
        major = raw["nbformat"]
        if major != 4:
            raise NotebookError(f"{name} has notebook format {major}, expected 4")
        notebook = nbformat.v4.to_notebook(raw)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotebookError(f"{name} is not a notebook: {error}") from error
    for problem in iter_validate(notebook):
        first_line = str(problem).strip().splitlines()[0]
        raise NotebookError(f"{name} is not a valid notebook: {first_line}")
    return notebook


def read_notebook(path: Path) -> NotebookNode:
    """Return the notebook at ``path``.

    Raises:
        NotebookError: the file is missing or not a valid notebook of format 4.
    """
    try:
        return parse_notebook(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        raise NotebookError(f"{path} is missing") from None
    except UnicodeDecodeError as error:
        raise NotebookError(f"{path} is not a notebook: {error}") from error


def read_for_editing(path: Path) -> NotebookNode:
    """Return a notebook that a person edited, with missing cell ids filled in.

    Raises:
        NotebookError: the file is missing or not a notebook.
    """
    if not path.is_file():
        raise NotebookError(f"{path} is missing")
    try:
        return nbformat.read(path, as_version=4)
    except (ValueError, nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        first_line = str(error).strip().splitlines()[0]
        raise NotebookError(f"{path} is not a notebook: {first_line}") from error


def dump_notebook(notebook: NotebookNode) -> str:
    """Return a notebook as text: sorted keys, one-space indent, one newline at the end."""
    return nbformat.v4.writes(notebook).rstrip("\n") + "\n"


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write ``notebook`` to ``path`` so that readers never see an incomplete file."""
    write_atomically(path, dump_notebook(notebook))


def write_atomically(path: Path, text: str) -> None:
    """Write ``text`` to a temporary file and rename it to ``path`` in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Bring a notebook into the stored form, in place, and return it.

    Execution counts become 1..n. Metadata that the lesson does not need is removed, and so is
    everything that changes with every execution (timings, widget ids).
    """
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": dict(KERNELSPEC), "language_info": dict(LANGUAGE_INFO)}
    )
    count = 0
    for cell in notebook.cells:
        kept = {key: cell.metadata[key] for key in KEPT_CELL_METADATA if cell.metadata.get(key)}
        cell.metadata = nbformat.from_dict(kept)
        cell.source = cell.source.rstrip()
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            _normalise_outputs(cell, count)
    return notebook


def _normalise_outputs(cell: NotebookNode, count: int) -> None:
    for output in cell.outputs:
        if output.output_type == "execute_result":
            output.execution_count = count
        if "data" in output:
            output.data.pop(WIDGET_VIEW, None)
            for kind, text in output.data.items():
                if kind == "image/png" and isinstance(text, str):
                    output.data[kind] = text.strip()


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]
