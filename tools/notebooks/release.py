"""Make the learner's copy of a lesson from its solved notebook.

Solution regions are replaced in the same way as by nbgrader (``ClearSolutions`` with its default
stub). This is done without nbgrader, so that the pipeline does not need it; a test compares the two
on every lesson.
"""

from __future__ import annotations

import copy
import re

import nbformat
from nbformat import NotebookNode

from tools.notebooks.files import (
    KERNELSPEC,
    LANGUAGE_INFO,
    MARKERS,
    Lesson,
    NotebookError,
    dump_notebook,
    read_notebook,
)

BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"
CODE_STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")
TEXT_STUB = ("YOUR ANSWER HERE",)
SOLUTION_ONLY = "solution-only"
"""The tag of a cell that is not in the learner's copy."""


def clear_solution(source: str, stub: tuple[str, ...]) -> str:
    """Return ``source`` with each solution region replaced by ``stub``, indented like the region.

    Without a region, the whole source becomes the stub, as in nbgrader.

    Raises:
        NotebookError: a region is inside another one or never ends.
    """
    lines: list[str] = []
    inside = replaced = False
    for line in source.split("\n"):
        if BEGIN in line:
            if inside:
                raise NotebookError(f"a '{BEGIN}' is inside another solution region")
            inside = replaced = True
            indent = re.match(r"\s*", line).group(0)
            lines += [indent + stub_line for stub_line in stub]
        elif END in line:
            inside = False
        elif not inside:
            lines.append(line)
    if inside:
        raise NotebookError(f"a '{BEGIN}' has no '{END}'")
    return "\n".join(lines) if replaced else "\n".join(stub)


def learner_copy(source: NotebookNode, name: str) -> NotebookNode:
    """Return the learner's notebook for the solved ``source`` of the lesson ``name``.

    Raises:
        NotebookError: a solution region is outside a solution cell, or is broken.
    """
    notebook = copy.deepcopy(source)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": dict(KERNELSPEC),
            "language_info": dict(LANGUAGE_INFO),
            "generated": f"from solutions/{name}.ipynb by 'make release'; edits here are lost",
        }
    )
    notebook.cells = [cell for cell in notebook.cells if not _is_solution_only(cell)]
    for cell in notebook.cells:
        _convert_cell(cell, name)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def without_markers(source: str) -> str:
    """Return code without the lines that only speak to nbval, which a learner need not see."""
    lines = source.split("\n")
    return "\n".join(line for line in lines if line.strip("# ") not in MARKERS)


def _is_solution_only(cell: NotebookNode) -> bool:
    return SOLUTION_ONLY in cell.metadata.get("tags", [])


def _convert_cell(cell: NotebookNode, name: str) -> None:
    nbgrader = cell.metadata.get("nbgrader", {})
    if nbgrader.get("solution"):
        stub = CODE_STUB if cell.cell_type == "code" else TEXT_STUB
        try:
            cell.source = clear_solution(cell.source, stub)
        except NotebookError as error:
            raise NotebookError(f"lesson {name}, cell {cell.id}: {error}") from None
        cell.metadata["deletable"] = False
    elif BEGIN in cell.source or END in cell.source:
        raise NotebookError(
            f"lesson {name}, cell {cell.id}: a solution region is in a cell without nbgrader's "
            "solution metadata, so learners would see it: give the cell these metadata"
        )
    elif nbgrader.get("locked") or nbgrader.get("grade"):
        cell.metadata["deletable"] = False
        cell.metadata["editable"] = False
    if cell.cell_type == "code":
        cell.source = without_markers(cell.source)
    else:
        cell.source = cell.source.replace("../../", "../")


def expected_learner_text(lesson: Lesson) -> str:
    """Return the exact text of a lesson's learner's copy."""
    return dump_notebook(learner_copy(read_notebook(lesson.source), lesson.name))
