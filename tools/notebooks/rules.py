"""Check the structure of a lesson's notebooks, in addition to nbval.

nbval runs the cells that exist and compares their text. It does not notice cleared outputs, a
deleted cell, a junk image, a marker that switches it off, or a value that is never shown. These
rules do. Each rule yields pairs (cell id, what is wrong); :func:`find_faults` applies all of them
to one lesson and its learner's copy.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

from nbformat import NotebookNode

from tools.notebooks import rules_code as code
from tools.notebooks import rules_outputs as outputs
from tools.notebooks import rules_prose as prose
from tools.notebooks import rules_template as template
from tools.notebooks.files import (
    Lesson,
    NotebookError,
    dump_notebook,
    normalise,
    parse_notebook,
)
from tools.notebooks.manifest import compare_with_manifest, read_manifest
from tools.notebooks.release import BEGIN, END, learner_copy
from tools.notebooks.rules_code import Faults


@dataclass(frozen=True)
class Fault:
    """A broken rule in one lesson."""

    lesson: str
    rule: str
    cell: str
    message: str

    def __str__(self) -> str:
        return f"{self.lesson}, cell {self.cell}: {self.message} [{self.rule}]"


def is_as_executed(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """Cells, order, sources, metadata, kinds of outputs and images are those of the last run."""
    yield from compare_with_manifest(notebook, read_manifest(lesson))


def ids_are_unique(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """No two cells have the same id."""
    ids = [cell.id for cell in notebook.cells]
    for cell_id in sorted({cell_id for cell_id in ids if ids.count(cell_id) > 1}):
        yield cell_id, "two cells have this id"


RULES = (
    ids_are_unique,
    prose.kernel_is_plain,
    template.opens_like_every_lesson,
    template.sections_are_numbered,
    template.exercises_have_a_section,
    template.predictions_have_one_form,
    template.predictions_are_asked_in_prose,
    template.closes_like_every_lesson,
    prose.images_have_alt_text,
    prose.links_lead_somewhere,
    prose.exercises_are_complete,
    code.code_is_python,
    code.cells_are_short,
    code.results_are_seen,
    code.shown_values_are_stored,
    code.markers_are_allowed,
    outputs.counts_run_without_gap,
    outputs.no_errors_stored,
    outputs.checks_pass,
    outputs.nothing_elided,
    outputs.nothing_accidental,
    outputs.images_show_something,
    outputs.images_are_described,
    is_as_executed,
)


def source_faults(notebook: NotebookNode, lesson: Lesson) -> list[Fault]:
    """Return all faults of a solved notebook."""
    return [
        Fault(lesson.name, rule.__name__, cell, message)
        for rule in RULES
        for cell, message in rule(notebook, lesson)
    ]


def learner_faults(stored: str, source: NotebookNode, lesson: Lesson) -> list[Fault]:
    """Return all faults of a learner's copy, from its text and the solved notebook ``source``."""
    faults: list[tuple[str, str, str]] = []
    for cell in parse_notebook(stored, str(lesson.learner)).cells:
        has_outputs = cell.get("outputs") or cell.get("execution_count") is not None
        if has_outputs:
            faults.append(("gives_nothing_away", cell.id, "the learner's copy has outputs"))
        if BEGIN in cell.source or END in cell.source:
            faults.append(("gives_nothing_away", cell.id, "the learner's copy has a solution"))
    if stored != dump_notebook(learner_copy(source, lesson.name)):
        message = (
            "the learner's copy differs from the one made from its source: edit the lesson in "
            "notebooks/solutions, then run: make release"
        )
        faults.append(("is_as_generated", "-", message))
    return [Fault(lesson.name, rule, f"{cell} (learner)", text) for rule, cell, text in faults]


def all_faults(stored_source: str, stored_learner: str, lesson: Lesson) -> list[Fault]:
    """Return all faults of a lesson, from the texts of its two notebooks."""
    try:
        source = parse_notebook(stored_source, str(lesson.source))
        faults = source_faults(source, lesson)
        if dump_notebook(normalise(copy.deepcopy(source))) != stored_source:
            message = "it is not in the stored form (an editor's metadata?): run make release"
            faults.append(Fault(lesson.name, "is_in_stored_form", "-", message))
        return faults + learner_faults(stored_learner, source, lesson)
    except NotebookError as error:
        return [Fault(lesson.name, "can_be_read", "-", str(error))]


def find_faults(lesson: Lesson) -> list[Fault]:
    """Return all faults of a lesson on disk."""
    try:
        texts = [path.read_text(encoding="utf-8") for path in (lesson.source, lesson.learner)]
    except (FileNotFoundError, UnicodeDecodeError) as error:
        return [
            Fault(
                lesson.name, "can_be_read", "-", f"{error}: restore the file, or run make release"
            )
        ]
    return all_faults(*texts, lesson)
