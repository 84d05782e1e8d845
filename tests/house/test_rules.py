"""Rules that every module keeps: its size, its parameters, and no list of exercises but one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from house_helpers import ROOT, course_files

from resnets.exercises import NAMES

MOST_LINES = 300
MOST_PARAMETERS = 8
PROGRAMS = [path for path in course_files() if path.suffix == ".py"]
TESTS = [path for path in PROGRAMS if path.parts[0] == "tests"]
SOURCES = [path for path in PROGRAMS if path not in TESTS]
# Where an exercise may be called by its name: its entry, its module, and programs that are written
# for these very exercises: students' programs, the class of the benchmark, the lessons' figures.
NAMED = (
    "resnets/exercises.py",
    "grading/catalogue/*.py",
    "grading/programs/*.py",
    "benchmarks/*.py",
    "images/*.py",
    "models/*.py",
)


def tree_of(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_a_module_has_at_most_300_lines(path):
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def long_signatures(tree: ast.AST) -> list[str]:
    """The functions of a program that take too many parameters, `self` left out."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [
        f"line {node.lineno}: {node.name}"
        for node in functions
        if len([a for a in ast.walk(node.args) if isinstance(a, ast.arg) and a.arg != "self"])
        > MOST_PARAMETERS
    ]


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_a_function_takes_at_most_eight_parameters(path):
    assert long_signatures(tree_of(path)) == []


def test_a_ninth_parameter_is_noticed():
    eight = ", ".join("abcdefgh")
    assert (
        long_signatures(ast.parse(f"def f({eight}): pass\nclass C:\n def g(self, {eight}): 0"))
        == []
    )
    assert long_signatures(ast.parse(f"def f({eight}, *, i=1): pass")) == ["line 1: f"]


def exercises_named(tree: ast.AST) -> Iterator[str]:
    """The texts of a program that are just an exercise's name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in NAMES:
            yield f"line {node.lineno}: {node.value}"


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_no_exercise_is_asked_for_by_its_name(path):
    if not any(path.match(pattern) for pattern in NAMED):
        assert list(exercises_named(tree_of(path))) == []


def test_a_question_for_an_exercise_is_noticed():
    asked = ast.parse("if exercise == 'ResNet50':\n    other = 'of ResNet50'")
    assert list(exercises_named(asked)) == ["line 1: ResNet50"]


def private_names(tree: ast.Module) -> Iterator[str]:
    """What a program imports, or reads from a module of the course, by a private name."""
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS:
            modules |= {alias.asname or alias.name for alias in node.names}
            yield from (f"line {node.lineno}: {a.name}" for a in node.names if is_private(a.name))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in modules and is_private(node.attr):
                yield f"line {node.lineno}: {node.value.id}.{node.attr}"


OURS = ("resnets", "grading", "tools", "datasets", "models", "images", "resnets_utils")


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


@pytest.mark.parametrize("path", TESTS, ids=str)
def test_a_test_uses_no_private_name(path):
    assert list(private_names(tree_of(path))) == []


def test_a_private_name_is_noticed():
    text = "from grading.judge import judge, _x\njudge._key()\njudge.key()\njudge.__name__"
    assert list(private_names(ast.parse(text))) == ["line 1: _x", "line 2: judge._key"]
