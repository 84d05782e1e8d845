"""Install with pip: what fetches uv, and what installs everything where uv cannot be had."""

import os
import re

from tools.setup.environment import packages_folder, python_of
from tools.setup.process import Progress, watch


class PipProgress(Progress):
    """What pip is doing, read from its output."""

    def __init__(self, total, folder, stream=None):
        """`total`: about how many packages are named; `folder`: the site-packages they go to."""
        super().__init__(stream)
        self.total = total
        self.folder = folder
        self.done = 0
        self.text = "asking the package index"
        self.before = None

    def read(self, line):
        collecting = re.match(r"\s*(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line)
        size = re.search(r"(?:Downloading|Using cached) .*\(([\d.]+ [kMG]B)\)", line)
        if collecting:
            self.done += 1
            self.text = collecting.group(1)
        elif size:
            self.text = re.sub(r" \(.*", "", self.text) + " ({})".format(size.group(1))
        elif line.startswith("Installing collected packages:"):
            self.total = line.count(",") + 1
            self.done = 0
            self.before = written(self.folder)

    def state(self):
        if self.before is None:
            return "fetching {} of about {}: {}".format(self.done, self.total, self.text)
        self.done = max(self.done, written(self.folder) - self.before)
        return "writing {} of {} packages to the disk".format(self.done, self.total)


def written(folder):
    """Return how many packages a site-packages folder holds."""
    return sum(name.endswith(".dist-info") for name in os.listdir(folder))


def pip_environment(scratch):
    """Return the environment for pip: the user's index and proxy, but not their install targets."""
    env = dict(os.environ)
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONPATH", "PYTHONHOME"):
        env.pop(name, None)
    env["PIP_USER"] = "0"
    env["PYTHONNOUSERSITE"] = "1"
    # Downloads are unpacked in the environment: /tmp is often a small disk in memory.
    env["TMPDIR"] = scratch
    return env


def run_pip(venv, requirements, log, scratch, options=()):
    """Install a hash-locked file with the environment's own pip; return (status, output)."""
    command = [
        python_of(venv),
        "-m",
        "pip",
        "install",
        "--require-hashes",
        "--no-deps",
        "--only-binary=:all:",
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar=off",
        "-r",
        requirements,
    ]
    with open(requirements, encoding="utf-8") as file:
        total = len(set(re.findall(r"^([A-Za-z0-9_.-]+)==", file.read(), re.MULTILINE)))
    progress = PipProgress(total, packages_folder(venv))
    return watch(command + list(options), pip_environment(scratch), log, progress)
