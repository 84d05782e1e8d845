"""`python -m grading`: pack the course for students and mark a class.

python -m grading release OUT
python -m grading example SUBMISSIONS
python -m grading grade SUBMISSIONS --out RESULTS
python -m grading report RESULTS
python -m grading export RESULTS --format nbgrader|gradescope|canvas --to PLACE
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from grading.errors import GradingError
from grading.results.records import ABSENT, GRADED, Record, Results, existing
from grading.sandbox.isolation import Limits, require, require_linux

if TYPE_CHECKING:
    from grading.terminal import Terminal

MOST_NAMES = 10  # in one line of the terminal
_OPEN_SCHEDULER = (
    "warning: {} has no TLS: everyone who can reach that port, including every account on its "
    "machines, can run code as the users who started the scheduler and its workers"
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except GradingError as error:
        print(f"python -m grading: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "stopped; every mark so far is kept; run the same command to continue", file=sys.stderr
        )
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m grading", description="Pack the course and mark a class."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    release = commands.add_parser("release", help="pack the course for students, as a zip")
    release.set_defaults(run=_release)
    release.add_argument("out", type=Path, help="zip to write, or a folder for resnets.zip")
    example = commands.add_parser("example", help="make a small class to try the grading")
    example.set_defaults(run=_example)
    example.add_argument("folder", type=Path, help="a new or empty folder")
    grade = commands.add_parser("grade", help="mark a folder of submissions")
    grade.set_defaults(run=_grade)
    grade.add_argument(
        "submissions", type=Path, help="has a folder, zip or notebook for each student"
    )
    grade.add_argument("--out", type=Path, required=True, help="folder for the marks")
    grade.add_argument(
        "--jobs",
        type=_at_least(int, 1),
        default=os.cpu_count(),
        help="worker processes (default: one for each processor)",
    )
    grade.add_argument(
        "--scheduler",
        help="address of a Dask scheduler, instead of --jobs; use tls://... unless everyone on its "
        "machines and in its network may run code as you",
    )
    grade.add_argument(
        "--timeout",
        type=_at_least(float, 1),
        default=60,
        help="seconds for each exercise (default: 60)",
    )
    grade.add_argument(
        "--memory",
        type=_at_least(float, 0.1),
        default=2,
        help="GB of memory for each exercise (default: 2)",
    )
    grade.add_argument("--only", metavar="STUDENT", help="mark one student (again)")
    grade.add_argument(
        "--seed", type=_at_least(int, 0), help="random seed of the arguments (with --only)"
    )
    grade.add_argument(
        "--no-sandbox", action="store_true", help="run submissions UNPROTECTED on this machine"
    )
    report = commands.add_parser("report", help="write the class report, RESULTS/report.html")
    report.set_defaults(run=_report)
    report.add_argument("results", type=Path)
    export = commands.add_parser("export", help="export marks to another system")
    export.set_defaults(run=_export)
    export.add_argument("results", type=Path)
    export.add_argument("--format", choices=("nbgrader", "gradescope", "canvas"), required=True)
    export.add_argument("--to", type=Path, required=True, help="gradebook, folder or CSV to write")
    export.add_argument(
        "--assignment", default="resnets", help="the assignment's name (for nbgrader)"
    )
    export.add_argument(
        "--roster", type=Path, help="the gradebook as exported by Canvas (for canvas)"
    )
    export.add_argument(
        "--column", default="ResNets", help="the assignment's column in Canvas (for canvas)"
    )
    return parser


def _at_least(kind: type, least: float) -> Callable[[str], float]:
    """Return a type for `argparse`: numbers of this kind from `least` on."""

    def number(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = float("nan")
        if not least <= value < float("inf"):
            what = "a whole number" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"expected {what} from {least} on, got {text!r}")
        return value

    return number


def _release(options: argparse.Namespace) -> int:
    from grading.handout.release import release

    path, names = release(options.out)
    size = path.stat().st_size / 1e6
    print(f"{path}: {len(names)} files, {size:.1f} MB, without the solved lessons")
    return 0


def _example(options: argparse.Namespace) -> int:
    from grading.handout import example

    students = example.make(options.folder)
    print(f"{len(students)} students in {options.folder}: {', '.join(students)}")
    return 0


def _grade(options: argparse.Namespace) -> int:
    require_linux() if options.no_sandbox else require()
    from grading.batch import Options, grade
    from grading.cluster import is_open
    from grading.results.lock import alone_in
    from grading.submissions.submissions import find
    from grading.terminal import own_lines_only

    for ending in (signal.SIGTERM, signal.SIGHUP):  # like Ctrl-C, so that marks are kept
        signal.signal(ending, signal.default_int_handler)
    if options.scheduler is not None and is_open(options.scheduler):
        print(_OPEN_SCHEDULER.format(options.scheduler), file=sys.stderr)
    how = Options(
        jobs=options.jobs,
        limits=Limits(seconds=options.timeout, memory=int(options.memory * (1 << 30))),
        scheduler=options.scheduler,
        isolate=not options.no_sandbox,
        seed=options.seed,
        only=options.only,
    )
    total = 1 if options.only else len(find(options.submissions))
    results = Results(options.out)
    # The lock comes before the log: a grader that is refused must not touch the other one's log.
    with alone_in(results.folder), own_lines_only(results.folder / "log.txt") as terminal:
        with _bar(total, terminal) as say:
            done = grade(options.submissions, results, how, say)
        _tell_absent(results, terminal.out)
    print(f"{len(done.students)} students, {done.marked} marked now, {done.kept} kept")
    print(f"marks: {options.out / 'grades.csv'}")
    print(f"a page for each student: {options.out / 'feedback'}")
    if terminal.log is not None and terminal.log.size:
        print(f"messages of TensorFlow and Dask: {terminal.log.path}")
    return 0


@contextmanager
def _bar(total: int, terminal: Terminal) -> Iterator[Callable[[Record], None]]:
    """Show a progress bar below the students' lines; yield a function to call with each record."""
    from tqdm import tqdm

    with tqdm(total=total, unit="submission", file=terminal.err, dynamic_ncols=True) as bar:

        def say(record: Record) -> None:
            bar.clear()
            print(line_of(record), file=terminal.out)
            bar.update()

        yield say
        bar.update(bar.total - bar.n)  # the students who had a mark already


