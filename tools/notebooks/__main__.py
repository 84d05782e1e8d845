"""Execute, release and verify the lessons' notebooks: ``python -m tools.notebooks COMMAND``.

solutions [N ...]  execute the solved notebooks, store outputs, write the learner's copies
release [N ...]    write the learner's copies again, without executing anything
check [N ...]      report generated files that are out of date, and rules that are broken
verify [N ...]     check, then run every cell again with nbval and compare the outputs
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tools.notebooks import stand_ins
from tools.notebooks.files import (
    COURSE_ROOT,
    Lesson,
    NotebookError,
    find_lessons,
    normalise,
    read_for_editing,
    write_atomically,
    write_notebook,
)
from tools.notebooks.manifest import read_manifest, stale_cells, write_manifest
from tools.notebooks.release import expected_learner_text, learner_copy
from tools.notebooks.rules import find_faults

NBVAL_OPTIONS = (
    "--nbval",
    "--nbval-current-env",
    "--nbval-sanitize-with",
    "tests/nbval_sanitize.cfg",
    "--nbval-cell-timeout",
    "600",
)
"""nbval's options, relative to the course's root; the Makefile has the same ones."""


def execute_lesson(lesson: Lesson, timeout: float) -> None:
    """Run a solved notebook; store its outputs, the learner's copy and the manifest.

    Raises:
        NotebookError: a cell raises, takes too long or writes to stderr, or a solution region is
            broken. Nothing is stored then.
    """
    from tools.notebooks.execution import execute

    started = time.monotonic()
    format_source(lesson)
    notebook = normalise(read_for_editing(lesson.source))
    learner_copy(notebook, lesson.name)  # reports a broken solution region before the long run
    total = len(notebook.cells)

    def report(index: int) -> None:
        if sys.stdout.isatty():
            print(f"\r{lesson.name}: cell {index + 1} of {total} ", end="", flush=True)

    executed = normalise(execute(notebook, lesson, timeout, report))
    write_notebook(executed, lesson.source)
    write_manifest(executed, lesson)
    write_atomically(lesson.learner, expected_learner_text(lesson))
    line_start = "\r" if sys.stdout.isatty() else ""
    print(f"{line_start}{lesson.name}: executed in {time.monotonic() - started:.1f} s")


def format_source(lesson: Lesson) -> None:
    """Format the lesson's code as ``make lint`` expects it."""
    subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--quiet", str(lesson.source)], check=False
    )


def release_lesson(lesson: Lesson) -> None:
    """Write the learner's copy of a solved notebook without executing it.

    Prose may have changed since the last execution. Code must not have changed, because the stored
    outputs would then belong to other code.

    Raises:
        NotebookError: the code has changed.
    """
    notebook = normalise(read_for_editing(lesson.source))
    stale = stale_cells(notebook, read_manifest(lesson))
    if stale:
        raise NotebookError(
            f"{lesson.name}: code cells have changed since they were executed: {', '.join(stale)}; "
            f"run: make solutions ARGS={lesson.number}"
        )
    write_notebook(notebook, lesson.source)
    write_manifest(notebook, lesson)
    write_atomically(lesson.learner, expected_learner_text(lesson))
    print(f"{lesson.name}: released")


def check_lessons(lessons: Iterable[Lesson]) -> int:
    """Print every fault of the lessons; return the number of faults."""
    count = 0
    for lesson in lessons:
        faults = find_faults(lesson)
        for fault in faults:
            print(fault)
        if not faults:
            print(f"{lesson.name}: no faults")
        count += len(faults)
    return count


def run_nbval(paths: Iterable[Path], root: Path = COURSE_ROOT) -> int:
    """Run nbval on the notebooks at ``paths``; return pytest's exit code (0: all outputs match)."""
    command = [sys.executable, "-m", "pytest", *NBVAL_OPTIONS, "-q", *map(str, paths)]
    return subprocess.call(command, cwd=root)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.notebooks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=("solutions", "release", "check", "verify"))
    parser.add_argument("lesson", nargs="*", type=int, help="lesson numbers (default: all)")
    parser.add_argument("--timeout", type=float, default=600, help="seconds that a cell may take")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None, root: Path = COURSE_ROOT) -> int:
    """Run one command for the course at ``root`` and return its exit code."""
    options = _parse(arguments)
    try:
        lessons = find_lessons(root, options.lesson)
        if options.command == "solutions":
            if os.environ.get("SIGNS_DIR"):
                print("SIGNS_DIR is set: the stored outputs will describe those files")
            for lesson in lessons:
                execute_lesson(lesson, options.timeout)
        elif options.command == "release":
            for lesson in lessons:
                release_lesson(lesson)
        if options.command in ("solutions", "release"):
            stand_ins.write(root)
        faults = check_lessons(lessons)
        if options.command == "verify":
            return run_nbval([lesson.source for lesson in lessons], root) or (1 if faults else 0)
        return 1 if faults else 0
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
