"""The house's own files hold what they promise: locks, environments, licence, versions."""

import ast
import functools
import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from house_helpers import ROOT, course_files, ready_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools.setup import interpreters

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WANTED = {
    "requirements.txt": PROJECT["dependencies"],
    "requirements-dev.txt": [
        *PROJECT["dependencies"],
        *PROJECT["optional-dependencies"]["test"],
        *PROJECT["optional-dependencies"]["render"],
        *PROJECT["optional-dependencies"]["grading"],
    ],
}


def locked(name):
    """Return {package: [(version, marker or None, number of hashes)]} of a lock."""
    found = {}
    text = re.sub(r" *#.*", "", (ROOT / name).read_text()).replace("\\\n", " ")
    for line in filter(str.strip, text.splitlines()):
        hashes = len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", line))
        requirement = Requirement(line.split("--hash")[0].strip())
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", line
        found.setdefault(canonicalize_name(requirement.name), []).append(
            (Version(specifier.version), requirement.marker, hashes)
        )
    return found


def here(entries):
    """Return the version that a lock's entries give on this machine, or None."""
    versions = [version for version, marker, _ in entries if marker is None or marker.evaluate()]
    assert len(versions) <= 1
    return versions[0] if versions else None


# --- the locks and the environments --------------------------------------------------------------


@pytest.mark.parametrize("name", WANTED)
def test_the_lock_holds_what_pyproject_asks_for(name):
    lock = locked(name)
    for line in WANTED[name]:
        requirement = Requirement(line)
        entries = lock[canonicalize_name(requirement.name)]
        for version, _, _ in entries:
            assert version in requirement.specifier, f"{name}: {requirement} but {version}"
        assert here(entries) is not None, f"{name}: no {requirement.name} for this machine"


@pytest.mark.parametrize("name", WANTED)
def test_the_lock_keeps_to_the_limits(name):
    text = re.sub(r"#.*", "", (ROOT / "tools/setup/constraints.in").read_text())
    limits = [Requirement(line) for line in text.split()]
    assert limits
    for limit in limits:
        versions = [version for version, _, _ in locked(name)[canonicalize_name(limit.name)]]
        assert versions and all(version in limit.specifier for version in versions), limit


@pytest.mark.parametrize("name", WANTED)
def test_every_locked_package_has_hashes(name):
    for package, entries in locked(name).items():
        assert all(hashes for _, _, hashes in entries), package


def test_the_checks_lock_is_the_lessons_lock_and_more():
    lessons, checks = locked("requirements.txt"), locked("requirements-dev.txt")
    assert len(checks) > len(lessons) > 50
    for package, entries in lessons.items():
        assert [entry[0] for entry in checks[package]] == [entry[0] for entry in entries], package


def test_the_lock_is_what_is_installed():
    ready_environment()
    for package, entries in locked("requirements-dev.txt").items():
        if here(entries) is not None:
            assert Version(importlib.metadata.version(package)) == here(entries), package


def test_the_lock_is_complete():
    """Nothing that is locked needs a package that is not."""
    checks = locked("requirements-dev.txt")
    for package, entries in checks.items():
        if here(entries) is None:
            continue
        for line in importlib.metadata.requires(package) or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                entry = checks.get(canonicalize_name(requirement.name), [])
                assert here(entry) in requirement.specifier, f"{package} needs {requirement}"


def test_conda_gives_the_same_environment():
    """environment.yml brings a Python that pyproject allows, and the locked file by pip."""
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    plain = [line for line in environment["dependencies"] if isinstance(line, str)]
    (pip,) = [line["pip"] for line in environment["dependencies"] if isinstance(line, dict)]
    # repo2docker reads the version by this pattern, and -r only from a file in the repository.
    (version,) = filter(None, (re.fullmatch(r"python=+([\d.]+)", line) for line in plain))
    assert version.group(1) in Requirement(f"python{PROJECT['requires-python']}").specifier
    assert pip == ["-r requirements.txt"] and (ROOT / "requirements.txt").is_file()
    assert any(line.startswith("pip") for line in plain)
    # No Python package comes from conda, where it could have another version.
    assert {re.split(r"[=<> ]", line)[0] for line in plain} == {"python", "pip", "graphviz"}
    # What those packages are here is what the lessons were run with.
    lock = locked("requirements.txt")
    for line in PROJECT["dependencies"]:
        name = canonicalize_name(Requirement(line).name)
        if sys.version_info[:2] == tuple(map(int, version.group(1).split("."))):
            assert Version(importlib.metadata.version(name)) == here(lock[name])


def test_the_supported_pythons_are_the_same_everywhere():
    allowed = Requirement(f"python{PROJECT['requires-python']}").specifier
    tried = [f"3.{minor}" for minor in range(8, 20)]
    supported = [f"{major}.{minor}" for major, minor in interpreters.SUPPORTED]
    assert [version for version in tried if version in allowed] == supported


