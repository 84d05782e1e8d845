"""Mark the same students with nbgrader, with otter-grader and with `python -m grading grade`.

    python benchmarks/against_graders.py [--students 24] [--few 4] [--rounds 1] [--otter PYTHON]

The students have worked on four exercises, in lessons 1 to 4. nbgrader's autograde runs the import,
exercise and check cells of these lessons alone, so that nothing trains. otter-grader's own function
runs the four exercises of a student in one notebook, and the same checks as its tests; --otter
names a Python that has otter-grader and the course's packages, and without one it is left out.
Where a check passes, both give all points; there `grade` has to give them too, or this stops.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import nbformat  # noqa: E402

from benchmarks import _class_students as students  # noqa: E402
from benchmarks import _nbgrader_marks, grading_class  # noqa: E402
from benchmarks._comparison import (  # noqa: E402
    Comparison,
    has_module,
    in_its_own_process,
    in_turns,
)
from grading.results.records import Results  # noqa: E402
from resnets.exercises import EXERCISES  # noqa: E402

NBGRADER, OTTER, OURS = "nbgrader", "otter-grader", "grade"


def main() -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, default=24)
    parser.add_argument("--few", type=int, default=4, help="how many of them the others mark")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--otter", default=sys.executable, help="a Python that has otter-grader")
    options = parser.parse_args()
    print(*compared(options.rounds, options.students, options.few, options.otter), sep="\n")
    return 0


def compared(
    rounds: int, count: int = 24, few: int = 4, otter: str = sys.executable
) -> list[Comparison]:
    """Return the comparison: seconds for each submission, start-up included.

    Args:
        rounds: how often each way takes its turn.
        count: how many students `grade` marks.
        few: how many of them the other graders mark, too.
        otter: a Python that has otter-grader.

    Raises:
        SystemExit: two graders do not agree about a passed check, or one of them failed.
    """
    work = (
        f"four exercises, one process; `grade` marked {count} submissions in its sandbox, the "
        f"others {few} of them without one; all agree on which exercises are right"
    )
    marking = Comparison("Marking with other graders", "s", work, NBGRADER)
    chosen = students.students(4 * count, only=students.FIRST_FOUR)
    chosen = [student for student in chosen if not student.form.startswith("classic")][:count]
    right: dict[str, dict[str, set[str]]] = {}

    def mark(way: str) -> None:
        with tempfile.TemporaryDirectory(prefix="class-") as folder:
            place = Path(folder)
            if way == OURS:
                students.write(place / "submissions", chosen)
                seconds, _ = grading_class.graded(place / "submissions", place / "results", 1)
                right[way] = _right_by_us(place / "results")
            elif way == OTTER:
                seconds, right[way] = _otter(chosen[:few], place, otter)
            else:
                seconds, right[way] = _nbgrader_marks.marked(chosen[:few], place)
            marking.add(way, seconds / (count if way == OURS else few))

    ways = [NBGRADER, *([OTTER] if has_module(otter, "otter") else []), OURS]
    in_turns(ways, rounds, mark)
    for way in ways[:-1]:
        for student, passed in right[way].items():
            ours = right[OURS][student]
            if (passed ^ ours) - _not_compared(ours):
                raise SystemExit(f"{student}: {way} {passed}, grade {ours}")
    return [marking]


def _otter(
    chosen: list[students.Student], place: Path, python: str
) -> tuple[float, dict[str, set[str]]]:
    """Return the seconds that otter-grader takes, and for each student the exercises with points.

    Raises:
        SystemExit: it failed.
    """
    for student in chosen:
        texts = [_nbgrader_marks.THEIR_IMPORTS]
        texts += [student.done[name].text for name in students.FIRST_FOUR]
        cells = [nbformat.v4.new_code_cell(text) for text in texts]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), place / f"{student.name}.ipynb")
    checks = {name: EXERCISES[name].check for name in students.FIRST_FOUR}
    done = in_its_own_process(
        Path(__file__).with_name("_otter_marks.py"), place, json.dumps(checks), python=python
    )
    if done is None:
        raise SystemExit("otter-grader failed")
    return done["seconds"], {name: set(passed) for name, passed in done["right"].items()}


def _not_compared(right: set[str]) -> set[str]:
    """With wrong blocks the check refuses the network; `grade` marks the network alone."""
    return set() if {"identity_block", "convolutional_block"} <= right else {"ResNet50"}


def _right_by_us(results: Path) -> dict[str, set[str]]:
    """Return, for each student, the exercises that are right for every call."""
    return {
        record.student: {
            name
            for name in students.FIRST_FOUR
            if all(record.marks[name].aspects.get(a) == 1.0 for a in ("function", "generality"))
        }
        for record in Results(results).all()
    }


if __name__ == "__main__":
    sys.exit(main())
