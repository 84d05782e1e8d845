"""Build the course's environment, or say in one line why it cannot be built.

`make lab` calls it with `lab` (what the lessons import, from requirements.txt) and `make test` with
`test` (that and the checks' tools, from requirements-dev.txt). Standard library only, plain enough
for Python 3.6: it starts on any `python3`, finds one that suits, makes a virtual environment and
installs the locked set by hash. A note in the environment (NOTE) keeps what was installed, so that
a second run only looks; an environment that was interrupted, broken or moved is put right.
"""

import argparse
import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

import setup_pip
import setup_python
from setup_python import SetupError

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOCKS = {"lab": "requirements.txt", "test": "requirements-dev.txt"}
# The set for `test` holds everything of the set for `lab`.
COVERS = {"lab": ("lab",), "test": ("lab", "test")}
NOTE = "course-setup.json"
# Measured with the locks of Python 3.11: what the environment takes, downloads in passing included.
NEEDED_GB = {"lab": 3.2, "test": 3.7}


def main(arguments=None):
    """Prepare the environment; return the exit status for the shell."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=sorted(LOCKS))
    parser.add_argument("--venv", default=os.environ.get("VENV") or os.path.join(ROOT, ".venv"))
    chosen = parser.parse_args(arguments)
    venv = os.path.join(ROOT, os.path.expanduser(chosen.venv))
    try:
        prepare(chosen.what, venv, os.environ.get("PYTHON", ""))
    except SetupError as problem:
        complain(str(problem))
    except OSError as problem:
        complain(explain(problem, venv))
    except KeyboardInterrupt:
        complain("interrupted; the same command goes on from here")
    else:
        return 0
    return 1


def complain(line):
    """Print the one line that says what is wrong."""
    print("Set-up stopped: " + line, file=sys.stderr)


def explain(problem, venv):
    """Return one line for an error of the file system."""
    name = problem.filename or venv
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return no_space(venv)
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            "no permission to write {}: copy the course to a folder of your own, or put the "
            "environment elsewhere with VENV=/path/you/can/write".format(name)
        )
    return "{}: {}".format(name, problem.strerror or problem)


def no_space(venv, needed=None, free=None):
    """Return the line for a full disk."""
    numbers = "" if needed is None else " ({:.1f} GB needed, {:.1f} GB free)".format(needed, free)
    return (
        "not enough disk space at {}{}: free some, or put the environment on another disk "
        "with VENV=/path/with/space/resnets".format(os.path.dirname(venv), numbers)
    )


# --- the environment's state ---------------------------------------------------------------------


def prepare(what, venv, wanted_python=""):
    """Leave a working environment at `venv` for "lab" or "test"; raise SetupError otherwise."""
    if not os.path.exists(os.path.join(ROOT, LOCKS[what])):
        raise SetupError(
            "{} is missing: a copy for students has `make lab` only; for the other commands, take "
            "the whole course".format(LOCKS[what])
        )
    action, reason = look(what, venv)
    if action == "ready":
        return
    make_folder(venv)
    with only_one(venv):
        action, reason = look(what, venv)
        if action == "moved":
            relocate(venv)
            action, reason = look(what, venv)
        if action == "ready":
            return
        if action in ("create", "rebuild"):
            create(what, venv, reason, wanted_python)
        fill(what, venv, reason)


def look(what, venv):
    """Return (action, reason): "ready", "moved", "install", "rebuild" or "create"."""
    if not os.path.isdir(venv) or not os.listdir(venv):
        return "create", "the first time here"
    note = read_note(venv)
    if note.get("state") in ("making", "installing"):
        return "rebuild", "the last set-up was interrupted"
    version = python_version(venv)
    if version is None:
        return "rebuild", "its Python does not start any more"
    if version not in setup_python.SUPPORTED:
        return "rebuild", "it was made with Python {}.{}".format(*version)
    if not note:
        return "install", "it has not been set up yet"
    if note["path"] != os.path.realpath(venv):
        return "moved", "the folder was moved"
    missing = missing_packages(venv, note)
    if missing:
        return "rebuild", "{} is damaged".format(missing[0])
    for lock in COVERS[what]:
        if note["locks"].get(LOCKS[lock]) != digest(LOCKS[lock]):
            first = LOCKS[lock] not in note["locks"]
            return "install", "the checks need more" if first else LOCKS[lock] + " has changed"
    return "ready", ""


def digest(name):
    """Return the SHA-256 of one of the course's files."""
    with open(os.path.join(ROOT, name), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def python_of(venv):
    """Return the path of the environment's interpreter."""
    return os.path.join(venv, "bin", "python")


def python_version(venv):
    """Return (major, minor) of the environment's Python, or None where it does not run."""
    facts = setup_python.ask(python_of(venv))
    return facts["version"][:2] if facts else None


def packages_folder(venv):
    """Return the site-packages folder."""
    return os.path.join(venv, "lib", "python{}.{}".format(*python_version(venv)), "site-packages")


def installed_packages(venv):
    """Return {"name-version.dist-info": [its top-level files and folders]}."""
    folder = packages_folder(venv)
    found = {}
    for name in sorted(os.listdir(folder)):
        record = os.path.join(folder, name, "RECORD")
        if name.endswith(".dist-info") and os.path.exists(record):
            with open(record, encoding="utf-8") as file:
                paths = [line.split(",")[0].strip('"') for line in file]
            tops = {path.split("/")[0] for path in paths if not path.startswith(("..", "__py"))}
            found[name] = sorted(tops)
    return found


def missing_packages(venv, note):
    """Return the names of packages of which the environment has lost a part."""
    folder = packages_folder(venv)
    present = set(os.listdir(folder))
    lost = []
    for name, tops in note["packages"].items():
        if not present.issuperset(tops) or not os.path.exists(os.path.join(folder, name, "RECORD")):
            lost.append(name.split("-")[0])
    return lost


def read_note(venv):
    """Return what the last set-up noted, {} where there is none or it cannot be read."""
    try:
        with open(os.path.join(venv, NOTE), encoding="utf-8") as file:
            note = json.load(file)
    except (OSError, ValueError):
        return {}
    complete = note.get("state") != "ready" or {"path", "locks", "packages"} <= set(note)
    return note if complete else {}


def write_note(venv, **note):
    """Write the note in one step, so that a power cut leaves the old or the new one."""
    path = os.path.join(venv, NOTE)
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(note, file, indent=1, sort_keys=True)
    os.replace(path + ".new", path)


# --- changing it ---------------------------------------------------------------------------------


def make_folder(venv):
    """Make the folder of the environment; refuse one that holds something else."""
    if os.path.exists(venv) and not os.path.isdir(venv):
        raise SetupError("{} is a file: move it away, the environment goes there".format(venv))
    os.makedirs(venv, exist_ok=True)
    is_environment = os.path.exists(os.path.join(venv, "pyvenv.cfg"))
    if os.listdir(venv) and not is_ours(venv) and not is_environment:
        raise SetupError("{} holds other files: give VENV= a new or empty folder".format(venv))
    if not os.access(venv, os.W_OK):
        raise PermissionError(errno.EACCES, "no permission", venv)


def is_ours(venv):
    """Return whether this set-up made the folder, so that it may empty it."""
    return os.path.exists(os.path.join(venv, NOTE)) or os.path.basename(venv) == ".venv"


@contextlib.contextmanager
def only_one(venv):
    """Let one set-up at a time work on the folder; a second one waits for the first."""
    import fcntl  # not on Windows, where `make` is not used either

    folder = os.open(venv, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is at work on {}; waiting for it.".format(venv), file=sys.stderr)
            fcntl.flock(folder, fcntl.LOCK_EX)
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(folder)


def create(what, venv, reason, wanted_python):
    """Make an empty virtual environment with a Python that suits."""
    if os.listdir(venv) and not is_ours(venv):
        raise SetupError(
            "{} was not made by this set-up, and {}: remove it, or give VENV= a new folder".format(
                venv, reason
            )
        )
    facts = setup_python.find_python(wanted_python)
    check_space(what, venv)
    print(
        "Making {} with Python {}.{}.{} ({}).".format(venv, *(facts["version"] + (reason,))),
        file=sys.stderr,
    )
    empty(venv)
    write_note(venv, state="making")
    status, output = run([facts["executable"], "-I", "-m", "venv", venv])
    if status:
        cause, line = setup_pip.diagnose(output)
        if cause == "pip failed":
            cause = "{} -m venv failed; is its venv module complete?".format(facts["executable"])
        raise SetupError("{} [{}]".format(cause, setup_pip.shorten(line)))
    os.remove(os.path.join(venv, NOTE))


def run(command):
    """Run a command without a keyboard; return (status, all its output)."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    return done.returncode, done.stdout


def check_space(what, venv):
    """Raise SetupError where the disk cannot hold the environment, before anything is fetched."""
    used = folder_gb(venv)
    free = shutil.disk_usage(venv).free / 1e9 + used
    if free < NEEDED_GB[what]:
        raise SetupError(no_space(venv, NEEDED_GB[what], free))


def folder_gb(folder):
    """Return the size of a folder's files in GB (what emptying it would free)."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_size
    return total / 1e9


def empty(venv):
    """Remove what an earlier environment left in the folder."""
    for name in os.listdir(venv):
        path = os.path.join(venv, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.remove(path)


def fill(what, venv, reason):
    """Install the locked set into the environment, try it, and note it."""
    requirements = os.path.join(ROOT, LOCKS[what])
    with open(requirements, encoding="utf-8") as file:
        total = len(set(re.findall(r"^([A-Za-z0-9_.-]+)==", file.read(), re.MULTILINE)))
    print(
        "Installing {} ({}); this takes some minutes.".format(LOCKS[what], reason), file=sys.stderr
    )
    scratch = os.path.join(venv, "tmp")
    os.makedirs(scratch, exist_ok=True)
    log = os.path.join(venv, "pip.log")
    try:
        setup_pip.install(
            python_of(venv),
            requirements,
            log,
            scratch,
            total,
            packages_folder(venv),
            before_writing=lambda: write_note(venv, state="installing"),
        )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    try_it(venv)
    locks = {LOCKS[lock]: digest(LOCKS[lock]) for lock in COVERS[what]}
    write_note(
        venv,
        state="ready",
        path=os.path.realpath(venv),
        locks=locks,
        packages=installed_packages(venv),
    )


def try_it(venv):
    """Import TensorFlow once: some processors cannot run it, and then nothing else says why."""
    print("Starting TensorFlow once to see that it runs here.", file=sys.stderr)
    status, output = run([python_of(venv), "-I", "-c", "import tensorflow, jupyterlab"])
    if status in (-4, 132):
        raise SetupError(
            "TensorFlow needs a processor with AVX instructions, and this one (or "
            "this virtual machine) has none; use Binder or another machine"
        )
    if status:
        lines = output.strip().splitlines() or ["status {}".format(status)]
        raise SetupError(
            "TensorFlow is installed but does not start [{}]".format(setup_pip.shorten(lines[-1]))
        )


def relocate(venv):
    """Put right the absolute paths in an environment whose folder was moved or copied.

    The scripts in bin/ name their interpreter, and the activation scripts name the folder.
    """
    note = read_note(venv)
    note["path"] = os.path.realpath(venv)
    facts = setup_python.ask(python_of(venv))
    print("The folder was moved; putting {} right.".format(venv), file=sys.stderr)
    if run([facts["executable"], "-I", "-m", "venv", "--without-pip", venv])[0]:
        write_note(venv, state="making")
        return
    # A shell finds the interpreter beside the script: this holds for any length and any blanks.
    line = b"#!/bin/sh\n'''exec' \"$(dirname \"$0\")/python\" \"$0\" \"$@\"\n' '''\n"
    pattern = re.compile(rb"\A#!(?:/bin/sh\n'''exec' [^\n]*\n' '''|[^\n]*python[^\n]*)\n")
    for name in os.listdir(os.path.join(venv, "bin")):
        path = os.path.join(venv, "bin", name)
        if os.path.isfile(path) and not os.path.islink(path):
            with open(path, "rb") as file:
                text = file.read()
            if pattern.match(text):
                with open(path + ".new", "wb") as file:
                    file.write(pattern.sub(lambda match: line, text))
                shutil.copymode(path, path + ".new")
                os.replace(path + ".new", path)
    write_note(venv, **note)


if __name__ == "__main__":
    sys.exit(main())
