"""A class for the tests of all exports: one student's name is hostile, and one has no mark."""

from __future__ import annotations

from entries import FOUR

from grading.results.records import GRADED, Mark, Record

STRANGE = '=1+1, "x"\n../ünal'


def record(student: str, points: float, last: float = 3.5) -> Record:
    marks = {name: Mark(points, 10, detail=f"<b>{name}</b>") for name in FOUR}
    marks["ResNet50"] = Mark(last, 10, mistake="no_shortcut", detail="no shortcut")
    return Record(student, "key", GRADED, marks=marks, seconds=1.5)


CLASS = [
    record("ada", 10),
    record(STRANGE, 4),
    record("nil", 0, last=0),
    Record("eve", "key", "ungraded: the sandbox died"),
]
