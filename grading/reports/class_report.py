"""Write the class report: points, common mistakes, similar submissions, missing marks.

`python -m grading report RESULTS` reads the records and writes `RESULTS/report.html`.
"""

from __future__ import annotations

import itertools
import math
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np

from grading.reports import charts, pages, similarity, student_page
from grading.results.advice import advice, as_number, is_full
from grading.results.records import GRADED, UNGRADED, Record, Results
from resnets.exercises import NAMES
from resnets.reader.notebooks import read
from resnets.words import NOT_THERE

LESSONS = Path(__file__).resolve().parents[2] / "notebooks"
MOST_MISTAKES = 12  # in the plot; the table has all of them
SLOWEST = 10


@dataclass(frozen=True)
class Row:
    """The statistics of one exercise.

    Attributes:
        tried: the number of students whose exercise is present and not empty.
        mean, maximum: mean points and maximum points.
        share: mean points in percent of the maximum points.
        full, full_count: students with all points, in percent of those graded and as a number.
    """

    name: str
    tried: int
    mean: float
    maximum: float
    share: float
    full: float
    full_count: int


def write(results: Results) -> Path:
    """Write the report and return its path.

    Raises:
        ResultsError: the report cannot be written.
    """
    path = results.folder / "report.html"
    results.write(path, page(results.all()))
    return path


def page(records: Sequence[Record]) -> str:
    """Return the report on these records as HTML."""
    graded = [record for record in records if record.status == GRADED]
    shown = {
        "count": len(records),
        "graded": len(graded),
        "unprotected": sum(record.sandbox == "none" for record in graded),
        "thinner": Counter(r.sandbox for r in graded if r.sandbox not in ("isolated", "none")),
        "statuses": _statuses(records),
        "open": [_open(record) for record in records if record.status != GRADED],
        "partly": [_lines(record, record.problems) for record in graded if record.problems],
        "copied": [_lines(record, record.copied) for record in records if record.copied],
        "noted": [_lines(record, record.notes) for record in records if record.notes],
        "students": [_student(record) for record in records],
        "exercises": NAMES,
    }
    if graded:
        shown |= _totals(graded) | _by_exercise(graded) | _mistakes(graded)
        shown |= _similar(graded) | _time(graded)
    return pages.render("report.html", kind="wide", **shown)


def _statuses(records: Sequence[Record]) -> list[tuple[str, int]]:
    return Counter(pages.visible(r.kind, 60) for r in records).most_common()


def _open(record: Record) -> dict:
    return {
        "student": pages.visible(record.student),
        "kind": pages.visible(record.kind, 60),
        "reason": pages.visible(record.reason, 400),
    }


def _lines(record: Record, lines: Sequence[str]) -> dict:
    shown = [pages.visible(line, 300) for line in lines[:10]]
    return {"student": pages.visible(record.student), "lines": shown}


def _student(record: Record) -> dict:
    points = dict.fromkeys(record.ungraded, UNGRADED)
    points |= {name: as_number(mark.points) for name, mark in record.marks.items()}
    named = {m.mistake for m in record.marks.values() if m.mistake}
    return {
        "student": pages.visible(record.student),
        "page": f"feedback/{quote(student_page.file_name(record.student))}",
        "points": [points.get(name, "") for name in NAMES],
        "total": as_number(record.total) if record.status == GRADED else "",
        "note": ", ".join(
            [pages.visible(record.status, 60)] * (record.status != GRADED)
            + sorted(pages.visible(name, 60) for name in named)
        ),
    }


def _totals(graded: Sequence[Record]) -> dict:
    totals = [record.total for record in graded]
    maximum = max(record.maximum for record in graded)
    median = statistics.median(totals)
    edges = np.linspace(0, maximum or 1, 11)
    title = (
        f"Half of the class has at least {as_number(median)} of {as_number(maximum)} points"
        if len(totals) > 1
        else f"One student, with {as_number(median)} of {as_number(maximum)} points"
    )
    alt = (
        f"Histogram of the total points of {len(totals)} students. A dashed line marks the "
        f"median, {as_number(median)}. The table has the same numbers."
    )
    plot = charts.histogram(totals, edges, "total points", median, alt)
    return {
        "totals": charts.inline(plot, "totals"),
        "totals_title": title,
        "totals_ranges": _ranges(totals, edges),
        "median": as_number(median),
        "mean": f"{statistics.fmean(totals):.1f}",
        "maximum": as_number(maximum),
        "full": sum(total == maximum for total in totals),
    }


def _ranges(values: Sequence[float], edges: np.ndarray) -> list[tuple[str, int]]:
    """Return a histogram as rows (range, number of students)."""
    students, _ = np.histogram(values, edges)
    words = [f"{low:.4g} to below {high:.4g}" for low, high in itertools.pairwise(edges)]
    words[-1] = words[-1].replace("below ", "")
    return list(zip(words, map(int, students), strict=True))


def _by_exercise(graded: Sequence[Record]) -> dict:
    rows = [_row(name, graded) for name in NAMES]
    rows = [row for row in rows if row.maximum]
    if not rows:
        return {"rows": []}
    hardest = min(rows, key=lambda row: row.share)
    title = f"`{hardest.name}` is the hardest: the class earned {hardest.share:.0f} % of its points"
    if hardest.share == max(row.share for row in rows):
        title = f"In every exercise the class earned {hardest.share:.0f} % of the points"
    series = {"points earned": [r.share for r in rows], "students with all": [r.full for r in rows]}
    alt = "Bars for each exercise: " + "; ".join(
        f"{r.name} {r.share:.0f} % of the points, {r.full:.0f} % of the students have all"
        for r in rows
    )
    plot = charts.shares([r.name for r in rows], series, f"{alt}.")
    return {
        "by_exercise": charts.inline(plot, "exercises"),
        "exercises_title": title,
        "rows": rows,
    }


