"""Which module may import which: the rules that keep the house in order."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from house_helpers import ROOT, course_files

PACKAGES = ("resnets", "grading")
LESSONS = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))


def is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def imported(tree: ast.AST) -> Iterator[str]:
    """The course's own modules that a program imports, in full."""
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            given = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if is_module(name) else node.module for name in given]
        yield from (n for n in names if n.split(".")[0] in (*PACKAGES, "resnets_utils"))


def room(module: str) -> str:
    """The package that a module stands in; a package is its own room."""
    if (ROOT / module.replace(".", "/")).is_dir():
        return module
    return module.rpartition(".")[0]


def offered(package: str) -> list[str]:
    """What a room's `__init__.py` lists in `__all__`."""
    tree = ast.parse((ROOT / package.replace(".", "/") / "__init__.py").read_text("utf-8"))
    lists = [
        n.value for n in tree.body if isinstance(n, ast.Assign) and n.targets[0].id == "__all__"
    ]
    return ast.literal_eval(lists[0]) if lists else []


def trespasses(path: Path, text: str) -> list[str]:
    """A program's imports of what another room does not offer."""
    module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    here = room(module)
    return [
        f"{path}: {name}"
        for name in imported(ast.parse(text))
        if name != "resnets_utils"
        and room(name) not in (here, name)
        and name.rpartition(".")[2] not in offered(room(name))
    ]


PROGRAMS = [path for path in course_files() if path.suffix == ".py"]
SOURCES = [path for path in PROGRAMS if path.parts[0] in (*PACKAGES, "benchmarks", "tools")]


def test_there_is_one_python_file_at_the_root():
    assert [path for path in PROGRAMS if len(path.parts) == 1] == [Path("resnets_utils.py")]


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_a_room_is_entered_by_its_door(path):
    assert trespasses(path, (ROOT / path).read_text("utf-8")) == []


def test_a_trespass_is_noticed():
    text = "from grading.judge import roles\nfrom grading.judge.description import read\n"
    assert len(trespasses(Path("grading/reports/charts.py"), text)) == 2
    assert trespasses(Path("grading/judge/numbers.py"), text) == []


def test_the_library_knows_nothing_of_the_grader():
    library = [path for path in PROGRAMS if path.parts[0] in ("resnets", "resnets_utils.py")]
    assert len(library) > 30
    for path in library:
        names = list(imported(ast.parse((ROOT / path).read_text("utf-8"))))
        assert not [name for name in names if name.startswith("grading")], path


def test_pages_and_exports_are_made_without_tensorflow():
    code = (
        "import sys\nfrom grading import __main__\nfrom grading.reports import class_report\n"
        "from grading.exports import canvas, gradescope, nbgrader\n"
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=100).returncode == 0


@pytest.mark.parametrize("package", [p for p in PACKAGES for p in (p, f"{p}/*")])
def test_a_room_offers_modules_that_are_there(package):
    for folder in filter(Path.is_dir, ROOT.glob(package)):
        if (folder / "__init__.py").is_file():
            name = ".".join(folder.relative_to(ROOT).parts)
            for module in offered(name):
                assert is_module(f"{name}.{module}") or name == "resnets.checks", module


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_imports_the_facade_and_the_checks(lesson):
    cells = [c.source for c in nbformat.read(lesson, 4).cells if c.cell_type == "code"]
    code = "\n".join(line for cell in cells for line in cell.splitlines() if line[:1] not in "%!")
    found = set(imported(ast.parse(code)))
    if lesson.stem == "0_start":
        assert found == {"resnets.start_page"}
    else:
        assert "resnets_utils" in found and found <= {"resnets_utils", "resnets.checks"}
