"""Programs as students write them, for each exercise that has a module of its own name here.

These are the exercises whose functions return numbers, and all others whose programs are not
written from the catalogue (see `written`). A module has two dicts. RIGHT holds right programs by
title. WRONG holds, by a mistake's id, the change to the first right program that makes this
mistake. Each program is the text of one cell. The tests and the example class find the modules by
the names in `EXERCISES`.
"""

from __future__ import annotations

import importlib
import linecache
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers

import resnets_utils as utils
from resnets.exercises import EXERCISES, Kind

# What a notebook has imported, as far as the programs use it.
_NAMES = {
    "np": np,
    "tf": tf,
    "keras": keras,
    "layers": layers,
    "Conv2D": layers.Conv2D,
    "BatchNormalization": layers.BatchNormalization,
    "Activation": layers.Activation,
    "Add": layers.Add,
    "ReLU": layers.ReLU,
    "glorot_uniform": utils.glorot_uniform,
}
_ROOM = Path(__file__).parent
NUMERIC = [name for name, exercise in EXERCISES.items() if exercise.kind is Kind.NUMBERS]
WITH_PROGRAMS = [name for name in EXERCISES if (_ROOM / f"{name.lower()}.py").is_file()]


@dataclass(frozen=True)
class Program:
    """A cell that defines an exercise's function; `mistake` is an id, or None if it is right."""

    exercise: str
    title: str
    text: str
    mistake: str | None = None


def right(exercise: str) -> list[Program]:
    """Return the right programs of an exercise."""
    programs = _module(exercise).RIGHT.items()
    return [Program(exercise, title, text.strip()) for title, text in programs]


def wrong(exercise: str) -> list[Program]:
    """Return programs with mistakes, each made by a change to the first right program.

    Raises:
        ValueError: the text that a change replaces is not there.
    """
    first = right(exercise)[0].text
    programs = []
    for mistake, (old, new) in _module(exercise).WRONG.items():
        if old not in first:
            raise ValueError(f"{exercise}, {mistake}: {old!r} is not in the first program")
        programs.append(Program(exercise, mistake, first.replace(old, new), mistake))
    return programs


def function(program: Program) -> Callable:
    """Return the function that a program defines, with a notebook's usual names in scope."""
    cell = f"<cell {program.exercise} {program.title}>"
    linecache.cache[cell] = (len(program.text), None, program.text.splitlines(True), cell)
    names = dict(_NAMES)
    exec(compile(program.text, cell, "exec"), names)
    return names[program.exercise]


def _module(exercise: str):
    return importlib.import_module(f"grading.programs.{exercise.lower()}")
