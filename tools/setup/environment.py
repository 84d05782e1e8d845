"""The state of an environment: what is installed in it, and what the set-up has to do.

A note in the environment (NOTE) keeps what was installed, so that a second run only looks.
"""

import hashlib
import json
import os

from tools.setup import interpreters

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOCKS = {"lab": "requirements.txt", "test": "requirements-dev.txt"}
# The set for `test` holds everything of the set for `lab`.
COVERS = {"lab": ("lab",), "test": ("lab", "test")}
NOTE = "course-setup.json"


def look(what, venv):
    """Return (action, reason): "ready", "moved", "install", "rebuild" or "create"."""
    if not os.path.isdir(venv) or not os.listdir(venv):
        return "create", "the first time here"
    note = read_note(venv)
    if note.get("state") == "making":
        return "rebuild", "the last set-up was interrupted"
    version = python_version(venv)
    if version is None:
        return "rebuild", "its Python does not start any more"
    if version not in interpreters.SUPPORTED:
        return "rebuild", "it was made with Python {}.{}".format(*version)
    if note.get("state") == "installing":
        if note.get("present") != present(venv):
            return "rebuild", "the last set-up was interrupted"
        note = note["before"]  # it was still fetching, and has written nothing
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
    facts = interpreters.ask(python_of(venv))
    return facts["version"][:2] if facts else None


def packages_folder(venv):
    """Return the site-packages folder."""
    return os.path.join(venv, "lib", "python{}.{}".format(*python_version(venv)), "site-packages")


def present(venv):
    """Return the sorted names in the site-packages folder."""
    return sorted(os.listdir(packages_folder(venv)))


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
    there = set(os.listdir(folder))
    lost = []
    for name, tops in note["packages"].items():
        if not there.issuperset(tops) or not os.path.exists(os.path.join(folder, name, "RECORD")):
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


def note_installing(venv):
    """Note that packages are about to change.

    The earlier note stays inside the new one: an installer that is stopped while it still fetches
    has changed nothing, and `look` can tell from the names that were present.
    """
    note = read_note(venv)
    if note.get("state") == "installing":
        note = note["before"]
    write_note(venv, state="installing", before=note, present=present(venv))


def note_ready(what, venv):
    """Note what is installed now."""
    locks = {LOCKS[lock]: digest(LOCKS[lock]) for lock in COVERS[what]}
    write_note(
        venv,
        state="ready",
        path=os.path.realpath(venv),
        locks=locks,
        packages=installed_packages(venv),
    )
