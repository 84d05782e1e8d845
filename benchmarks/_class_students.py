"""A class whose marks are known beforehand, from how each submission was made."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import keras
import nbformat

from grading.catalogue.entries import CATALOGUE
from grading.judge import sampling
from grading.programs import by_exercise, classic
from grading.programs import written as programs
from grading.results import rubric
from grading.results.records import Mark, Record
from resnets.checks.attempt import BuildRecord, attempt_architecture, record
from resnets.checks.compare import same_record
from resnets.checks.numbers import attempt_numbers, numbers_record, same_numbers
from resnets.exercises import EXERCISES, NAMES, Kind

SOLUTIONS = Path(__file__).resolve().parent.parent / "notebooks" / "solutions"
FORMS = ("folder", "folder", "zip", "zip", "classic", "classic zip")
FIRST_FOUR = ("gradient_norms", "identity_block", "convolutional_block", "ResNet50")
MISTAKEN, EMPTY = 0.3, 0.05  # how often an exercise is
_NOT_CLASSIC = {*by_exercise.NUMERIC, *by_exercise.WITH_PROGRAMS}


@dataclass(frozen=True)
class Done:
    """What a student wrote for an exercise.

    Attributes:
        text: the function.
        mistake: what is wrong with it; None when nothing is.
        edits: the mistake's edits of the reference, where it is one of an architecture.
    """

    text: str
    mistake: str | None = None
    edits: tuple = ()


@dataclass(frozen=True)
class Student:
    """A student's name, the form they hand in, and what they did in each exercise."""

    name: str
    form: str
    done: dict[str, Done]


def right(exercise: str, style: int) -> Done:
    """A right program in one of the styles."""
    if exercise in by_exercise.WITH_PROGRAMS:
        spellings = by_exercise.right(exercise)
        return Done(spellings[style % len(spellings)].text)
    if EXERCISES[exercise].kind is Kind.NUMBERS:
        return Done(programs.norms(**programs.NORM_STYLES[style % len(programs.NORM_STYLES)]))
    chosen = programs.STYLES[style % len(programs.STYLES)]
    if EXERCISES[exercise].kind is Kind.NETWORK:
        return Done(programs.network((), chosen))
    return Done(programs.block(exercise, (), chosen))


def mistaken(exercise: str, number: int) -> Done:
    """The catalogue's mistake `number` (counted round), written as a program."""
    if exercise in by_exercise.WITH_PROGRAMS:
        wrong = by_exercise.wrong(exercise)
        program = wrong[number % len(wrong)]
        return Done(program.text, program.mistake)
    if EXERCISES[exercise].kind is Kind.NUMBERS:
        names = list(programs.NORM_MISTAKES)
        name = names[number % len(names)]
        return Done(programs.norms(**programs.NORM_MISTAKES[name]), name)
    entry = CATALOGUE[exercise].mistakes[number % len(CATALOGUE[exercise].mistakes)]
    edits = entry.variants[0]
    if EXERCISES[exercise].kind is Kind.NETWORK:
        return Done(programs.network(edits), entry.id, edits)
    return Done(programs.block(exercise, edits), entry.id, edits)


def empty(exercise: str) -> Done:
    """An exercise that was not begun."""
    body = "    # YOUR CODE HERE\n    raise NotImplementedError()\n"
    text = f"def {EXERCISES[exercise].signature}:\n{body}"
    return Done(text, "unfinished")


def students(count: int, seed: int = 0, only: Sequence[str] = NAMES) -> list[Student]:
    """A class of right, equivalent, mistaken and empty programs, always the same for a seed.

    Args:
        count: how many students.
        seed: another one gives another class.
        only: the exercises that they work on; the others stay empty.
    """
    return [_student(f"student{i:04}", random.Random(f"{seed} {i}"), only) for i in range(count)]


def one_mistake_each() -> list[Student]:
    """For every mistake of the catalogue a student who makes it and is right in the rest."""
    made = []
    for exercise in NAMES:
        for number in range(_mistakes(exercise)):
            done = {name: right(name, 0) for name in NAMES}
            done[exercise] = mistaken(exercise, number)
            made.append(Student(f"{exercise}-{done[exercise].mistake}", "folder", done))
    return made


def _mistakes(exercise: str) -> int:
    """How many mistakes `mistaken` can write as a program."""
    if exercise in by_exercise.WITH_PROGRAMS:
        return len(by_exercise.wrong(exercise))
    is_numbers = EXERCISES[exercise].kind is Kind.NUMBERS
    return len(programs.NORM_MISTAKES if is_numbers else CATALOGUE[exercise].mistakes)


def _student(name: str, rng: random.Random, only: Sequence[str]) -> Student:
    form = rng.choice(FORMS)
    done = {
        exercise: _attempt(exercise, rng) if exercise in only else empty(exercise)
        for exercise in NAMES
    }
    if form.startswith("classic"):
        done |= dict.fromkeys(_NOT_CLASSIC, Done("", "missing"))
    return Student(name, form, done)


def _attempt(exercise: str, rng: random.Random) -> Done:
    luck = rng.random()
    if luck < EMPTY:
        return empty(exercise)
    number = rng.randrange(1000)
    return mistaken(exercise, number) if luck < EMPTY + MISTAKEN else right(exercise, number)