def _row(name: str, graded: Sequence[Record]) -> Row:
    marks = [record.marks[name] for record in graded if name in record.marks]
    if not marks:
        return Row(name, 0, 0.0, 0.0, 0.0, 0.0, 0)
    maximum = max(mark.maximum for mark in marks)
    mean = statistics.fmean(mark.points for mark in marks)
    full = sum(map(is_full, marks))
    tried = sum(mark.mistake not in NOT_THERE for mark in marks)
    share = 100 * mean / maximum if maximum else 0.0
    return Row(name, tried, mean, maximum, share, 100 * full / len(marks), full)


def _mistakes(graded: Sequence[Record]) -> dict:
    counted = Counter(
        (name, mark.mistake)
        for record in graded
        for name, mark in record.marks.items()
        if mark.mistake
    )
    rows = [
        {
            "exercise": name,
            "id": pages.visible(mistake, 60),
            "title": pages.visible(_for_instructor(advice(name, mistake).title), 200),
            "count": count,
            "share": f"{100 * count / len(graded):.0f}",
        }
        for (name, mistake), count in sorted(
            counted.items(), key=lambda item: (-item[1], NAMES.index(item[0][0]), item[0][1])
        )
    ]
    if not rows:
        return {"mistakes": []}
    shown = rows[:MOST_MISTAKES]
    first = shown[0]
    title = f"{first['count']} of {len(graded)} in `{first['exercise']}`: {first['title']}"
    alt = "Bars: " + "; ".join(f"{m['title']} ({m['exercise']}): {m['count']}" for m in shown)
    names = [f"{m['exercise']}: {m['title'].rstrip('.')}".replace("`", "") for m in shown]
    plot = charts.counts(names, [m["count"] for m in shown], alt)
    return {
        "mistakes": rows,
        "mistakes_title": title,
        "mistakes_plot": charts.inline(plot, "mistakes"),
    }


def _for_instructor(title: str) -> str:
    """Return a mistake's title, which speaks to the student, in words for the instructor."""
    return re.sub(r"\byour\b", "the", title).replace("Your ", "The ")


def _similar(graded: Sequence[Record]) -> dict:
    groups = [
        {
            "students": [pages.visible(student) for student in group.students],
            "structure": f"{100 * group.structure:.0f}",
            "wording": f"{100 * group.wording:.0f}",
            "same": group.same,
            "shared": [pages.visible(text, 120) for text in group.shared[:8]],
        }
        for group in similarity.groups(graded, handed_out())
    ]
    with_code = sum(any(record.sources.values()) for record in graded)
    return {"groups": groups, "compared": with_code, "fewest": similarity.FEWEST}


def handed_out() -> list[str]:
    """Return the code cells of the lessons, empty and solved: everyone may have seen them.

    Files that a teacher keeps beside the lessons were not handed out; any of them may be damaged.
    """
    paths = [*LESSONS.glob("[0-9]*_*.ipynb"), *LESSONS.glob("solutions/[0-9]*_*.ipynb")]
    cells = []
    for path in sorted(paths):
        with suppress(ValueError):  # half a copy of a lesson is no reason to do without a report
            cells += read(path).sources
    return cells


def _time(graded: Sequence[Record]) -> dict:
    seconds = [record.seconds for record in graded]
    median = statistics.median(seconds)
    top = max(seconds)
    step = _round_step(top / 10)
    edges = np.arange(0, max(2, math.ceil(top / step + 1e-9) + 1)) * step
    title = f"Half of the submissions took {median:.1f} s or less; the slowest took {top:.1f} s"
    alt = (
        f"Histogram of the seconds that it took to mark a submission. A dashed line marks the "
        f"median, {median:.1f} s; the longest is {top:.1f} s. The table has the same numbers."
    )
    plot = charts.histogram(seconds, edges, "seconds for one submission", median, alt)
    slowest = sorted(graded, key=lambda record: -record.seconds)[:SLOWEST]
    return {
        "time": charts.inline(plot, "time"),
        "time_title": title,
        "time_ranges": _ranges(seconds, edges),
        "time_total": f"{sum(seconds):.0f}",
        "time_median": f"{median:.1f}",
        "peak": f"{max(record.peak_memory for record in graded) / (1 << 20):.0f}",
        "slowest": [
            {
                "student": pages.visible(record.student),
                "seconds": f"{record.seconds:.1f}",
                "memory": f"{record.peak_memory / (1 << 20):.0f}",
                "timeouts": sum(mark.mistake == "timeout" for mark in record.marks.values()),
            }
            for record in slowest
        ],
    }


def _round_step(wanted: float) -> float:
    """Return the smallest of 0.1, 0.2, 0.5, 1, 2, 5, 10 ... that is at least `wanted`."""
    power = 10 ** math.floor(math.log10(max(wanted, 0.1)))
    return next(power * k for k in (1, 2, 5, 10) if power * k >= wanted - 1e-9)
