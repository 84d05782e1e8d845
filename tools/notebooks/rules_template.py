"""Rules that hold all lessons to one template: see ``tools.notebooks.rules``.

A lesson opens with the same parts in the same order, numbers its sections, asks for predictions in
one form, and closes with the same parts. Learners then know where to look in every lesson. The
start page has no such parts.
"""

from __future__ import annotations

import re

from nbformat import NotebookNode

from tools.notebooks.files import Lesson
from tools.notebooks.rules_code import Faults

OPENING = (
    ("what the lesson is about", r"(?![#*]).+"),
    ("the goals", r"\*\*After this lesson you can\*\*"),
    ("a list of goals", r"- .+"),
    (
        "the time",
        r"\*\*Time:\*\* \d+ minutes; the computer works for .+ of that\b.*\.\s"
        r"(There (is one exercise|are \w+ exercises), worth (?P<points>\d+) points"
        r"|There is no exercise to hand in)\.",
    ),
    ("what the learner needs", r"\*\*You need:\*\* .+"),
    (
        "how to work with the lesson",
        r"\*\*How to work with it:\*\* .*Shift\+Enter.*\*\*Predict\*\*.+",
    ),
)
"""The paragraphs between the title and the first code, in order."""

CLOSING = ("Summary", "Questions worth thinking about")
HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
EXERCISE = re.compile(r"Exercise: .+ \(\d+ minutes, (?P<points>\d+) points\)")
PREDICTION = re.compile(r"\*\*Predict:\*\* .+\?", re.DOTALL)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def opens_like_every_lesson(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """The first cell holds the title and the parts of the opening, in order and nothing else."""
    if lesson.is_start_page:
        return
    first = notebook.cells[0] if notebook.cells else None
    paragraphs = _paragraphs(first) if first else []
    if not paragraphs or not re.fullmatch(rf"# {lesson.number} · .+", paragraphs[0]):
        yield first.id if first else "-", f"the lesson does not open with '# {lesson.number} · ...'"
        return
    for (part, pattern), text in zip(OPENING, paragraphs[1:], strict=False):
        if not re.fullmatch(pattern, text, re.DOTALL):
            yield first.id, f"expected {part} ({pattern}), found: {text.splitlines()[0][:60]}"
            return
    if len(paragraphs) != 1 + len(OPENING):
        parts = ", ".join(part for part, _ in OPENING)
        yield first.id, f"the opening has {len(paragraphs) - 1} paragraphs, expected: {parts}"
        return
    yield from _points_faults(notebook, paragraphs[4], first.id)


def sections_are_numbered(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """Sections are '## N.1 ...' and count up; the summary and the questions close the lesson."""
    if lesson.is_start_page:
        return
    expected = 1
    closing: list[str] = []
    for cell, level, heading in _headings(notebook):
        if level == 1 and cell is not notebook.cells[0]:
            yield cell.id, f"a second title: # {heading}"
        if level > 3:
            yield cell.id, f"a heading below ###: {heading}"
        if level != 2:
            continue
        if heading in CLOSING:
            closing.append(heading)
        elif closing:
            yield cell.id, f"a section after '## {closing[-1]}': {heading}"
        elif not re.match(rf"{lesson.number}\.{expected} \S", heading):
            yield cell.id, f"expected '## {lesson.number}.{expected} ...', found '## {heading}'"
        expected += heading not in CLOSING
    if tuple(closing) != CLOSING:
        yield "-", f"the lesson does not close with {' and '.join(CLOSING)}, but with {closing}"


def closes_like_every_lesson(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """The last cell says what to read, and where to go next."""
    if lesson.is_start_page:
        return
    last = notebook.cells[-1] if notebook.cells else None
    texts = _paragraphs(last) if last else []
    if [text.split(":**")[0] for text in texts] != ["**Read on", "**Next"]:
        yield (
            last.id if last else "-",
            "the lesson does not end with '**Read on:**' and '**Next:**'",
        )


def exercises_have_a_section(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """An exercise's section says its minutes and the points that its check gives."""
    section = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            section = next((text for level, text in _cell_headings(cell) if level == 2), section)
        nbgrader = cell.metadata.get("nbgrader", {})
        points = EXERCISE.search(section)
        if nbgrader.get("solution") and not points:
            form = "## N.k Exercise: ... (M minutes, P points)"
            yield cell.id, f"the exercise stands under '## {section}', expected '{form}'"
        if nbgrader.get("grade") and points and int(points["points"]) != nbgrader["points"]:
            yield cell.id, f"'## {section}' does not give the {nbgrader['points']} points"


def predictions_have_one_form(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """A prediction is '**Predict:** question?' at the end of its cell; the answer comes next."""
    if lesson.is_start_page:
        return
    for index, cell in enumerate(notebook.cells[1:], 1):
        if cell.cell_type != "markdown" or "**Predict" not in cell.source:
            continue
        if cell.source.count("**Predict") > 1:
            yield cell.id, "two predictions in one cell: ask for one before each measurement"
        elif not PREDICTION.fullmatch(_paragraphs(cell)[-1]):
            yield cell.id, "the cell does not end with a paragraph '**Predict:** question?'"
        following = notebook.cells[index + 1 : index + 2]
        if not following or any(_cell_headings(after) for after in following):
            yield cell.id, "the cell after a prediction does not answer it"


def predictions_are_asked_in_prose(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """A cell that takes a prediction has one line, and the prose above it asks the question."""
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or "utils.predict(" not in cell.source:
            continue
        before = _paragraphs(notebook.cells[index - 1]) if index else []
        if not before or not PREDICTION.fullmatch(before[-1]):
            yield cell.id, "the cell above does not end with '**Predict:** question?'"
        if len([line for line in cell.source.splitlines() if line[:1] != "#"]) != 1:
            yield cell.id, "a cell that takes a prediction has other lines of code too"


def _points_faults(notebook: NotebookNode, time: str, cell_id: str) -> Faults:
    stated = re.fullmatch(dict(OPENING)["the time"], time, re.DOTALL)["points"]
    given = [
        cell.metadata["nbgrader"]["points"]
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    ]
    if int(stated or 0) != sum(given):
        yield cell_id, f"the opening promises {stated or 'no'} points, the checks give {sum(given)}"


def _paragraphs(cell: NotebookNode) -> list[str]:
    if cell.cell_type != "markdown":
        return []
    return [text for text in re.split(r"\n\s*\n", cell.source.strip()) if text]


def _headings(notebook: NotebookNode) -> list[tuple[NotebookNode, int, str]]:
    return [(cell, level, text) for cell in notebook.cells for level, text in _cell_headings(cell)]


def _cell_headings(cell: NotebookNode) -> list[tuple[int, str]]:
    if cell.cell_type != "markdown":
        return []
    prose = FENCED.sub("", cell.source)
    return [(len(marks), text) for marks, text in HEADING.findall(prose)]
