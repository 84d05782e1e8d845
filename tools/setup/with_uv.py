"""Install with uv: the person's own where there is one, else one that pip fetches by its hash."""

import os
import re
import shutil
import subprocess
from collections import namedtuple

from tools.setup import causes, pip_settings
from tools.setup.environment import ROOT, python_of
from tools.setup.errors import SetupError
from tools.setup.process import Progress, watch
from tools.setup.with_pip import run_pip

# The wheel's hashes for every platform. `make lock` renews it.
UV_LOCK = os.path.join(ROOT, "tools", "setup", "uv.txt")
# The oldest uv that was tried with the options below.
OLDEST = (0, 5, 0)
# Of uv's variables, those for network and cache hold; others could change what is installed.
KEPT = re.compile(
    r"UV_(INDEX|DEFAULT_INDEX|EXTRA_INDEX_URL|FIND_LINKS|HTTP_|REQUEST_|NATIVE_TLS|SYSTEM_CERTS"
    r"|INSECURE_HOST|KEYRING_PROVIDER|CACHE_DIR|NO_CACHE|OFFLINE|CONCURRENT_|LINK_MODE|CONFIG_FILE)"
)

Uv = namedtuple("Uv", "path version")


class UvUnusable(Exception):
    """uv is missing or has failed, and pip may work; the message says why in a few words."""


def find_uv(venv, log, scratch):
    """Return the Uv to use: UV=, the one on PATH, or the one that lies in the environment.

    Raises UvUnusable where there is none, and SetupError where pip would fail as well.
    """
    named = os.environ.get("UV")
    if named:
        uv = ask(os.path.expanduser(named))
        if uv is None or uv.version < OLDEST:
            raise SetupError(
                "UV={} is no uv {} or newer: give its path, or leave UV= out".format(
                    named, version_text(OLDEST)
                )
            )
        return uv
    own = shutil.which("uv")
    uv = own and ask(own)
    if uv and uv.version >= OLDEST:
        return uv
    with open(UV_LOCK, encoding="utf-8") as file:
        locked = read_version(file.read().replace("==", " ", 1))
    folder = os.path.join(venv, "uv")
    uv = ask(os.path.join(folder, "bin", "uv"))
    if uv is None or uv.version != locked:
        shutil.rmtree(folder, ignore_errors=True)
        uv = fetch(venv, folder, log, scratch)
    return uv


def fetch(venv, folder, log, scratch):
    """Let pip put uv into a folder of its own, so that the environment holds the lock only."""
    status, output = run_pip(venv, UV_LOCK, log, scratch, ["--target", folder])
    uv = None if status else ask(os.path.join(folder, "bin", "uv"))
    if uv:
        return uv
    cause, line = causes.diagnose(output)
    if status and cause not in (causes.UNKNOWN, causes.NO_FILE):
        raise SetupError("{} [pip: {}; all of it in {}]".format(cause, causes.shorten(line), log))
    reason = causes.shorten(line) if status else "it does not start here"
    raise UvUnusable("uv cannot be had ({})".format(reason))


def ask(path):
    """Return the Uv at a path, or None where none starts."""
    try:
        answer = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            universal_newlines=True,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    version = read_version(answer.stdout)
    return Uv(path, version) if version and answer.returncode == 0 else None


def read_version(text):
    """Return the version in "uv 0.13.9 (...)" as a tuple, or None."""
    match = re.match(r"uv (\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(part) for part in match.groups()) if match else None


def version_text(version):
    """Return "0.13.9" for a version's tuple."""
    return ".".join(str(part) for part in version)


def uv_environment(venv, scratch):
    """Return (environment, options) for uv: the person's index, proxy, certificates and cache."""
    dropped = ("PYTHONPATH", "PYTHONHOME")
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in dropped and (not name.startswith("UV_") or KEPT.match(name))
    }
    variables, options = pip_settings.translate(pip_settings.read_settings(venv, scratch))
    for name, value in variables.items():
        if name not in env or not name.startswith("UV_"):
            env[name] = value  # a person's own setting for uv comes first
    for name, value in pip_settings.certificates(env).items():
        env.setdefault(name, value)
    env["TMPDIR"] = scratch
    cache = cache_folder(env, scratch)
    if cache:
        env["UV_CACHE_DIR"] = cache
    return env, options


def cache_folder(env, scratch):
    """Return a cache folder in the environment if uv's own is unusable or on another disk.

    On the environment's disk uv links its files into the environment, and they take no space twice.
    Elsewhere it would copy them, and might fill a small home folder.
    """
    if env.get("UV_CACHE_DIR") or env.get("UV_NO_CACHE"):
        return None
    usual = env.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    while not os.path.exists(usual) and os.path.dirname(usual) != usual:
        usual = os.path.dirname(usual)
    if os.access(usual, os.W_OK) and os.stat(usual).st_dev == os.stat(scratch).st_dev:
        return None
    return os.path.join(scratch, "cache")


class UvProgress(Progress):
    """What uv is doing, read from its output."""

    def __init__(self, stream=None):
        super().__init__(stream)
        self.total = ""
        self.coming = {}
        self.text = "asking the package index"

    def read(self, line):
        counted = re.match(r"(Resolved|Prepared|Installed) (\d+) packages?", line)
        coming = re.match(r"Downloading (\S+) \((.+)\)", line)
        here = re.match(r" Downloaded (\S+)", line)
        if counted:
            self.total = counted.group(2) + " packages"
            self.text = {
                "Resolved": "fetching " + self.total,
                "Prepared": "writing {} to the disk".format(self.total),
                "Installed": "compiling the modules of " + self.total,
            }[counted.group(1)]
        elif coming:
            self.coming[coming.group(1)] = coming.group(2)
        elif here:
            self.coming.pop(here.group(1), None)

    def state(self):
        coming = ", ".join("{} ({})".format(*item) for item in self.coming.items())
        return self.text + (": " + coming if coming else "")


def run_uv(uv, venv, requirements, log, scratch):
    """Install a hash-locked file with uv.

    Raises UvUnusable where it fails and pip may do better, SetupError where pip could not either.
    """
    env, options = uv_environment(venv, scratch)
    command = [
        uv.path,
        "pip",
        "install",
        "--color=never",
        "--python",
        python_of(venv),
        "--require-hashes",
        "--no-deps",
        "--only-binary=:all:",
        # The hashes say what is right, so any of the indexes may have it, as with pip.
        "--index-strategy=unsafe-best-match",
        "--compile-bytecode",
        "-r",
        requirements,
    ]
    status, output = watch(command + options, env, log, UvProgress())
    if status == 0:
        return
    cause, line = causes.diagnose(output)
    if cause in causes.FINAL:
        raise SetupError("{} [uv: {}; all of it in {}]".format(cause, causes.shorten(line), log))
    raise UvUnusable("uv failed ({})".format(causes.shorten(line)))
