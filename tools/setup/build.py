"""Build an environment, put it right, and try it.

An environment that was interrupted, broken or moved is put right; one that is ready is left alone.
"""

import contextlib
import errno
import os
import re
import shutil
import subprocess
import sys

from tools.setup import causes, installers, interpreters
from tools.setup.environment import (
    LOCKS,
    NOTE,
    ROOT,
    look,
    note_installing,
    note_ready,
    python_of,
    read_note,
    write_note,
)
from tools.setup.errors import SetupError, no_space

# Measured with the locks of Python 3.11: what the environment takes, temporary downloads included.
NEEDED_GB = {"lab": 3.2, "test": 3.7, "lock": 0.3}


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
    # An installer holds the lock too, so that nobody works beside one whose set-up was killed.
    os.set_inheritable(folder, True)
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
    facts = interpreters.find_python(wanted_python)
    check_space(what, venv)
    print(
        "Making {} with Python {}.{}.{} ({}).".format(venv, *(facts["version"] + (reason,))),
        file=sys.stderr,
    )
    empty(venv)
    write_note(venv, state="making")
    status, output = run([facts["executable"], "-I", "-m", "venv", venv])
    if status:
        cause, line = causes.diagnose(output)
        if cause == causes.UNKNOWN:
            cause = "{} -m venv failed; is its venv module complete?".format(facts["executable"])
        raise SetupError("{} [{}]".format(cause, causes.shorten(line)))
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
    note_installing(venv)
    installers.install(venv, LOCKS[what], reason)
    try_it(venv)
    note_ready(what, venv)


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
            "TensorFlow is installed but does not start [{}]".format(causes.shorten(lines[-1]))
        )


def relocate(venv):
    """Put right the absolute paths in an environment whose folder was moved or copied.

    The scripts in bin/ name their interpreter, and the activation scripts name the folder.
    """
    note = read_note(venv)
    note = note.get("before", note)  # an interrupted one changed nothing, or it would be made anew
    note["path"] = os.path.realpath(venv)
    facts = interpreters.ask(python_of(venv))
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
