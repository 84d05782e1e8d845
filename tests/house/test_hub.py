"""What the course adds to JupyterHub: settings, and the script that starts a user's JupyterLab."""

import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from house_helpers import ROOT, START
from traitlets.config import Config

HUB = ROOT / "tools" / "hub"
SINGLEUSER = """#!/bin/sh
echo "$PWD"
echo "$@"
echo "$JUPYTER_CONFIG_PATH $KERAS_BACKEND"
"""


@pytest.fixture
def course_zip(tmp_path):
    """A zip like that of `grading release`, with two files."""
    path = tmp_path / "a course.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"resnets/{START}", "handed out")
        archive.writestr("resnets/tools/jupyter/custom.css", "/* colours */")
    return path


@pytest.fixture
def start(tmp_path, course_zip):
    """Starts the script as JupyterHub does; returns what the server in the end is given."""
    programs, home = tmp_path / "programs", tmp_path / "a home"
    programs.mkdir()
    home.mkdir()
    (programs / "python").symlink_to(sys.executable)
    (programs / "jupyterhub-singleuser").write_text(SINGLEUSER)
    (programs / "jupyterhub-singleuser").chmod(0o755)
    env = {"HOME": str(home), "PATH": os.environ["PATH"]}
    env |= {"COURSE_ZIP": str(course_zip), "PROGRAMS": str(programs)}
    command = ["/bin/sh", str(HUB / "start_user.sh"), "--one", "two words"]

    def run(status=0):
        done = subprocess.run(command, env=env, cwd=home, capture_output=True, text=True)
        assert done.returncode == status, done.stderr
        return done.stdout.splitlines()

    run.course = home / "resnets"
    return run


def test_the_settings_name_files_that_exist(course_zip, monkeypatch):
    monkeypatch.setenv("COURSE_ZIP", str(course_zip))
    settings = loaded()
    shell, script = settings.Spawner.cmd
    assert shutil.which(shell) and os.path.isfile(script)
    assert settings.Spawner.environment["COURSE_ZIP"] == str(course_zip)
    assert settings.Spawner.default_url == f"/lab/tree/{START}"
    assert settings.Authenticator.allow_all  # without a rule JupyterHub lets nobody in


@pytest.mark.parametrize("path", ["", "/nowhere/resnets.zip"])
def test_without_a_zip_one_line_says_what_is_expected(path, monkeypatch):
    monkeypatch.setenv("COURSE_ZIP", path)
    with pytest.raises(SystemExit, match="COURSE_ZIP: expected the path of the zip"):
        loaded()


def loaded():
    """Return JupyterHub's settings, read as JupyterHub reads them."""
    settings = Config()
    path = HUB / "jupyterhub_config.py"
    names = {"get_config": lambda: settings, "__file__": str(path)}
    exec(compile(path.read_text(encoding="utf-8"), path, "exec"), names)
    return settings


def test_a_user_starts_in_a_copy_of_the_course(start):
    folder, arguments, rest = start()
    assert folder == str(start.course)
    root = "--allow-root " if os.getuid() == 0 else ""
    assert arguments == f"--ServerApp.root_dir={start.course} {root}--one two words"
    assert rest == f"{start.course}/tools/jupyter tensorflow"
    assert (start.course / START).read_text() == "handed out"
    assert (start.course / ".lab" / "config" / "custom" / "custom.css").is_file()


def test_a_second_start_keeps_what_the_user_did(start):
    start()
    (start.course / START).write_text("solved")
    start()
    assert (start.course / START).read_text() == "solved"
    assert sorted(path.name for path in start.course.parent.iterdir()) == ["resnets"]


def test_a_damaged_zip_leaves_no_half_of_a_course(start, course_zip):
    course_zip.write_bytes(course_zip.read_bytes()[:50])
    start(status=1)
    assert list(start.course.parent.iterdir()) == []


def test_a_user_gets_the_settings_of_make_lab():
    """Everything that the Makefile sets for JupyterLab, the script sets, too."""
    makefile, script = (path.read_text() for path in (ROOT / "Makefile", HUB / "start_user.sh"))
    names = re.findall(r"^export (\w+) :=", makefile, re.MULTILINE)
    assert len(names) >= 10
    assert [name for name in names if not re.search(rf"\b{name}=", script)] == []
