"""Make single changes to stored notebooks, each of which the test suite must catch.

A :class:`Kind` of mutation knows where in a notebook it can be made, and how. The kinds in
``mutation_kinds`` include changes that nbval does not notice (cleared outputs, a deleted cell, a
junk image, a marker in a string), changes that it must notice (a changed digit in any text output),
and changes that only matter in a course (points, hints, alt texts, the learner's copy).
``tools.notebooks.suite`` tells which layer of the tests catches a mutant.
"""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from tools.notebooks.files import dump_notebook

Place = Any
Where = Callable[[NotebookNode], list[Place]]
Change = Callable[[NotebookNode, Place, random.Random], None]


@dataclass(frozen=True)
class Kind:
    """A way to damage a notebook.

    Attributes:
        where: returns the places in a notebook where it can be done.
        change: damages a notebook, in place.
        of_learner: whether it damages the learner's copy instead of the solved notebook.
    """

    name: str
    where: Where
    change: Change
    of_learner: bool = False


@dataclass(frozen=True)
class Mutant:
    """A damaged copy of a notebook; ``place`` is the damaged cell's id, or "notebook"."""

    kind: Kind
    place: str
    notebook: NotebookNode


def mutants(kind: Kind, notebook: NotebookNode, rng: random.Random, most: int) -> Iterator[Mutant]:
    """Yield up to ``most`` damaged copies of ``notebook``, at places that ``rng`` chooses."""
    places = kind.where(notebook)
    for place in rng.sample(places, min(most, len(places))):
        damaged = copy.deepcopy(notebook)
        kind.change(damaged, place, rng)
        index = place[0] if isinstance(place, tuple) else place
        label = notebook.cells[index].get("id", index) if isinstance(index, int) else "notebook"
        if dump_notebook(damaged) != dump_notebook(notebook):
            yield Mutant(kind, str(label), damaged)


# --- where -------------------------------------------------------------------------------------


def whole(notebook: NotebookNode) -> list[Place]:
    return ["notebook"]


def cells(kind: str | None = None, having: str = "", nbgrader: str = "") -> Where:
    """Select cells by kind, a pattern in their source, and an nbgrader flag; as indices."""

    def where(notebook: NotebookNode) -> list[Place]:
        return [
            index
            for index, cell in enumerate(notebook.cells)
            if (kind is None or cell.cell_type == kind)
            and re.search(having, cell.source)
            and (not nbgrader or cell.metadata.get("nbgrader", {}).get(nbgrader))
        ]

    return where


def neighbours(notebook: NotebookNode) -> list[Place]:
    return [
        index
        for index in range(len(notebook.cells) - 1)
        if notebook.cells[index].source != notebook.cells[index + 1].source
    ]


def with_outputs(notebook: NotebookNode) -> list[Place]:
    return [i for i, cell in enumerate(notebook.cells) if cell.get("outputs")]


def with_two_outputs(notebook: NotebookNode) -> list[Place]:
    return [
        i
        for i, cell in enumerate(notebook.cells)
        if len(cell.get("outputs", [])) > 1 and cell.outputs[0] != cell.outputs[1]
    ]


def outputs(wanted: Callable[[NotebookNode], bool]) -> Where:
    """Select the outputs that ``wanted`` accepts; as pairs (cell index, output index)."""

    def where(notebook: NotebookNode) -> list[Place]:
        return [
            (index, number)
            for index, cell in enumerate(notebook.cells)
            for number, output in enumerate(cell.get("outputs", []))
            if wanted(output)
        ]

    return where


def holds(kind: str, pattern: str = "") -> Where:
    """Select outputs of a MIME type (or a stream's name) whose text matches ``pattern``."""
    return outputs(
        lambda output: (
            (output.get("name") == kind or kind in output.get("data", {}))
            and re.search(pattern, read_text(output, kind)) is not None
        )
    )


# --- change ------------------------------------------------------------------------------------


def read_text(output: NotebookNode, kind: str) -> str:
    """Return the text of a stream, or of an output's data of one MIME type."""
    return output.text if output.output_type == "stream" else output.data[kind]
