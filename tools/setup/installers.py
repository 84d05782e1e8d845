"""Install a locked set with uv, or with pip where uv cannot be had."""

import os
import shutil
import sys

from tools.setup import causes, with_pip, with_uv
from tools.setup.environment import ROOT
from tools.setup.errors import SetupError


def install(venv, lock, reason):
    """Install one of the locks into an environment that has pip.

    lock: the file's name, such as "requirements.txt"; reason: why it is installed, for the person.
    Raises SetupError with the cause in one line; setup.log in `venv` keeps the whole output.
    """
    wanted = os.environ.get("INSTALLER") or "uv"
    if wanted not in ("uv", "pip"):
        raise SetupError("INSTALLER={} is unknown: it is uv or pip".format(wanted))
    log = os.path.join(venv, "setup.log")
    with open(log, "w"):
        pass
    with scratch_folder(venv) as scratch:
        if wanted == "uv":
            try:
                uv = with_uv.find_uv(venv, log, scratch)
                say(lock, "uv " + with_uv.version_text(uv.version), reason)
                with_uv.run_uv(uv, venv, os.path.join(ROOT, lock), log, scratch)
                return
            except with_uv.UvUnusable as problem:
                print("Going on with pip: {}.".format(problem), file=sys.stderr)
        say(lock, "pip", reason)
        status, output = with_pip.run_pip(venv, os.path.join(ROOT, lock), log, scratch)
    if status:
        cause, line = causes.diagnose_pip(output)
        raise SetupError("{} [pip: {}; all of it in {}]".format(cause, causes.shorten(line), log))


def say(lock, installer, reason):
    """Tell the person what happens now, and that it takes a while."""
    print(
        "Installing {} with {} ({}); this can take some minutes.".format(lock, installer, reason),
        file=sys.stderr,
    )


class scratch_folder:
    """A folder in the environment for temporary files; it is removed at the end."""

    def __init__(self, venv):
        self.folder = os.path.join(venv, "tmp")

    def __enter__(self):
        os.makedirs(self.folder, exist_ok=True)
        return self.folder

    def __exit__(self, *problem):
        shutil.rmtree(self.folder, ignore_errors=True)
