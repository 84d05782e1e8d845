"""The set-up behind `make lab` and `make test`: what state it finds, what it says when it stops.

Nothing of the real lock is installed here; small environments stand in for the big one.
"""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import namedtuple
from pathlib import Path

import pytest

from tools.setup import build, environment, errors
from tools.setup.__main__ import main
from tools.setup.errors import SetupError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def note_of(venv, locks=("requirements.txt",), **changes):
    """Write the note of a finished set-up."""
    note = dict(
        state="ready",
        path=os.path.realpath(venv),
        locks={lock: environment.digest(lock) for lock in locks},
        packages=environment.installed_packages(str(venv)),
    )
    environment.write_note(str(venv), **{**note, **changes})


@pytest.fixture
def venv(tmp_path):
    """An environment with one small package and one script in it, set up for `lab`."""
    folder = tmp_path / "a course" / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = Path(environment.packages_folder(str(folder)))
    (packages / "little").mkdir()
    (packages / "little" / "__init__.py").write_text("")
    info = packages / "little-1.0.dist-info"
    info.mkdir()
    (info / "RECORD").write_text("little/__init__.py,,\nlittle-1.0.dist-info/RECORD,,\n")
    script = folder / "bin" / "little"
    script.write_text(f"#!{folder}/bin/python\nimport sys, little\nprint(sys.prefix)\n")
    script.chmod(0o755)
    note_of(folder)
    return folder


def look(venv, what="lab"):
    return environment.look(what, str(venv))


