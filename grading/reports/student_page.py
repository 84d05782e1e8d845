"""Write a page for each student: the mark, the marked code, what is wrong and what to try next.

A page shows only its student's record: no random arguments, no reference, no work of others.
`batch.grade` writes a page as soon as a submission is marked; the next run writes pages that are
missing or show an earlier mark, and removes those of students who are no longer in the class.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import re
import shlex
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from grading.reports import pages
from grading.results import rubric
from grading.results.advice import advice, as_number, aspect, by_rubric, is_full, is_right
from grading.results.records import (
    GRADED,
    INCOMPLETE,
    SKIPPED,
    UNREADABLE,
    Mark,
    Piece,
    Record,
    Results,
    file_stem,
)
from resnets import exercises, words
from resnets.exercises import NAMES
from resnets.words import NOT_THERE, Words

_HEAD = 2_000  # bytes; the head of a page says from which record it was made
_PLACE = re.compile(r"(?P<notebook>.*), code cell (?P<cell>\d+), line (?P<line>\d+)", re.DOTALL)


def page(record: Record) -> str:
    """Return a student's page as HTML."""
    shown = {
        "made_from": _made_from(record),
        "student": pages.visible(record.student),
        "graded": record.kind in (GRADED, INCOMPLETE),
        "total": "" if record.total is None else as_number(record.total),
        "maximum": as_number(record.maximum),
        "notebooks": [
            {"place": pages.visible(place, 300), "what": pages.visible(what, 300)}
            for place, what in record.notebooks
        ],
        "notes": [pages.visible(note, 400) for note in record.notes[:50]],
    }
    if not shown["graded"]:
        return pages.render("feedback.html", trouble=_trouble(record), **shown)
    scales = rubric.read()
    return pages.render(
        "feedback.html",
        problems=[pages.visible(problem, 400) for problem in record.problems[:50]],
        ungraded=[
            {"name": name, "why": pages.visible(record.ungraded[name], 400)}
            for name in NAMES
            if name in record.ungraded
        ],
        exercises=[
            _exercise(name, record.marks[name], record, scales[name].shares)
            for name in NAMES
            if name in record.marks
        ],
        seed=record.seed,
        command=pages.visible(
            "python -m grading grade SUBMISSIONS --out RESULTS "
            f"--only {shlex.quote(record.student)} --seed {record.seed}"
        ),
        **shown,
    )


def file_name(student: str) -> str:
    """Return the file name of a student's page in the folder `feedback` of the results."""
    return f"{file_stem(student)}.html"


def write(results: Results, records: Iterable[Record]) -> int:
    """Write the pages that are missing or outdated; return their number."""
    folder = results.folder / "feedback"
    written = 0
    for record in records:
        path = folder / file_name(record.student)
        if _made_from(record) not in _head(path):
            results.write(path, page(record))
            written += 1
    return written


def remove(results: Results, records: Iterable[Record]) -> None:
    """Remove the pages of these records; `write` makes them again."""
    for record in records:
        with suppress(OSError):  # without permission, writing the others reports it
            (results.folder / "feedback" / file_name(record.student)).unlink()


def _head(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD).decode("utf-8", "replace")
    except OSError:
        return ""


def _made_from(record: Record) -> str:
    """Return a digest of the record and of everything that turns it into a page."""
    digest = hashlib.sha256(json.dumps(asdict(record)).encode())
    digest.update(maker_version())
    return digest.hexdigest()[:32]


@functools.cache
def maker_version() -> bytes:
    """Return a digest of the templates, texts and code that make a page."""
    files = [pages.TEMPLATES / name for name in ("base.html", "feedback.html", "page.css")]
    files += map(Path, (__file__, pages.__file__, rubric.FILE, words.FILE))
    files += map(Path, (words.__file__, exercises.__file__, inspect.getfile(advice)))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).digest()