def write(folder: Path, chosen: list[Student]) -> None:
    """Write what each student hands in: a folder, a zip or a notebook of the classic."""
    folder.mkdir(parents=True)
    for student in chosen:
        place = folder / student.name
        notebooks = _notebooks(student)
        if student.form == "folder":
            place.mkdir()
            for name, text in notebooks.items():
                (place / f"{name}.ipynb").write_text(text)
        elif student.form == "classic":
            (text,) = notebooks.values()
            place.with_suffix(".ipynb").write_text(text)
        else:
            with zipfile.ZipFile(place.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
                for name, text in notebooks.items():
                    archive.writestr(f"{student.name}/{name}.ipynb", text)


def _notebooks(student: Student) -> dict[str, str]:
    if student.form.startswith("classic"):
        cells = [d.text for name, d in student.done.items() if name not in _NOT_CLASSIC]
        return {"Residual_Networks_v2a": _notebook(classic.notebook(*cells))}
    lessons = {exercise.notebook: [] for exercise in EXERCISES.values()}
    for lesson, texts in lessons.items():
        for solves, source in _cells(lesson):
            texts.append(student.done[solves].text if solves else source)
    return {lesson: _notebook(texts) for lesson, texts in lessons.items()}


@cache
def _cells(lesson: str) -> tuple[tuple[str | None, str], ...]:
    """A lesson's code cells: the exercise that each one solves, or None, and its text."""
    cells = json.loads((SOLUTIONS / f"{lesson}.ipynb").read_text(encoding="utf-8"))["cells"]
    return tuple(
        (_solves(cell), "".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"
    )


def _solves(cell: dict) -> str | None:
    marked = cell["metadata"].get("nbgrader", {})
    return marked["grade_id"] if marked.get("solution") else None


def _notebook(cells: list[str]) -> str:
    v4 = nbformat.v4
    return nbformat.writes(v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells]))


def deviations(student: Student, found: Record | None, class_seed: int) -> list[str]:
    """How a record differs from the marks that were known; empty when it does not.

    A wrong program may be right for the lesson's arguments, and then for some of those drawn too:
    what it is due follows from the seed that the record names.
    """
    if found is None or not found.marks:
        return [f"{student.name}: no mark ({found and found.status})"]
    wrong = []
    for exercise, done in student.done.items():
        due, got = _due(exercise, done, found.seed, class_seed), found.marks[exercise]
        rubric.apply(rubric.read(), {exercise: due})
        if (due.points, due.mistake) != (got.points, got.mistake):
            wrong.append(
                f"{student.name}, {exercise}: {got.points} {got.mistake}, "
                f"expected {due.points} {due.mistake}"
            )
    return wrong


def _due(exercise: str, done: Done, seed: int, class_seed: int) -> Mark:
    full = {"function": 1.0, "generality": 1.0, "names": 1.0}
    if done.mistake is None:
        return Mark(0, 0, full)
    if done.mistake == "training_false":  # without BatchNorm it makes no difference
        return Mark(0, 0, {"function": 1.0}, done.mistake)
    if exercise in by_exercise.WITH_PROGRAMS and done.mistake not in ("missing", "unfinished"):
        return Mark(0, 0, _program_aspects(exercise, done, seed, class_seed), done.mistake)
    if not done.edits or not _same(exercise, done.edits, json.dumps(sampling.lesson(exercise, 1))):
        return Mark(0, 0, {}, done.mistake)
    _, *unseen = sampling.calls(exercise, seed, class_seed)
    share = sum(_same(exercise, done.edits, json.dumps(one)) for one in unseen) / len(unseen)
    mistake = None if share == 1.0 else done.mistake
    return Mark(0, 0, {**full, "generality": share}, mistake)


def _program_aspects(exercise: str, done: Done, seed: int, class_seed: int) -> dict[str, float]:
    """What a program earns for the arguments that the submission's seed draws."""
    function = by_exercise.function(by_exercise.Program(exercise, "of a student", done.text))
    is_numbers = EXERCISES[exercise].kind is Kind.NUMBERS
    is_right = _right_numbers if is_numbers else _right_model
    drawn = sampling.calls(exercise, seed, class_seed)
    right = [is_right(exercise, function, one) for one in drawn]
    return {"function": float(right[0]), "generality": float(all(right))}


def _right_numbers(exercise: str, function: Callable, drawn: dict) -> bool:
    entry, outcome = CATALOGUE[exercise], EXERCISES[exercise].outcome
    attempts = [
        attempt_numbers(one, entry.arguments(drawn), outcome) for one in (function, entry.reference)
    ]
    return same_numbers(*map(numbers_record, attempts))


def _right_model(exercise: str, function: Callable, drawn: dict) -> bool:
    keras.backend.clear_session()
    attempt = attempt_architecture(exercise, function, drawn)
    reference = _built(exercise, (), json.dumps(drawn))
    return attempt.state in ("tensor", "model") and same_record(record(attempt, drawn), reference)


def _same(exercise: str, edits: tuple, arguments: str) -> bool:
    """Whether a mistake changes nothing for these arguments, built here without any text."""
    reference, other = (_built(exercise, changes, arguments) for changes in ((), edits))
    return other is not None and same_record(reference, other)


@cache
def _built(exercise: str, edits: tuple, arguments: str) -> BuildRecord | None:
    given = json.loads(arguments)
    keras.backend.clear_session()
    attempt = attempt_architecture(exercise, CATALOGUE[exercise].reference(edits), given)
    if attempt.state not in ("tensor", "model"):
        return None
    return record(attempt, given)
