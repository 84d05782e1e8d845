"""The set-up's search for a Python: what it takes, and the one line where it finds none."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.setup import interpreters
from tools.setup.errors import SetupError

ROOT = Path(__file__).resolve().parents[2]
SETUP_FILES = [ROOT / "tools" / "__init__.py", *sorted((ROOT / "tools" / "setup").glob("*.py"))]


def fake_python(folder, name="python3", **facts):
    """Write a program that answers the set-up's question with these facts."""
    answer = {
        "version": [3, 11, 2],
        "executable": str(folder / name),
        "venv": True,
        "bits": 64,
        "system": "Linux",
        "machine": "x86_64",
        **facts,
    }
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(answer)}\nEND\n")
    program.chmod(0o755)
    return str(program)


def found_in(*folders):
    path = ":".join(str(folder) for folder in folders)
    return list(interpreters.candidates(path, home_places=()))


@pytest.mark.parametrize("path", SETUP_FILES, ids=lambda path: path.name)
def test_a_set_up_file_parses_on_python_3_6(path):
    tree = ast.parse(path.read_text(), feature_version=(3, 6))
    imported = {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        (node.module or "").split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert imported - {"tools"} <= sys.stdlib_module_names - {"__future__", "dataclasses"}


def test_every_older_python_here_runs_it(tmp_path):
    """An interpreter too old for the course still says so in one line."""
    versions = Path("~/.pyenv/versions").expanduser()
    names = [shutil.which(f"python3.{minor}") or "" for minor in range(6, 11)]
    names += [str(path) for path in versions.glob("3.[6-9].*/bin/python3")]
    older = [facts["executable"] for facts in map(interpreters.ask, names) if facts]
    if not older:
        pytest.skip("no Python 3.6 to 3.10 on PATH; the grammar is checked above")
    for python in older:
        (tmp_path / "python3").unlink(missing_ok=True)
        (tmp_path / "python3").symlink_to(python)
        answer = subprocess.run(
            [python, "-B", "-m", "tools.setup", "lab", "--venv", tmp_path / "new"],
            cwd=ROOT,
            env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        assert answer.returncode == 1
        lines = answer.stderr.splitlines()
        assert len(lines) == 1 and "too old" in lines[0] and "3.11, 3.12 or 3.13" in lines[0]


def test_the_first_on_path_that_suits_is_taken(tmp_path):
    fake_python(tmp_path / "a", version=[3, 9, 1])
    fake_python(tmp_path / "b", "python3.12", version=[3, 12, 4])
    facts = interpreters.find_python(tried=found_in(tmp_path / "a", tmp_path / "b"))
    assert facts["version"] == (3, 12, 4)
    fake_python(tmp_path / "b", "python3", version=[3, 13, 0])
    facts = interpreters.find_python(tried=found_in(tmp_path / "a", tmp_path / "b"))
    assert facts["version"] == (3, 13, 0)


def test_one_without_venv_gives_way_to_one_with_it(tmp_path):
    fake_python(tmp_path / "a", venv=False)
    fake_python(tmp_path / "b", "python3.13", version=[3, 13, 0])
    facts = interpreters.find_python(tried=found_in(tmp_path / "a", tmp_path / "b"))
    assert facts["version"] == (3, 13, 0)


def test_a_shim_with_nothing_behind_it_is_passed_over(tmp_path):
    shim = tmp_path / "a" / "python3"
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\necho 'python3: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    fake_python(tmp_path / "b", "python3.11")
    facts = interpreters.find_python(tried=found_in(tmp_path / "a", tmp_path / "b"))
    assert facts["name"].endswith("b/python3.11")


@pytest.mark.parametrize(
    "facts, expected",
    [
        (dict(version=[3, 8, 18]), "3.8.18 is too old"),
        (dict(version=[3, 10, 0]), "3.10.0 is too old"),
        (dict(version=[3, 14, 0]), "3.14.0 is too new"),
        (dict(venv=False), "sudo apt install python3.11-venv"),
        (dict(bits=32), "32-bit"),
        (dict(system="Darwin"), "Intel processor"),
    ],
)
def test_what_does_not_suit_is_named(tmp_path, facts, expected):
    python = fake_python(tmp_path, **facts)
    for arguments in (dict(tried=[python]), dict(chosen=python)):
        with pytest.raises(SetupError) as problem:
            interpreters.find_python(**arguments)
        assert expected in str(problem.value) and "\n" not in str(problem.value)


def test_the_lack_of_any_python_is_reported(tmp_path):
    with pytest.raises(SetupError, match="no Python was found; install Python 3.11"):
        interpreters.find_python(tried=found_in(tmp_path))


def test_only_the_chosen_python_is_tried(tmp_path):
    with pytest.raises(SetupError, match="does not start"):
        interpreters.find_python(chosen=str(tmp_path / "nowhere"), tried=[sys.executable])
    chosen = fake_python(tmp_path, version=[3, 12, 9])
    facts = interpreters.find_python(chosen=chosen, tried=[sys.executable])
    assert facts["version"] == (3, 12, 9)


def test_the_running_python_describes_itself():
    facts = interpreters.ask(sys.executable)
    assert facts["version"] == sys.version_info[:3]
    assert not Path(facts["executable"]).is_relative_to(sys.prefix) or sys.prefix == sys.base_prefix