def _exercise(name: str, mark: Mark, record: Record, shares: dict[str, float]) -> dict:
    """Return the template's variables for one exercise."""
    mistake_words = advice(name, mark.mistake) if mark.mistake else Words("")
    pieces = record.sources.get(name, [])
    stop = _PLACE.fullmatch(mark.line or "")
    marked = any(_line_in(piece, stop) for piece in pieces)
    elsewhere = [
        other
        for other, other_pieces in record.sources.items()
        if other != name and any(_line_in(piece, stop) for piece in other_pieces)
    ]
    by_aspect = _points_by_aspect(mark, shares)
    return {
        "name": name,
        "points": as_number(mark.points),
        "maximum": as_number(mark.maximum),
        "colour": "good" if is_full(mark) else "open" if mark.mistake in NOT_THERE else "bad",
        "word": _word(mark),
        "short": mistake_words.title,
        "title": mistake_words.title,
        "why": mistake_words.why,
        "hint": mistake_words.hint,
        "said": pages.visible(mark.detail, 800),
        "place": pages.visible(mark.line, 400) if stop else "",
        "marked": marked,
        "elsewhere": elsewhere[0] if elsewhere and not marked else "",
        "by_aspect": bool(by_aspect),
        "by_rubric": by_rubric(mark.mistake, mark.partial),
        "aspects": [_aspect(name, *pair, by_aspect) for pair in mark.aspects.items()],
        "listings": [_listing(piece, stop) for piece in pieces],
    }


def _word(mark: Mark) -> str:
    if is_full(mark):
        return "\N{CHECK MARK} All points." if mark.partial else "\N{CHECK MARK} Right."
    if mark.mistake in NOT_THERE:
        return "\N{LOWER RIGHT PENCIL} Unfinished."
    if is_right(mark):
        return "\N{CHECK MARK} Right, except for the layer names."
    return "\N{BALLOT X} Not yet." if mark.points == 0 else "\N{BALLOT X} Partly right."


def _points_by_aspect(mark: Mark, shares: dict[str, float]) -> dict[str, tuple[float, float]]:
    """Return points and maximum of each aspect; {} if the aspects did not decide this mark."""
    parts = {
        name: (mark.maximum * shares.get(name, 0) * value, mark.maximum * shares.get(name, 0))
        for name, value in mark.aspects.items()
    }
    if abs(sum(earned for earned, _ in parts.values()) - mark.points) > 0.01:
        return {}
    return parts


def _aspect(exercise: str, name: str, value: float, by_aspect: dict) -> dict:
    earned, maximum = by_aspect.get(name, (0.0, 0.0))
    word = "\N{CHECK MARK} yes" if value == 1 else "\N{BALLOT X} no"
    return {
        "text": aspect(exercise, name),
        "word": word if value in (0, 1) else "\N{BALLOT X} for some",
        "colour": "good" if value == 1 else "bad",
        "points": as_number(earned),
        "maximum": as_number(maximum),
    }


def _listing(piece: Piece, stop: re.Match | None) -> dict:
    code, cut = pages.listing(piece.text)
    stopped = int(stop["line"]) if _line_in(piece, stop) else None
    return {
        "place": pages.visible(f"{piece.notebook}, code cell {piece.cell}", 200),
        "lines": [
            {"number": number, "code": line, "stopped": number == stopped}
            for number, line in enumerate(code, start=piece.first)
        ],
        "cut": cut or piece.cut,
    }


def _line_in(piece: Piece, stop: re.Match | None) -> bool:
    if stop is None or stop["notebook"] != piece.notebook or int(stop["cell"]) != piece.cell:
        return False
    return piece.first <= int(stop["line"]) <= piece.first + piece.text.count("\n")


def _trouble(record: Record) -> dict:
    """Return the template's variables for a submission without a mark."""
    kind, detail = record.kind, record.reason
    if kind in (UNREADABLE, SKIPPED):
        return {
            "title": "Your submission could not be read, so it has no mark yet.",
            "what": "A submission is a notebook (.ipynb), or a folder, a zip or a tar with "
            "notebooks in it. This is what your submission contains:",
            "detail": pages.visible(detail, 800),
            "todo": (
                "Open each notebook in JupyterLab. If it opens, save it again; if it does "
                "not, use your own copy or one of JupyterLab's checkpoints.",
                "If you hand in a zip, make a new one without a password, with your operating "
                "system's own command, and open it to see whether the notebooks are in it.",
                "Hand it in again, and tell your instructor.",
            ),
        }
    return {
        "title": "Your submission has not been marked yet.",
        "what": "The grader stopped before it had a mark. Your work may well be right.",
        "detail": "",
        "todo": (
            "Tell your instructor that your page says `ungraded`; running the same command again "
            "marks the missing submissions.",
            "If it happens twice, restart the kernel of each notebook, run its cells from top to "
            "bottom, and tell your instructor if one of the checks does not finish.",
        ),
    }
