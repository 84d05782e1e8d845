"""A lesson can be run before its exercises are solved; cells that need them say so."""

from __future__ import annotations

import pytest
from nbclient import NotebookClient
from proof_sizes import sampled

from tools.notebooks.execution import kernel_environment, kernel_manager
from tools.notebooks.files import COURSE_ROOT, Lesson, code_cells, find_lessons, read_notebook

pytestmark = pytest.mark.slow

NAMES = tuple(lesson.name for lesson in find_lessons() if not lesson.name.startswith("0_"))


def run_untouched(lesson: Lesson):
    """Return the learner's copy after "Run All", with its errors."""
    notebook = read_notebook(lesson.learner)
    NotebookClient(
        notebook,
        km=kernel_manager(),
        timeout=300,
        allow_errors=True,
        resources={"metadata": {"path": str(lesson.learner.parent)}},
    ).execute(env=kernel_environment(), cleanup_kc=True)
    return notebook


@pytest.mark.parametrize("name", sampled(NAMES[:6:3], NAMES))
def test_an_unsolved_lesson_runs_to_its_end(name):
    notebook = run_untouched(Lesson(COURSE_ROOT, name))
    errors = [
        f"{cell.id}: {output.get('ename') or output.text}"
        for cell in code_cells(notebook)
        for output in cell.outputs
        if output.output_type == "error" or output.get("name") == "stderr"
    ]
    assert not errors, f"{name}: {errors}"
    checked = [
        cell for cell in code_cells(notebook) if cell.metadata.get("nbgrader", {}).get("grade")
    ]
    for cell in checked:
        assert cell.outputs, f"{name}, {cell.id}: the check of an unsolved exercise says nothing"
