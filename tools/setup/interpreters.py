"""Find a Python that can run the course."""

import glob
import json
import os
import subprocess

from tools.setup.errors import SetupError

SUPPORTED = ((3, 11), (3, 12), (3, 13))

# Where interpreters lie that are often not on PATH.
OTHER_PLACES = (
    "~/.pyenv/versions/{version}.*/bin/python3",
    "~/.local/share/uv/python/cpython-{version}.*/bin/python3",
    "/opt/homebrew/bin/python{version}",
    "/Library/Frameworks/Python.framework/Versions/{version}/bin/python3",
)

# What each candidate is asked. It must run on any Python 3, and print one line of JSON.
QUESTION = """
import json, platform, sys
try:
    import ensurepip, venv
    has_venv = True
except ImportError:
    has_venv = False
print(json.dumps({
    "version": list(sys.version_info[:3]),
    "executable": getattr(sys, "_base_executable", None) or sys.executable,
    "venv": has_venv,
    "bits": 64 if sys.maxsize > 2 ** 32 else 32,
    "system": platform.system(),
    "machine": platform.machine(),
}))
"""


def supported_names():
    """Return the versions in words: "3.11, 3.12 or 3.13"."""
    names = ["{}.{}".format(*version) for version in SUPPORTED]
    return ", ".join(names[:-1]) + " or " + names[-1]


def ask(executable):
    """Return what the interpreter says about itself, or None where it does not run at all.

    A name on PATH may be a version manager's shim with nothing behind it, so its exit counts.
    """
    try:
        answer = subprocess.run(
            [executable, "-I", "-c", QUESTION],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            universal_newlines=True,
            timeout=60,
        )
        facts = json.loads(answer.stdout.strip().splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
    facts["name"] = executable
    facts["version"] = tuple(facts["version"])
    return facts


def candidates(path=None, home_places=OTHER_PLACES):
    """Yield interpreters to try: those on PATH first, then those in other usual places."""
    versions = ["{}.{}".format(*version) for version in SUPPORTED]
    folders = (os.environ.get("PATH", "") if path is None else path).split(os.pathsep)
    for name in ["python3"] + ["python" + version for version in versions]:
        for folder in folders:
            full = os.path.join(folder, name)
            if folder and os.access(full, os.X_OK) and not os.path.isdir(full):
                yield full
    for version in versions:
        for place in home_places:
            for full in sorted(glob.glob(os.path.expanduser(place.format(version=version)))):
                yield full


def find_python(chosen="", tried=None):
    """Return the facts (see `ask`) of the interpreter to build the environment with.

    chosen: a name or path that the user gave (PYTHON=...); nothing else is tried then.
    tried: the interpreters to try instead of `candidates()`.
    Raises SetupError where none is suitable, with the one thing to do.
    """
    if chosen:
        return check_chosen(chosen)
    seen = {}
    for executable in candidates() if tried is None else tried:
        facts = ask(executable)
        if facts and facts["executable"] not in seen:
            seen[facts["executable"]] = facts
            if facts["version"][:2] in SUPPORTED and facts["venv"] and facts["bits"] == 64:
                check_platform(facts)
                return facts
    raise SetupError(why_none(list(seen.values())))


def check_chosen(chosen):
    """Return the facts of the interpreter the user named, or raise SetupError."""
    facts = ask(os.path.expanduser(chosen))
    if facts is None:
        raise SetupError(
            "PYTHON={} does not start: give the path of a Python {}".format(
                chosen, supported_names()
            )
        )
    if facts["version"][:2] not in SUPPORTED or facts["bits"] != 64 or not facts["venv"]:
        raise SetupError("PYTHON={}: {}".format(chosen, why_none([facts])))
    check_platform(facts)
    return facts


def check_platform(facts):
    """Raise SetupError on machines for which TensorFlow publishes nothing."""
    if facts["system"] == "Darwin" and facts["machine"] == "x86_64":
        raise SetupError(
            "TensorFlow is no longer published for Macs with an Intel processor (or for a Python "
            "that runs under Rosetta); use a native arm64 Python, or Binder (see README)"
        )


def why_none(found):
    """Return the one line for a machine where no interpreter is suitable."""
    fitting = [facts for facts in found if facts["version"][:2] in SUPPORTED]
    if any(facts["bits"] == 64 for facts in fitting):
        version = "{}.{}".format(*fitting[0]["version"])
        return (
            "Python {0} at {1} lacks its venv module; on Debian and Ubuntu: "
            "sudo apt install python{0}-venv".format(version, fitting[0]["executable"])
        )
    if fitting:
        return "Python at {} is a 32-bit one; TensorFlow needs a 64-bit Python {}".format(
            fitting[0]["executable"], supported_names()
        )
    if not found:
        return (
            "no Python was found; install Python {} and its venv module (Debian and Ubuntu: "
            "sudo apt install python3 python3-venv)".format(supported_names())
        )
    versions = sorted({facts["version"] for facts in found})
    listed = ", ".join(".".join(str(part) for part in version) for version in versions)
    newest = versions[-1][:2]
    too = "too new" if newest > SUPPORTED[-1] else "too old"
    return (
        "Python {} is needed, and {} is {}; install one beside it, and if it is not on PATH "
        "name it: PYTHON=/path/to/python3.11".format(supported_names(), listed, too)
    )
