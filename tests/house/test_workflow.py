"""The workflow's commands exist and name what there is: it cannot be run here."""

from __future__ import annotations

import re
import shlex

import pytest
import yaml
from house_helpers import LESSON, ROOT

from tools.setup import interpreters

JOBS = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())["jobs"]
MATRIX = JOBS["checks"]["strategy"]["matrix"]
LINES = [
    (job, line)
    for job, settings in JOBS.items()
    for step in settings["steps"]
    for line in step.get("run", "").splitlines()
]


def words(line):
    """Return a command's words, with this system's slashes."""
    return shlex.split(line.replace("\\", "/"))


@pytest.mark.parametrize("job, line", LINES)
def test_a_command_of_the_workflow_exists(job, line):
    program, *rest = words(line)
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    if program == "make":
        assert rest[0] in targets
    elif program == "bash":
        assert (ROOT / rest[0]).is_file()
    elif program.endswith("python"):
        assert rest[0] == "-m" and rest[1] in ("venv", "pip", "pytest")
    else:
        assert program == "curl"


@pytest.mark.parametrize("job, line", LINES)
def test_a_path_in_the_workflow_is_there(job, line):
    named = re.findall(r"(?:tests|notebooks)/[\w./-]*\w|\S+\.txt", line.replace("\\", "/"))
    for path in named:
        assert (ROOT / path).exists(), path


def test_the_workflow_runs_every_supported_python():
    versions = [tuple(map(int, version.split("."))) for version in MATRIX["python"]]
    assert tuple(versions) == interpreters.SUPPORTED
    (line,) = [line for job, line in LINES if job == "checks"]
    assert line == "bash .ci/run"


def test_only_linux_grades():
    others = [job for job in JOBS if not JOBS[job]["runs-on"].startswith("ubuntu")]
    assert {JOBS[job]["runs-on"].split("-")[0] for job in others} == {"macos", "windows"}
    for job in others:
        lines = "\n".join(line for name, line in LINES if name == job)
        assert "tests/resnets/checks" in lines and "2_identity_block.ipynb" in lines
        assert "grading" not in lines and "make test\n" not in lines + "\n"


def test_the_lab_that_is_asked_is_the_one_that_was_started():
    lines = "\n".join(line for job, line in LINES if job == "lab")
    started = re.search(r"make lab ARGS=\"(.*)\" &", lines).group(1)
    port = re.search(r"--port (\d+)", started).group(1)
    token = re.search(r"token=(\w+)", started).group(1)
    assert f"http://127.0.0.1:{port}/api/contents/{LESSON}?content=0&token={token}" in lines
