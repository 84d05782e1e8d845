"""How many small faults in the course's own code the tests notice.

    python benchmarks/source_mutations.py [--count 60] [--seed 1] [--jobs 2] [--seconds 300]
                                          [--rooms resnets grading/judge grading/results]

Changes one place of one module at a time (an operator, a number, a condition, a returned value, a
call that is left out), in a clone of the last commit, and runs the tests that belong to the module:
its own, then those that import it, then those of its room. Prints each fault and whether a test
notices it, and at the end the share of those that one does. The lessons are not run, so a fault
that only a lesson's stored output would show counts as unnoticed. Have `make test` pass first: a
test that fails anyway would seem to notice everything.
"""

from __future__ import annotations

import argparse
import ast
import copy
import random
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("resnets", "grading/judge", "grading/results")
SWAPPED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot,
    ast.IsNot: ast.Is, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NOTICED, UNNOTICED, LATE = "noticed", "unnoticed", "too late"


@dataclass(frozen=True)
class Mutant:
    """A module with one fault.

    Attributes:
        path: of the module, relative to the course.
        line: of the fault.
        before, after: the text that was changed.
        source: the whole module with the fault.
    """

    path: Path
    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.before!r} became {self.after!r}"


def main() -> int:
    """Print each fault and what became of it, then the share that was noticed."""
    options = _options()
    chosen = sample(options.rooms, options.count, random.Random(options.seed))
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(options.jobs):
            place = Path(folder) / f"course {number}"
            subprocess.run(["git", "clone", "-q", str(ROOT), str(place)], check=True)
            copies.put(place)

        def tried(mutant: Mutant) -> str:
            place = copies.get()
            try:
                return outcome(mutant, place, options.seconds)
            finally:
                copies.put(place)

        with ThreadPoolExecutor(options.jobs) as pool:
            outcomes = []
            for mutant, how in zip(chosen, pool.map(tried, chosen), strict=True):
                outcomes.append(how)
                print(f"{len(outcomes):3} {how}: {mutant}", flush=True)
    noticed, unnoticed, late = map(outcomes.count, (NOTICED, UNNOTICED, LATE))
    if decided := noticed + unnoticed:
        print(f"{noticed} of {decided} faults were noticed: {noticed / decided:.0%}")
    print(f"the tests took too long for {late} more")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=60, help="how many faults to try")
    parser.add_argument("--seed", type=int, default=1, help="another one chooses other faults")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=300, help="for the tests of one fault")
    parser.add_argument("--rooms", nargs="*", default=ROOMS)
    return parser.parse_args()


def sample(rooms: list[str], count: int, rng: random.Random) -> list[Mutant]:
    """Return some mutants of a room's modules; each place is as likely as every other one."""
    places = []
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            places += [(path, number) for number in range(len(list(changes(tree))))]
    return [mutant(path, number) for path, number in rng.sample(places, min(count, len(places)))]


def mutant(path: Path, number: int) -> Mutant:
    """Return a module with its fault `number`."""
    text = path.read_text(encoding="utf-8")
    node, changed = list(changes(ast.parse(text)))[number]
    before = ast.get_source_segment(text, node)
    after = ast.unparse(changed)
    lines = text.encode().splitlines(keepends=True)
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
    source = text.encode()[:start] + after.encode() + text.encode()[end:]
    return Mutant(path.relative_to(ROOT), node.lineno, before, after, source.decode())


def changes(tree: ast.Module):
    """Yield every place that can be changed, as a node and what is to stand there instead."""
    for node in _code(tree):
        if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
            yield node, _with(node, ops=[SWAPPED[type(node.ops[0])](), *node.ops[1:]])
        elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPPED:
            yield node, _with(node, op=SWAPPED[type(node.op)]())
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield node, node.operand
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield node, ast.Constant(not node.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            yield node, ast.Constant(node.value + 1)
        elif isinstance(node, ast.Return) and ast.unparse(node) not in ("return", "return None"):
            yield node, ast.Return(ast.Constant(None))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield node, ast.Pass()


def _code(node: ast.AST):
    """Yield the nodes inside functions, without annotations and the text inside f-strings."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            for statement in child.body:
                yield from _all(statement)
        elif isinstance(child, ast.ClassDef):
            yield from _code(child)


def _all(node: ast.AST):
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns") or isinstance(node, ast.JoinedStr):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _all(child)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def outcome(mutant: Mutant, place: Path, seconds: int) -> str:
    """Run the tests that belong to a mutant's module; return how they ended."""
    module = place / mutant.path
    usual = module.read_text(encoding="utf-8")
    module.write_text(mutant.source, encoding="utf-8")
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, "--", *tests_of(mutant.path)],
            cwd=place, capture_output=True, timeout=seconds,
        )  # fmt: skip
        return NOTICED if done.returncode else UNNOTICED
    except subprocess.TimeoutExpired:
        return LATE
    finally:
        module.write_text(usual, encoding="utf-8")


def tests_of(module: Path) -> list[str]:
    """Return the test files for a module: its own, those that import it, those of its room."""
    name = re.escape(module.stem)
    package = re.escape(".".join(module.parent.parts))
    imports = re.compile(rf"from {package} import .*\b{name}\b|{package}\.{name}\b")
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    own = [file for file in files if file.stem == f"test_{module.stem}"]
    importing = [file for file in files if imports.search(file.read_text(encoding="utf-8"))]
    room = [file for file in files if file.parent == ROOT / "tests" / module.parent]
    return [str(file.relative_to(ROOT)) for file in dict.fromkeys([*own, *importing, *room])]


if __name__ == "__main__":
    sys.exit(main())
