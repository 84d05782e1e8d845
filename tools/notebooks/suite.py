"""Judge a mutated notebook as the test suite would: by the structural rules, then by nbval.

A change of stored outputs needs no execution: the suite has just shown that running the notebook
gives the stored outputs, so nbval's own comparison is called with the original outputs instead of
new ones. If the code was changed, only a run can decide; ``benchmarks/nbval_mutations.py --run``
makes such runs.
"""

from __future__ import annotations

import copy
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from types import SimpleNamespace

from nbformat import NotebookNode

from tools.notebooks.files import WIDGET_VIEW, Lesson, code_cells, dump_notebook, parse_notebook
from tools.notebooks.mutations import Mutant
from tools.notebooks.rules import Fault, all_faults


@dataclass(frozen=True)
class Verdict:
    """The layers of the suite that catch a mutant; ``nbval`` is None if only a run can tell."""

    rules: tuple[str, ...]
    nbval: bool | None

    @property
    def caught(self) -> bool:
        return bool(self.rules) or bool(self.nbval)


def judge(mutant: Mutant, source: str, learner: str, lesson: Lesson) -> Verdict:
    """Return the verdict on a mutant, given the original texts of the lesson's two notebooks."""
    damaged = dump_notebook(mutant.notebook)
    if mutant.kind.of_learner:
        return Verdict(_rule_names(all_faults(source, damaged, lesson)), None)
    original = parse_notebook(source, lesson.name)
    return Verdict(
        _rule_names(all_faults(damaged, learner, lesson)),
        nbval_objects(mutant.notebook, original),
    )


def _rule_names(faults: list[Fault]) -> tuple[str, ...]:
    return tuple(sorted({fault.rule for fault in faults}))


def nbval_objects(notebook: NotebookNode, original: NotebookNode) -> bool | None:
    """Return whether nbval rejects ``notebook`` if a run gives the outputs of ``original``.

    None means that the code differs, so that only a run can tell.
    """
    mutated_cells, original_cells = code_cells(notebook), code_cells(original)
    if [cell.source for cell in mutated_cells] != [cell.source for cell in original_cells]:
        return None
    return any(
        nbval_objects_to_cell(cell, reference)
        for cell, reference in zip(mutated_cells, original_cells, strict=True)
    )


def nbval_objects_to_cell(stored: NotebookNode, executed: NotebookNode) -> bool:
    """Return whether nbval rejects the cell ``stored`` if a run gives the outputs of ``executed``.

    This does what nbval's ``IPyNbCell.runtest`` does after the execution, with nbval's comparison.
    """
    from nbval import plugin

    options = defaultdict(bool, plugin.find_metadata_tags(stored.metadata))
    options.update(dict(plugin.find_comment_markers(stored.source)))
    options.setdefault("check", True)
    if options["skip"]:
        return False
    if stored.execution_count is None:
        return bool(stored.outputs)
    if not options["check"]:
        return False
    new = plugin.coalesce_streams(copy.deepcopy(executed.outputs))
    old = plugin.coalesce_streams(copy.deepcopy(stored.outputs))
    return not plugin.IPyNbCell.compare_outputs(_comparer(plugin), new, old)


def _comparer(plugin) -> SimpleNamespace:
    """Return the parts of an nbval cell that ``compare_outputs`` needs; no pytest session."""
    skipped = (
        "metadata", "traceback", "prompt_number", "output_type", "name", "execution_count",
        WIDGET_VIEW, "image/png", "image/jpeg",
    )  # fmt: skip
    parent = SimpleNamespace(skip_compare=skipped, sanitize_patterns=OrderedDict())
    return SimpleNamespace(
        parent=parent,
        colors=plugin.nocolors,
        sanitize=lambda text: text,
        format_output_compare=lambda key, old, new: None,
    )
