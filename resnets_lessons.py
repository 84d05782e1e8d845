"""Fetch the learner's own function from an earlier lesson's notebook.

Who calls it: a later lesson, as `identity_block = utils.from_lesson(2, "identity_block")`.

The notebook is read, not run: only its imports, its function and class definitions and its
simple assignments are executed, so no training starts and no output appears.
"""

from __future__ import annotations

import ast
import dis
import itertools
import json
import linecache
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from resnets_data import course_path


class LessonNotReady(RuntimeError):
    """An earlier lesson's exercise is missing or not solved yet; Jupyter shows one line."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True)
class _Cell:
    number: int  # counts code cells, from 1
    source: str
    filename: str
    tree: ast.Module | None
    error: SyntaxError | None


def from_lesson(number: int, name: str) -> Callable:
    """The function `name` as the learner wrote it in lesson `number`.

    The notebook `<number>_*.ipynb` is looked for in the running notebook's folder, then among
    the course's notebooks. It is read from disk: save it first.

    Raises:
        LessonNotReady: there is no such notebook, it lacks the function, or the function is
            still the empty exercise.
    """
    return _from_folder(Path.cwd(), number, name)


def _from_folder(folder: Path, number: int, name: str) -> Callable:
    for place in (folder, course_path("notebooks")):
        # A duplicate made in JupyterLab, "...-Copy1.ipynb", has the longer name.
        found = sorted(place.glob(f"{number}_*.ipynb"), key=lambda path: (len(path.name), path))
        if found:
            return _from_notebook(found[0], number, name)
    raise LessonNotReady(
        f"Lesson {number} is not here: there is no notebook {number}_*.ipynb in {folder}. "
        f"Put your notebook of lesson {number}, with {name} in it, beside this one."
    )


def _from_notebook(path: Path, number: int, name: str) -> Callable:
    cells = list(_code_cells(path, number))
    _check_ready(cells, path, number, name)
    namespace: dict = {"__name__": f"lesson_{number}"}
    for cell in cells:
        for node in cell.tree.body if cell.tree else ():
            _execute(node, cell, namespace, number, name, path.parent)
    _check_complete(cells, namespace, number, name)
    return namespace[name]


def _code_cells(path: Path, number: int) -> Iterator[_Cell]:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        sources = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LessonNotReady(
            f"Lesson {number} cannot be read: {path.name} is not a whole notebook ({error!r}). "
            "Open it in JupyterLab and save it again."
        ) from error
    for index, source in enumerate(sources, start=1):
        source = plain_python(source if isinstance(source, str) else "".join(source))
        filename = f"<{path.name}, code cell {index}>"
        # Lets a traceback and inspect.getsource show the learner's own lines.
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        try:
            yield _Cell(index, source, filename, ast.parse(source, filename), None)
        except SyntaxError as error:
            yield _Cell(index, source, filename, None, error)


def plain_python(source: str) -> str:
    """A cell without IPython's own syntax: `%magic`, `!command`, `name?`."""
    from IPython.core.inputtransformer2 import TransformerManager

    first, _, rest = source.partition("\n")
    if first.startswith("%%"):  # %%time and the like: the body is what counts
        source = "\n" + rest
    lines = source.splitlines(keepends=True)
    blank = sum(1 for _ in itertools.takewhile(str.isspace, lines))  # IPython drops these
    try:
        return "\n" * blank + TransformerManager().transform_cell(source)
    except SyntaxError:
        return source


def _check_ready(cells: list[_Cell], path: Path, number: int, name: str) -> None:
    """Raise LessonNotReady unless the last definition of `name` is a solved one."""
    for cell in reversed(cells):
        if cell.error and re.search(rf"^\s*def\s+{re.escape(name)}\b", cell.source, re.M):
            raise LessonNotReady(
                f"Lesson {number} has a syntax error in the cell that defines {name}: code cell "
                f"{cell.number}, line {cell.error.lineno}: {cell.error.msg}. Correct it in "
                f"{path.name}, run its check, save it, and run this cell again."
            )
        for node in reversed(cell.tree.body if cell.tree else []):
            if isinstance(node, ast.FunctionDef) and node.name == name:
                if is_stub(node):
                    raise LessonNotReady(
                        f"Lesson {number} is waiting for you: {name} is still the empty exercise "
                        f"in {path.name}. Solve it there, run its check, save the notebook "
                        "(Ctrl+S), and run this cell again."
                    )
                return
            if isinstance(node, ast.Assign) and name in _names(node):
                return
    raise LessonNotReady(
        f"Lesson {number} has no function {name}: {path.name} does not define it. Restore its "
        "exercise cell, solve it, save the notebook (Ctrl+S), and run this cell again."
    )


