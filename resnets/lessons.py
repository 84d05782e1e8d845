"""Load the learner's own function from an earlier lesson's notebook.

Who calls it: a later lesson, as `identity_block = utils.from_lesson(2, "identity_block")`.

The notebook is read in the same way as by the grader (see `resnets.reader`). Only the statements
that the function needs are run, so no training starts and no output appears.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

from resnets import holding, stand_ins
from resnets.data import course_path
from resnets.offer import wait
from resnets.reader.notebooks import (
    EMPTY,
    SOLVED,
    Notebook,
    choose,
    jupyter_names,
    keep_source,
    read,
)
from resnets.reader.slices import Failure, cause_of, needed, run
from resnets.training.progress import in_notebook


class LessonNotReady(RuntimeError):
    """An earlier lesson's exercise is missing or not solved yet; Jupyter shows only the message."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


# Folder and number of the lesson whose notebook is being run here; None outside of this. The code
# of that notebook may call `from_lesson` itself.
_reading: tuple[Path, int] | None = None
# The grader's sandbox sets this: a submission's notebooks are not files there.
_fetch: Callable[[int, str], Callable] | None = None


def from_lesson(number: int, name: str) -> Callable:
    """Return the function `name` as the learner wrote it in lesson `number`.

    The notebook `<number>_*.ipynb` is searched in the running notebook's folder, then among the
    course's notebooks. It is read from disk, so it has to be saved first. If there are several, the
    one that the grader would mark counts. In a notebook, a function that is not ready does not end
    "Run All Cells": the cells that use it wait, and a button lends the course's own function.

    Args:
        number: the lesson's number.
        name: the function's name.

    Raises:
        LessonNotReady: outside a notebook, or later when the function is called: there is no such
            lesson, it cannot be read, it does not define the function, the exercise is still
            empty, or a line that the function needs fails.
    """
    if _fetch is not None:
        return _fetch(number, name)
    folder = Path.cwd()
    if _reading is not None:
        folder, reader = _reading
        if number >= reader:
            raise LessonNotReady(
                f"Lesson {reader} fetches {name} from lesson {number}, which is not an earlier one"
            )
    try:
        function = _from_folders((folder, course_path("notebooks")), number, name)
    except LessonNotReady as error:
        if _reading is not None:
            raise
        function = stand_ins.lent(name)
        if function is None:
            return _wait_for(name, error)
    if _reading is None:
        holding.release(name)
    return function


def _wait_for(name: str, error: LessonNotReady) -> Callable:
    """In a notebook, say what is missing and hold back the cells that need it; else raise it."""
    if not in_notebook():
        raise error
    wait(str(error), [name])
    holding.hold(name)
    return holding.placeholder(error)


def _from_folders(folders: tuple[Path, Path], number: int, name: str) -> Callable:
    for directory in folders:
        paths = [path for path in directory.glob(f"{number}_*.ipynb") if path.is_file()]
        paths.sort(key=lambda path: (len(path.name), path))
        if paths:
            return _from_notebooks(paths, number, name)
    folder = folders[0]
    raise LessonNotReady(
        f"Lesson {number} was not found: there is no notebook {number}_*.ipynb in {folder}. "
        f"Put your notebook of lesson {number}, with {name} in it, into this notebook's folder."
    )


def fetch_with(fetch: Callable[[int, str], Callable] | None) -> None:
    """Make `from_lesson` call `fetch(number, name)` from now on; with None it reads files again.

    With a `fetch`, no function of the course is lent.
    """
    global _fetch
    _fetch = fetch
    stand_ins.take_back(refuse=fetch is not None)


@contextmanager
def _while_reading(folder: Path, number: int):
    """Within the `with` block, resolve `from_lesson` calls in the notebook of lesson `number`."""
    global _reading
    before, _reading = _reading, (folder, number)
    try:
        yield
    finally:
        _reading = before


def _from_notebooks(paths: list[Path], number: int, name: str) -> Callable:
    notebooks, damaged = [], None
    for path in paths:
        try:
            notebooks.append(_read(path, number))
        except LessonNotReady as error:
            damaged = damaged or error
    chosen = choose(notebooks, name)
    if not chosen or chosen[0].state(name) != SOLVED:
        raise damaged or LessonNotReady(why_not(chosen or notebooks, number, name))
    notebook = chosen[0]
    keep_source(notebook.cells)
    namespace = {"__name__": "__main__", **jupyter_names()}
    with _while_reading(paths[0].parent, number):
        failures = run(needed(notebook, name, namespace), namespace)
    return _function_from(namespace, failures, number, name, notebook.name)


def _read(path: Path, number: int) -> Notebook:
    try:
        return read(path)
    except ValueError as error:
        raise LessonNotReady(
            f"Lesson {number} cannot be read: {error}. Open it in JupyterLab and save it again."
        ) from error


def why_not(notebooks: list[Notebook], number: int, name: str) -> str:
    """Return one line that says why no notebook of a lesson provides the function `name`."""
    for notebook in notebooks:
        if cell := notebook.broken_cell(name):
            return (
                f"Lesson {number} has a syntax error in the cell that defines {name}: code cell "
                f"{cell.number}, line {cell.error.lineno}: {cell.error.msg}. Correct it in "
                f"{notebook.name}, run the check there, save the notebook (Ctrl+S), and run this "
                "cell again."
            )
    for notebook in notebooks:
        if notebook.state(name) == EMPTY:
            return (
                f"Lesson {number} is waiting for you: {name} is still the empty exercise "
                f"in {notebook.name}. Solve it there, run its check, save the notebook "
                "(Ctrl+S), and run this cell again."
            )
    for notebook in notebooks:
        if other := notebook.misspelt(name):
            return (
                f"Lesson {number} has no function {name}, but {notebook.name} defines {other}: "
                f"rename it to {name}, save the notebook (Ctrl+S), and run this cell again."
            )
    return (
        f"Lesson {number} has no function {name}: {notebooks[0].name} does not define it. Restore "
        "its exercise cell, solve it, save the notebook (Ctrl+S), and run this cell again."
    )


def _function_from(
    namespace: dict, failures: dict[str, Failure], number: int, name: str, notebook: str
) -> Callable:
    """Return the function that the notebook made.

    Raises:
        LessonNotReady: a statement that it needs raised an exception, or `name` is not a function.
    """
    if failure := failures.get(name):
        failure = cause_of(failure.error, failures) or failure
    needed_by_it = [other for other in failures if other not in namespace and other != name]
    if failure is None and needed_by_it:
        failure = failures[needed_by_it[0]]
    if failure is not None:
        kind = type(failure.error).__name__
        raise LessonNotReady(
            f"Lesson {number}: {name} needs a line that raises {kind}: {failure.error} "
            f"({failure.place}). Correct it, save the notebook (Ctrl+S), and run this cell again."
        ) from failure.error
    if not callable(namespace.get(name)):
        raise LessonNotReady(
            f"Lesson {number}: {name} in {notebook} is not a function. Define it there with "
            f"`def {name}(...):`, save the notebook (Ctrl+S), and run this cell again."
        )
    return namespace[name]
