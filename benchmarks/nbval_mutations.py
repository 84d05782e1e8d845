"""How many single changes to the stored notebooks the test suite catches: caught / tried.

    python benchmarks/nbval_mutations.py                 judge every kind at several places
    python benchmarks/nbval_mutations.py --run 20 --lessons 2 3
                                                         also run nbval for real on 20 of them

The first form needs no execution: it applies the structural rules, and nbval's comparison with the
untouched outputs in the place of new ones. ``--run N`` copies the course, damages a notebook and
runs the whole suite on it as ``make test`` does, for N mutants chosen by chance; it also says how
many of them nbval catches by itself, which for changes to the code is the only way to know.
The exit code is 1 if anything was missed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.notebooks import __main__ as notebooks  # noqa: E402
from tools.notebooks.files import (  # noqa: E402
    Lesson,
    find_lessons,
    read_notebook,
    write_notebook,
)
from tools.notebooks.mutation_kinds import KINDS  # noqa: E402
from tools.notebooks.mutations import Kind, Mutant, mutants  # noqa: E402
from tools.notebooks.suite import judge  # noqa: E402

BY_DIGEST = {"is_as_executed"}
"""The rule that compares digests with the last execution; it sees any change of a source."""


def all_mutants(lessons: list[Lesson], places: int, seed: int) -> Iterator[tuple[Lesson, Mutant]]:
    """Every kind at up to ``places`` places of every lesson."""
    for lesson in lessons:
        source, learner = read_notebook(lesson.source), read_notebook(lesson.learner)
        for kind in KINDS:
            rng = random.Random(f"{seed} {lesson.name} {kind.name}")
            notebook = learner if kind.of_learner else source
            for mutant in mutants(kind, notebook, rng, places):
                yield lesson, mutant


def judge_all(lessons: list[Lesson], places: int, seed: int) -> int:
    """Print the score of each kind; the number of mutants missed."""
    tally: dict[Kind, list[tuple[str, object]]] = defaultdict(list)
    texts = {
        lesson: (lesson.source.read_text("utf-8"), lesson.learner.read_text("utf-8"))
        for lesson in lessons
    }
    for lesson, mutant in all_mutants(lessons, places, seed):
        place = f"{lesson.name}, {mutant.place}"
        tally[mutant.kind].append((place, judge(mutant, *texts[lesson], lesson)))
    print(f"{'kind of change':48}{'caught':>9}{'nbval':>7}{'rules':>7}  but for digests")
    for kind, verdicts in tally.items():
        found = [verdict for _, verdict in verdicts]
        other = sum(bool(set(v.rules) - BY_DIGEST) or bool(v.nbval) for v in found)
        print(
            f"{kind.name:48}{_ratio(sum(v.caught for v in found), len(found)):>9}"
            f"{sum(bool(v.nbval) for v in found):>7}{sum(bool(v.rules) for v in found):>7}"
            f"{_ratio(other, len(found)):>12}"
        )
    missed = [
        f"{kind.name}: {place}"
        for kind, verdicts in tally.items()
        for place, verdict in verdicts
        if not verdict.caught
    ]
    tried = sum(map(len, tally.values()))
    print(f"caught {tried - len(missed)} of {tried} changes of {len(tally)} kinds")
    print("".join(f"MISSED {line}\n" for line in missed), end="")
    return len(missed)


def run_some(lessons: list[Lesson], number: int, places: int, seed: int) -> int:
    """Damage a copy of the course ``number`` times and run the suite; the number missed."""
    chosen = list(all_mutants(lessons, places, seed))
    random.Random(seed).shuffle(chosen)
    missed = by_nbval = nbval_tried = 0
    for number_, (lesson, mutant) in enumerate(chosen[:number], start=1):
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="mutated course ") as folder:
            copy = copy_of_course(lesson, Path(folder) / "course")
            write_notebook(mutant.notebook, copy.learner if mutant.kind.of_learner else copy.source)
            with contextlib.redirect_stdout(io.StringIO()):
                rules = notebooks.main(["check", str(lesson.number)], copy.root) != 0
            nbval = None if mutant.kind.of_learner else nbval_fails(copy)
        missed += not (rules or nbval)
        if nbval is not None:
            nbval_tried += 1
            by_nbval += nbval
        words = {True: "caught", False: "passed", None: "not run"}
        print(
            f"{number_:3} rules {words[rules]:7} nbval {words[nbval]:7} "
            f"{time.monotonic() - started:5.1f} s  {lesson.name}, {mutant.place}: "
            f"{mutant.kind.name}",
            flush=True,
        )
    tried = min(number, len(chosen))
    print(f"run for real: caught {tried - missed} of {tried}; nbval alone {by_nbval}/{nbval_tried}")
    return missed


def copy_of_course(lesson: Lesson, root: Path) -> Lesson:
    """A course that holds copies of the lesson's files and links to everything else."""
    root.mkdir()
    for path in lesson.root.iterdir():
        if path.name not in ("notebooks", "tests") and not path.name.startswith("."):
            (root / path.name).symlink_to(path)
    copy = Lesson(root, lesson.name)
    for folder in (copy.source.parent, copy.manifest.parent):
        folder.mkdir(parents=True)
    for one in find_lessons(lesson.root):  # lessons fetch functions from their neighbours
        shutil.copy(one.source, copy.source.parent)
    shutil.copy(lesson.learner, copy.learner.parent)
    shutil.copy(lesson.manifest, copy.manifest.parent)
    for name in ("nbval_allowed.json", "nbval_sanitize.cfg"):
        shutil.copy(lesson.root / "tests" / name, root / "tests")
    return copy


def nbval_fails(lesson: Lesson) -> bool:
    """Whether nbval, run as the suite runs it, fails the lesson's source."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        *notebooks.NBVAL_OPTIONS,
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
    ]
    run = subprocess.run(
        [*command, str(lesson.source)], cwd=lesson.root, capture_output=True, check=False
    )
    return run.returncode not in (0, 5)  # 5: no cell was left to run


def _ratio(part: int, whole: int) -> str:
    return f"{part}/{whole}"


def main() -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lessons", nargs="*", type=int, default=[], help="default: all")
    parser.add_argument("--places", type=int, default=6, help="places of each kind in a lesson")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--run", type=int, default=0, metavar="N", help="mutants to run nbval on")
    parser.add_argument("--course", type=Path, default=ROOT, help="its folder (default: this one)")
    options = parser.parse_args()
    lessons = find_lessons(options.course.resolve(), options.lessons)
    missed = judge_all(lessons, options.places, options.seed)
    if options.run:
        missed += run_some(lessons, options.run, options.places, options.seed)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
