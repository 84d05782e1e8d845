"""Structural rules about the code cells of a solved lesson: see ``tools.notebooks.rules``."""

from __future__ import annotations

import ast
import io
import json
import tokenize
from collections.abc import Iterator

from nbformat import NotebookNode

from tools.notebooks.files import MARKERS, Lesson, code_cells

Faults = Iterator[tuple[str, str]]
"""Pairs of a cell's id and what is wrong with it."""

COMFORTABLE_LINES, MOST_LINES, MOST_EXERCISE_LINES, LONG_CELLS = 15, 25, 30, 2
MARKER_TAGS = {marker.lower().replace("_", "-") for marker in MARKERS} | {"raises-exception"}
ALLOWED_MARKERS = "nbval_allowed.json"


def code_is_python(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """Every code cell has plain Python code, without magics: ruff and the graders read it too."""
    for cell in code_cells(notebook):
        if not cell.source.strip():
            yield cell.id, "the code cell is empty"
        elif _parse(cell) is None:
            yield cell.id, "the code is not plain Python"


def cells_are_short(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """A cell has at most 15 lines of code; two cells of a lesson may have 25, an exercise 30."""
    long_cells = []
    for cell in code_cells(notebook):
        lines = count_code_lines(cell.source)
        is_exercise = cell.metadata.get("nbgrader", {}).get("solution", False)
        most = MOST_EXERCISE_LINES if is_exercise else MOST_LINES
        if lines > most:
            yield cell.id, f"{lines} lines of code, at most {most}"
        elif lines > COMFORTABLE_LINES and not is_exercise:
            long_cells.append(cell.id)
    for cell_id in long_cells[LONG_CELLS:]:
        yield (
            cell_id,
            f"more than {COMFORTABLE_LINES} lines of code, like {LONG_CELLS} cells before: split",
        )


def results_are_seen(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """A cell that computes something shows or asserts it; otherwise nbval accepts any value."""
    for cell in code_cells(notebook):
        tree = _parse(cell)
        if tree is None or _has_comparable_output(cell) or _asserts(tree):
            continue
        for statement in tree.body:
            if not _needs_no_proof(statement):
                line = ast.get_source_segment(cell.source, statement).splitlines()[0]
                yield cell.id, f"nothing shows or asserts the result of '{line}'"
                break


def shown_values_are_stored(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """A cell that prints, displays or ends in a value has stored output."""
    for cell in code_cells(notebook):
        tree = _parse(cell)
        if tree is not None and not cell.outputs and _shows_something(tree):
            yield cell.id, "it shows a value, but no output is stored"


def markers_are_allowed(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """Every nbval marker is a real comment and is listed in ``tests/nbval_allowed.json``."""
    allowed = read_allowed(lesson)
    for cell in notebook.cells:
        for tag in set(cell.metadata.get("tags", [])) & MARKER_TAGS:
            yield cell.id, f"the tag {tag} switches nbval off: use a comment that is listed instead"
        if cell.cell_type != "code":
            continue
        comments = _comments(cell.source)
        for marker in MARKERS:
            mentioned = cell.source.count(marker)
            commented = sum(comment.count(marker) for comment in comments)
            if mentioned > commented:
                yield cell.id, f"{marker} in a string: nbval may take it for a marker"
            if commented and not allowed.get(cell.id, "").startswith(f"{marker}: "):
                yield cell.id, f"{marker} is not listed in tests/{ALLOWED_MARKERS}"
    present = {cell.id for cell in notebook.cells}
    for cell_id in sorted(set(allowed) - present):
        yield cell_id, f"tests/{ALLOWED_MARKERS} lists a cell that does not exist"


def read_allowed(lesson: Lesson) -> dict[str, str]:
    """Return ``MARKER: reason`` for each of the lesson's listed cells, by cell id."""
    path = lesson.root / "tests" / ALLOWED_MARKERS
    return json.loads(path.read_text(encoding="utf-8")).get(lesson.name, {})


def count_code_lines(source: str) -> int:
    """Return the number of lines with code, without blank lines, comments and docstrings."""
    quiet = (
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.COMMENT,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    )
    lines: set[int] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type not in quiet:
                lines.update(range(token.start[0], token.end[0] + 1))
        for start, end in _docstring_lines(ast.parse(source)):
            lines -= set(range(start, end + 1))
    except (tokenize.TokenError, SyntaxError):
        return len(source.splitlines())
    return len(lines)


def _docstring_lines(tree: ast.Module) -> Iterator[tuple[int, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            yield node.body[0].lineno, node.body[0].end_lineno


def _comments(source: str) -> list[str]:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return []
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def _parse(cell: NotebookNode) -> ast.Module | None:
    try:
        return ast.parse(cell.source)
    except SyntaxError:
        return None


def _has_comparable_output(cell: NotebookNode) -> bool:
    """Return whether nbval would compare anything: it compares text, but no images."""
    for output in cell.outputs:
        if output.output_type == "stream":
            return True
        data = output.get("data", {})
        if any(kind in data for kind in ("text/html", "image/svg+xml", "text/latex")):
            return True
        plain = data.get("text/plain", "")
        if plain and not plain.startswith("<Figure"):
            return True
    return False


def _asserts(tree: ast.Module) -> bool:
    pending = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant | ast.Tuple):
            return True
        if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            pending += ast.iter_child_nodes(node)
    return False


def _needs_no_proof(statement: ast.stmt) -> bool:
    """Return whether it is an import, definition, literal, expression or ``from_lesson``."""
    if isinstance(
        statement,
        ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.Expr | ast.Pass,
    ):
        return True
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign) and statement.value:
        value = statement.value
        return _is_literal(value) or _is_from_lesson(value)
    return False


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def _is_from_lesson(node: ast.expr) -> bool:
    """Return whether it calls ``from_lesson``, which raises if there is nothing to return."""
    return isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "from_lesson"


def _shows_something(tree: ast.Module) -> bool:
    for statement in tree.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            if ast.unparse(statement.value.func) in ("print", "display"):
                return True
    last = tree.body[-1] if tree.body else None
    return isinstance(last, ast.Expr) and not isinstance(
        last.value, ast.Call | ast.Constant | ast.Await
    )