def _check_complete(cells: list[_Cell], namespace: dict, number: int, name: str) -> None:
    """Raise LessonNotReady if the function uses what only running the notebook would make."""
    if not callable(namespace.get(name)):
        raise LessonNotReady(
            f"Lesson {number}: {name} is not a function that can be fetched from its notebook. "
            f"Define it there with `def {name}(...):`, save, and run this cell again."
        )
    assigned = {
        found
        for cell in cells
        for node in (cell.tree.body if cell.tree else ())
        if isinstance(node, ast.Assign)
        for found in _names(node)
    }
    missing = sorted((_globals_used(namespace, name) & assigned) - namespace.keys())
    if missing:
        raise LessonNotReady(
            f"Lesson {number}: {name} uses {', '.join(missing)}, which its notebook makes outside "
            f"the function by a call; only imports, functions and constants are fetched. Make "
            f"{missing[0]} inside {name}, save, and run this cell again."
        )


def _globals_used(namespace: dict, name: str) -> set[str]:
    """Global names in the code of the function `name` and of the functions that it uses."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        code = getattr(namespace.get(waiting.pop()), "__code__", None)
        steps = dis.get_instructions(code) if code else ()
        used = {step.argval for step in steps if step.opname == "LOAD_GLOBAL"}
        waiting += used - found
        found |= used
    return found


def is_stub(function: ast.FunctionDef) -> bool:
    raised = [ast.dump(node) for node in function.body if isinstance(node, ast.Raise)]
    if any("NotImplementedError" in text for text in raised):
        return True
    return all(_does_nothing(node) for node in function.body)


def _does_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.Return):
        return node.value is None or isinstance(node.value, ast.Name | ast.Constant)
    if isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign):  # docstring, ..., X = None
        return node.value is None or isinstance(node.value, ast.Constant)
    return False


def _names(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]


def _execute(
    node: ast.stmt, cell: _Cell, namespace: dict, number: int, name: str, folder: Path
) -> None:
    """Run one top-level statement if it only defines something."""
    if isinstance(node, ast.Assign) and (earlier := from_lesson_call(node.value)):
        if earlier[0] < number:
            function = _from_folder(folder, *earlier)
            namespace.update(dict.fromkeys(_names(node), function))
        return
    if not only_defines(node):
        return
    try:
        exec(compile(ast.Module([node], []), cell.filename, "exec"), namespace)
    except Exception as error:
        # What the function does not need must not stand in its way: a missing package that
        # only the lesson's plots use, a constant made from something that was not run.
        if getattr(node, "name", None) == name:
            raise LessonNotReady(
                f"Lesson {number}: {name} cannot be defined by itself (code cell {cell.number}: "
                f"{type(error).__name__}: {error}). Its default values and decorators may use "
                "only imports, functions and constants of that notebook."
            ) from error


def only_defines(node: ast.stmt) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
        return True
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    calls = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.Subscript, ast.comprehension)
    return not any(isinstance(part, calls) for part in ast.walk(node))


def from_lesson_call(value: ast.expr) -> tuple[int, str] | None:
    """(number, name) if `value` is a call such as `utils.from_lesson(2, "identity_block")`."""
    if not isinstance(value, ast.Call):
        return None
    if getattr(value.func, "attr", getattr(value.func, "id", None)) != "from_lesson":
        return None
    arguments = {"number": None, "name": None}
    try:
        arguments.update(zip(arguments, map(ast.literal_eval, value.args), strict=False))
        arguments.update({key.arg: ast.literal_eval(key.value) for key in value.keywords})
        return int(arguments["number"]), str(arguments["name"])
    except (ValueError, TypeError):
        return None