def line_of(record: Record) -> str:
    """Return the line that the terminal shows for a student."""
    result = record.status
    if record.status == GRADED:
        mistakes = ", ".join(f"{n}: {m.mistake}" for n, m in record.marks.items() if m.mistake)
        result = f"{record.total:g}/{record.maximum:g} {mistakes}".rstrip()
    if record.copied:
        result += f"; copies the course's own solution of {', '.join(record.copied)} word for word"
    return f"{record.student}: {result}"


def _report(options: argparse.Namespace) -> int:
    from grading.reports import class_report

    results = existing(options.results)
    print(f"report: {class_report.write(results)}")
    _tell_absent(results, sys.stdout)
    return 0


def _tell_absent(results: Results, out: TextIO) -> None:
    """Print a line about the students who have a mark, but are no longer in the class."""
    names = [record.student for record in results.absent() if record.marks]
    if not names:
        return
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    print(
        f"no longer in the class: {', '.join(names[:MOST_NAMES])}{more}; their records are kept, "
        "but reports and exports leave them out; if they belong to the class, put their entries "
        "back into SUBMISSIONS and run `grade` again",
        file=out,
    )


def _export(options: argparse.Namespace) -> int:
    results = existing(options.results)
    absent = f"{ABSENT}: no longer in the class; the record is kept"
    records = results.all() + [Record(one.student, "", absent) for one in results.absent()]
    left_out = _export_to(records, options)
    for student, why in left_out.items():
        print(f"left out: {student}: {why}")
    print(f"{len(records) - len(left_out)} students written to {options.to}")
    return 0


def _export_to(records: list[Record], options: argparse.Namespace) -> dict[str, str]:
    """Export in the requested format; return the students left out, with the reason."""
    from grading.exports.canvas import to_canvas
    from grading.exports.common import ExportError
    from grading.exports.gradescope import to_gradescope
    from grading.exports.nbgrader import to_nbgrader

    if options.format == "nbgrader":
        return to_nbgrader(records, options.to, options.assignment)
    if options.format == "gradescope":
        return to_gradescope(records, options.to)
    if options.roster is None:
        raise ExportError("--format canvas needs --roster, the gradebook as exported by Canvas")
    return to_canvas(records, options.to, options.roster, options.column)


if __name__ == "__main__":
    sys.exit(main())