# What a package is imported as, where that is not its name.
IMPORTED_AS = {"pillow": "PIL", "pyyaml": "yaml"}
# What is run and never imported: the package, and how the Makefile calls it.
RUN_AS = {
    "jupyterlab": "-m jupyterlab ",
    "nbval": "--nbval ",
    "pytest-xdist": "--dist loadscope",
    "ruff": "-m ruff ",
}
# What Keras imports for a function of its own: the package, and a module that calls the function.
NEEDED_BY_KERAS = {"pydot": ("resnets/plots/model_diagram.py", "model_to_dot(")}


@functools.cache
def imported_packages():
    """The packages that the course's programs and lessons import."""
    found = set()
    for path in course_files("--cached", "--others", "--exclude-standard"):
        text = (ROOT / path).read_text(encoding="utf-8") if path.suffix in (".py", ".ipynb") else ""
        if path.suffix == ".ipynb":
            cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
            lines = "".join("".join([*cell["source"], "\n"]) for cell in cells).splitlines()
            text = "\n".join("pass" if line[:1] in ("%", "!") else line for line in lines)
        found |= top_level_imports(text)
    return found


def top_level_imports(text):
    """The packages that a program imports, by the first part of their names."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.split(".")[0])
    return found


def is_used(package):
    if package in RUN_AS:
        return RUN_AS[package] in (ROOT / "Makefile").read_text(encoding="utf-8")
    if package in NEEDED_BY_KERAS:
        path, call = NEEDED_BY_KERAS[package]
        return call in (ROOT / path).read_text(encoding="utf-8")
    return IMPORTED_AS.get(package, package).replace("-", "_") in imported_packages()


@pytest.mark.parametrize("line", WANTED["requirements-dev.txt"])
def test_every_dependency_is_used(line):
    assert is_used(Requirement(line).name), "nothing imports or runs it; leave it out"


@pytest.mark.parametrize("package", ["requests", "scikit-learn", "pandas"])
def test_a_dependency_that_nothing_uses_is_noticed(package):
    assert not is_used(package)


# --- the licence and the versions --------------------------------------------------------------


def test_a_wheel_holds_all_that_its_modules_import():
    """What is packed exists, and no packed module needs a part of the course that is left out."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (backend,) = map(Requirement, settings["build-system"]["requires"])
    assert settings["build-system"]["build-backend"].split(".")[0] == backend.name
    packed = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    assert all((ROOT / name).exists() for name in packed)
    course = {Path(path.parts[0]).stem for path in course_files() if path.suffix == ".py"}
    for path in course_files():
        if path.suffix == ".py" and path.parts[0] in packed:
            imported = top_level_imports((ROOT / path).read_text(encoding="utf-8"))
            assert imported & course <= {Path(name).stem for name in packed}, path


def test_the_licence_is_whole():
    text = (ROOT / "LICENSE").read_text()
    assert "Version 2.0, January 2004" in text and "END OF TERMS AND CONDITIONS" in text
    assert len(text.split()) > 1500
    notice = (ROOT / "NOTICE").read_text()
    assert PROJECT["license"] == "Apache-2.0"
    assert all(word in notice for word in ("code", "prose", "figures", "model"))


def test_the_versions_agree():
    """The package, the citation and the newest version in the changelog are the same."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version, date = re.findall(r"^## ([\d.]+) - (\d{4}-\d\d-\d\d)$", changes, re.MULTILINE)[0]
    assert PROJECT["version"] == citation["version"] == version
    assert str(citation["date-released"]) == date
    assert citation["license"] == PROJECT["license"]


# --- what no file may hold -------------------------------------------------------------------


def texts():
    for path in course_files():
        data = (ROOT / path).read_bytes()
        if b"\0" not in data[:8192]:
            yield path, data.decode("utf-8")


def test_no_file_names_a_machine():
    """No home folder, no address of a package index, no path of the machine it was made on."""
    machine = re.compile(
        r"(?<![\w.$}~/-])/(?:root|home/\w+|Users/\w+|work|opt/pypi|opt/wheels|tmp/team)/"
        r"|files\.p[y]thonhosted|p[y]pi\.org/s[i]mple|--(?:extra-)?index[-]url|--find[-]links"
        r"|--trusted-host|https?://\S+/s[i]mple\b"
    )
    for path, text in texts():
        if ROOT / path == Path(__file__).resolve():
            continue
        for number, line in enumerate(text.splitlines(), 1):
            assert not machine.search(line), f"{path}:{number}: {line.strip()[:120]}"


def test_no_file_is_a_leftover():
    for path in course_files():
        assert not {"__pycache__", ".ipynb_checkpoints", ".venv", ".lab"} & set(path.parts), path
        assert path.suffix not in (".pyc", ".log", ".orig", ".rej", ".partial"), path
        assert "-Copy" not in path.name and not path.name.startswith("Untitled"), path


def test_scripts_can_be_run():
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=True)


def test_ruff_is_content():
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "--quiet", "."],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