def run_setup(*arguments, **env):
    """Run the set-up as `make` does, with nothing of this machine's settings of pip and uv."""
    settings = re.compile(r"PIP_|UV$|UV_|INSTALLER$|VENV$|PYTHON$")
    kept = {name: value for name, value in os.environ.items() if not settings.match(name)}
    return subprocess.run(
        [sys.executable, "-B", "-m", "tools.setup", *arguments],
        cwd=ROOT,
        env={**kept, "PIP_CONFIG_FILE": os.devnull, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def the_line(answer):
    """Return the one line the set-up stopped with."""
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    lines = [line for line in answer.stderr.splitlines() if line.startswith("Set-up stopped: ")]
    assert lines == answer.stderr.splitlines()[-1:]
    return lines[0]


# --- what it finds ---------------------------------------------------------------------------


def test_a_finished_environment_is_left_alone(venv):
    before = sorted((path, path.stat().st_mtime_ns) for path in venv.rglob("*"))
    answer = run_setup("lab", "--venv", venv)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    assert sorted((path, path.stat().st_mtime_ns) for path in venv.rglob("*")) == before


def test_the_checks_need_their_own_set(venv):
    assert look(venv, "test") == ("install", "the checks need more")
    note_of(venv, locks=("requirements.txt", "requirements-dev.txt"))
    assert look(venv, "test")[0] == look(venv, "lab")[0] == "ready"


def test_a_new_lock_is_installed(venv):
    note_of(venv, locks=())
    environment.write_note(
        str(venv), **{**environment.read_note(str(venv)), "locks": {"requirements.txt": "old"}}
    )
    assert look(venv) == ("install", "requirements.txt has changed")


def test_one_that_was_interrupted_while_it_was_made_is_made_again(venv):
    environment.write_note(str(venv), state="making")
    assert look(venv) == ("rebuild", "the last set-up was interrupted")


def test_one_that_was_interrupted_while_packages_were_written_is_made_again(venv):
    environment.note_installing(str(venv))
    (Path(environment.packages_folder(str(venv))) / "half").mkdir()
    assert look(venv) == look(venv, "test") == ("rebuild", "the last set-up was interrupted")


def test_one_that_was_interrupted_while_it_fetched_is_kept(venv):
    for _ in range(2):
        environment.note_installing(str(venv))
        assert look(venv)[0] == "ready"
        assert look(venv, "test") == ("install", "the checks need more")
    (venv / environment.NOTE).unlink()
    environment.note_installing(str(venv))
    assert look(venv) == ("install", "it has not been set up yet")


def test_one_that_was_interrupted_and_moved_works_again(venv, tmp_path):
    environment.note_installing(str(venv))
    moved = tmp_path / "moved" / ".venv"
    shutil.move(venv.parent, moved.parent)
    assert look(moved) == ("moved", "the folder was moved")
    assert run_setup("lab", "--venv", moved).returncode == 0
    assert look(moved)[0] == "ready"


@pytest.mark.parametrize("lost", ["little", "little-1.0.dist-info", "little-1.0.dist-info/RECORD"])
def test_a_lost_package_is_noticed(venv, lost):
    path = Path(environment.packages_folder(str(venv))) / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert look(venv) == ("rebuild", "little is damaged")


def test_a_lost_interpreter_is_noticed(venv):
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to("/nowhere/python3.11")
    assert look(venv) == ("rebuild", "its Python does not start any more")


def test_an_unreadable_note_counts_as_none(venv):
    for text in ("", "{", '{"state": "ready"}'):
        (venv / environment.NOTE).write_text(text)
        assert look(venv)[0] == "install"


def test_a_missing_or_empty_folder_gets_a_new_environment(tmp_path):
    assert look(tmp_path / "new")[0] == look(tmp_path)[0] == "create"


# --- what it puts right ------------------------------------------------------------------------


def test_a_moved_folder_works_again(venv, tmp_path):
    moved = tmp_path / "moved further away" / ".venv"
    shutil.move(venv.parent, moved.parent)
    assert look(moved) == ("moved", "the folder was moved")
    assert run_setup("lab", "--venv", moved).returncode == 0
    assert look(moved)[0] == "ready"
    said = subprocess.run([moved / "bin" / "little"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str(moved)
    assert str(venv) not in (moved / "bin" / "activate").read_text()
    assert str(moved) in (moved / "bin" / "activate").read_text()
    assert os.access(moved / "bin" / "little", os.X_OK)


def test_a_second_set_up_waits_for_the_first(venv, capfd):
    note_of(venv, path="/elsewhere")
    with build.only_one(str(venv)):
        second = threading.Thread(target=main, args=(["lab", "--venv", str(venv)],))
        second.start()
        said = ""
        while "waiting" not in said and second.is_alive():
            said += capfd.readouterr().err
            time.sleep(0.05)
        assert "waiting for it" in said
        assert look(venv)[0] == "moved"
    second.join()
    assert look(venv)[0] == "ready"


def test_a_rebuild_empties_only_what_is_its_own(venv, tmp_path):
    other = tmp_path / "others environment"
    shutil.move(venv, other)
    (other / environment.NOTE).unlink()
    (other / "bin" / "python").unlink()
    before = sorted(other.rglob("*"))
    line = the_line(run_setup("lab", "--venv", other))
    assert "was not made by this set-up, and its Python does not start" in line
    home = tmp_path / "documents"
    home.mkdir()
    (home / "thesis.txt").write_text("years of work")
    assert "holds other files" in the_line(run_setup("lab", "--venv", home))
    assert sorted(other.rglob("*")) == before and (home / "thesis.txt").exists()


# --- what it says ------------------------------------------------------------------------------


def test_a_missing_network_is_named_in_one_line(tmp_path):
    answer = run_setup(
        "lab",
        "--venv",
        tmp_path / ".venv",
        PIP_INDEX_URL="http://127.0.0.1:9/index",
        PIP_NO_CACHE_DIR="1",
        PIP_RETRIES="0",
    )
    assert "no connection to the package index" in the_line(answer)
    assert look(tmp_path / ".venv")[0] == "install"  # nothing was written: no need to start anew


def test_too_little_space_stops_before_anything_is_written(tmp_path, monkeypatch, capsys):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(9e9, 8e9, 1e9))
    assert main(["lab", "--venv", str(tmp_path / "new")]) == 1
    line = capsys.readouterr().err
    assert re.fullmatch(
        r"Set-up stopped: not enough disk space at .* \(3\.\d GB needed, 1\.0 GB free\): .*\n", line
    )
    assert os.listdir(tmp_path / "new") == []


def test_a_folder_one_cannot_write(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    if os.getuid() == 0:  # root may write anywhere, so the system's answer is played
        monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert main(["lab", "--venv", str(folder)]) == 1
    line = capsys.readouterr().err
    assert line.startswith(f"Set-up stopped: no permission to write {folder}")
    assert line.count("\n") == 1 and "VENV=" in line


def test_a_file_in_the_place_of_the_environment_is_named(tmp_path):
    (tmp_path / "venv").write_text("")
    assert "is a file: move it away" in the_line(run_setup("lab", "--venv", tmp_path / "venv"))


def test_a_chosen_python_that_is_too_old_is_refused(tmp_path):
    old = tmp_path / "python"
    facts = dict(version=[3, 8, 1], executable="x", venv=True, bits=64, system="", machine="")
    old.write_text(f"#!/bin/sh\necho '{json.dumps(facts)}'\n")
    old.chmod(0o755)
    line = the_line(run_setup("lab", "--venv", tmp_path / "new", PYTHON=str(old)))
    assert f"PYTHON={old}" in line and "3.8.1 is too old" in line


def test_a_broken_venv_module_is_named_with_its_error(tmp_path):
    broken = tmp_path / "python3.11"
    facts = dict(version=[3, 11, 2], venv=True, bits=64, system="Linux", machine="x86_64")
    facts["executable"] = str(broken)
    broken.write_text(
        f'#!/bin/sh\ncase "$*" in *"-m venv"*) echo "Error: no ensurepip"; exit 1;; esac\n'
        f"echo '{json.dumps(facts)}'\n"
    )
    broken.chmod(0o755)
    line = the_line(run_setup("lab", "--venv", tmp_path / "new", PYTHON=str(broken)))
    assert "is its venv module complete?" in line and "no ensurepip" in line


@pytest.mark.parametrize(
    "number, expected",
    [
        (errno.ENOSPC, "not enough disk space"),
        (errno.EDQUOT, "not enough disk space"),
        (errno.EROFS, "no permission to write /x"),
        (errno.EACCES, "no permission to write /x"),
        (errno.EIO, "/x: "),
    ],
)
def test_an_error_of_the_file_system_is_told_in_one_line(number, expected):
    line = errors.explain(OSError(number, os.strerror(number), "/x"), "/venv")
    assert line.startswith(expected) and "\n" not in line


@pytest.mark.parametrize("status, expected", [(-4, "AVX"), (1, "does not start [no such thing]")])
def test_tensorflow_that_does_not_start(monkeypatch, status, expected):
    monkeypatch.setattr(build, "run", lambda command: (status, "trace\nno such thing\n"))
    with pytest.raises(SetupError) as problem:
        build.try_it("/venv")
    assert expected in str(problem.value)


def test_control_c_ends_the_set_up_with_one_line(monkeypatch, capsys):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "prepare", interrupted)
    assert main(["lab"]) == 1
    assert capsys.readouterr().err == (
        "Set-up stopped: interrupted; the same command goes on from here\n"
    )
