"""The programs of `*_programs.py`, for each exercise whose function returns numbers.

Each program is one `def`, so that a notebook can bind it in other ways. A new numeric exercise gets
a module of its name in lower case with RIGHT, right programs by title, and WRONG, by a mistake's id
the change to the first of them. The tests find it by the registry.
"""

from __future__ import annotations

import importlib
import linecache
from dataclasses import dataclass
from pathlib import Path

import notebook_variations

from resnets.exercises import EXERCISES, Kind

_ROOM = Path(__file__).parent
NUMERIC = [name for name, exercise in EXERCISES.items() if exercise.kind is Kind.NUMBERS]
WITH_PROGRAMS = [name for name in NUMERIC if (_ROOM / f"{name.lower()}_programs.py").is_file()]


@dataclass(frozen=True)
class Program:
    """A cell that defines an exercise's function; `mistake` is an id, or None if it is right."""

    exercise: str
    title: str
    text: str
    mistake: str | None = None


def right(exercise: str) -> list[Program]:
    """Return the right programs of an exercise."""
    module = importlib.import_module(f"{exercise.lower()}_programs")
    return [Program(exercise, title, text.strip()) for title, text in module.RIGHT.items()]


def wrong(exercise: str) -> list[Program]:
    """Return programs with mistakes, each made by a change to the first right program."""
    first = right(exercise)[0].text
    programs = []
    for mistake, (old, new) in importlib.import_module(
        f"{exercise.lower()}_programs"
    ).WRONG.items():
        if old not in first:
            raise ValueError(f"{exercise}, {mistake}: {old!r} is not in the first program")
        programs.append(Program(exercise, mistake, first.replace(old, new), mistake))
    return programs


def function(program: Program):
    """Return the function that a program defines, with a notebook's imports in scope."""
    cell = f"<cell {program.exercise} {program.title}>"
    linecache.cache[cell] = (len(program.text), None, program.text.splitlines(True), cell)
    names: dict = {}
    exec(notebook_variations.IMPORTS, names)
    exec(compile(program.text, cell, "exec"), names)
    return names[program.exercise]
