"""Resolve the dependencies anew: `make lock`, with the uv that installs them."""

import os
import subprocess
import sys

from tools.setup import build, installers, with_uv
from tools.setup.environment import LOCKS, ROOT, look
from tools.setup.errors import SetupError

COMPILE = (
    "pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header "
    "--no-emit-index-url --no-emit-find-links --index-strategy=unsafe-best-match"
).split()
LIMITS = ["-c", "tools/setup/constraints.in"]
# What is read, and options. The checks' set keeps to the versions of the lessons' set.
FILES = (
    (LOCKS["lab"], "pyproject.toml", LIMITS),
    (
        LOCKS["test"],
        "pyproject.toml",
        "--extra test --extra render --extra grading -c requirements.txt".split() + LIMITS,
    ),
    (os.path.relpath(with_uv.UV_LOCK, ROOT), "tools/setup/uv.in", ("--no-annotate",)),
)


def renew(venv, options, wanted_python=""):
    """Write the locked files; `options` go to uv, such as --upgrade. Raises SetupError."""
    if not os.path.exists(os.path.join(ROOT, "pyproject.toml")):
        raise SetupError("pyproject.toml is missing: a copy for students cannot renew its lock")
    build.make_folder(venv)
    with build.only_one(venv):
        action, reason = look("lab", venv)
        if action in ("create", "rebuild"):
            build.create("lock", venv, reason, wanted_python)
        with installers.scratch_folder(venv) as scratch:
            try:
                uv = with_uv.find_uv(venv, os.path.join(venv, "setup.log"), scratch)
            except with_uv.UvUnusable as problem:
                raise SetupError("make lock needs uv: {}".format(problem)) from problem
            env, more = with_uv.uv_environment(venv, scratch)
            for output, source, own in FILES:
                print("Resolving {}.".format(output), file=sys.stderr)
                command = [uv.path] + COMPILE + list(own) + more + options
                if subprocess.call(command + [source, "-o", output], cwd=ROOT, env=env):
                    raise SetupError("uv cannot resolve {}; its lines above say why".format(output))
