"""Run pip for the set-up: show that it moves, and say in one line why it failed.

Called by tools/setup_env.py; standard library only, plain enough for Python 3.6. pip's own output
goes to a log file, because a hundred lines of it hide the one that matters.
"""

import os
import re
import subprocess
import sys
import threading
import time

from setup_python import SetupError

HEARTBEAT_SECONDS = 15

NO_CONNECTION = (
    "no connection to the package index: check the network (and HTTPS_PROXY, or PIP_INDEX_URL "
    "for a mirror), then run the same command again"
)

NO_FILE = (
    "the package index has no file for this machine: TensorFlow needs 64-bit Linux with glibc "
    "(not Alpine), macOS on Apple silicon, or Windows"
)

# The first pattern found in pip's output names the cause. Order matters: a machine without a
# network ends in "No matching distribution", and so does a platform without wheels.
CAUSES = (
    (
        r"No space left on device|Errno 28|Disk quota exceeded|Errno 122",
        "the disk is full: free some space, or put the environment elsewhere with "
        "VENV=/path/with/space/resnets",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "a download does not match the lock: something on the way changed it; run the same command "
        "again with PIP_NO_CACHE_DIR=1",
    ),
    (
        r"407 Proxy|ProxyError|Cannot connect to proxy|Tunnel connection failed",
        "the proxy refused the connection: set HTTPS_PROXY=http://user:password@host:port",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError",
        "the package index's certificate was not accepted: behind a company or school proxy, set "
        "PIP_CERT=/path/to/its/certificate.pem",
    ),
    (
        r"NewConnectionError|ConnectTimeoutError|NameResolutionError|Failed to establish"
        r"|ReadTimeoutError|Network is unreachable|Name or service not known|Connection refused"
        r"|Connection reset|RemoteDisconnected|IncompleteRead|ConnectionError|Read timed out",
        NO_CONNECTION,
    ),
    (
        r"Permission denied|Errno 13|Read-only file system|Errno 30",
        "no permission to write there: copy the course to a folder of your own, or use "
        "VENV=/path/you/can/write",
    ),
    (
        r"No matching distribution found for|Could not find a version that satisfies",
        NO_FILE,
    ),
)


def diagnose(output):
    """Return (cause, line): the cause in words, and the line of pip's output that shows it."""
    for pattern, cause in CAUSES:
        match = re.search(r"^.*(?:{}).*$".format(pattern), output, re.MULTILINE)
        if match:
            if cause == NO_FILE and not re.search("Downloading|Using cached", output):
                # Not even the first package, which any machine can use: no index answered.
                cause = NO_CONNECTION
            return cause, match.group(0).strip()
    errors = [line.strip() for line in output.splitlines() if line.lower().startswith("error")]
    return "pip failed", errors[-1] if errors else "no reason given"


class Progress:
    """Says in one place what pip is doing: one moving line on a terminal, few lines in a log."""

    def __init__(self, total, folder, stream=None):
        self.total = total
        self.folder = folder
        self.stream = stream or sys.stderr
        self.moving = self.stream.isatty()
        self.started = time.monotonic()
        self.said = self.started
        self.done = 0
        self.text = "asking the package index"
        self.installing = False
        self.before = 0
        self.lock = threading.Lock()

    def read(self, line):
        """Take one line of pip's output; return True where it starts to write packages."""
        collecting = re.match(r"\s*(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line)
        size = re.search(r"(?:Downloading|Using cached) .*\(([\d.]+ [kMG]B)\)", line)
        with self.lock:
            if collecting:
                self.done += 1
                self.text = collecting.group(1)
            elif size:
                self.text = re.sub(r" \(.*", "", self.text) + " ({})".format(size.group(1))
            elif line.startswith("Installing collected packages:"):
                self.installing = True
                self.total = line.count(",") + 1
                self.said = self.done = 0
                self.before = written(self.folder)
        self.tick()
        return line.startswith("Installing collected packages:")

    def tick(self):
        """Show the state: at once on a terminal, every HEARTBEAT_SECONDS in a log."""
        with self.lock:
            now = time.monotonic()
            if not self.moving and now - self.said < HEARTBEAT_SECONDS:
                return
            self.said = now
            if self.installing:
                self.done = max(self.done, written(self.folder) - self.before)
                what = "writing {} of {} packages to the disk".format(self.done, self.total)
            else:
                what = "fetching {} of about {}: {}".format(self.done, self.total, self.text)
            line = "  {:3.0f} s  {}".format(now - self.started, what)
            if self.moving:
                self.stream.write("\r\033[K" + line[:100])
            else:
                self.stream.write(line + "\n")
            self.stream.flush()

    def close(self):
        """Leave the terminal on a clean line."""
        if self.moving:
            self.stream.write("\r\033[K")
            self.stream.flush()


def written(folder):
    """Return how many packages a site-packages folder holds."""
    return sum(name.endswith(".dist-info") for name in os.listdir(folder))


def pip_environment(scratch):
    """Return the environment for pip: the user's own index and proxy, not his install targets."""
    env = dict(os.environ)
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONPATH", "PYTHONHOME"):
        env.pop(name, None)
    env["PIP_USER"] = "0"
    env["PYTHONNOUSERSITE"] = "1"
    # Downloads are unpacked beside the environment: /tmp is often a small disk in memory.
    env["TMPDIR"] = scratch
    return env


def install(python, requirements, log, scratch, total, folder, before_writing):
    """Install a hash-locked requirements file with the environment's own pip.

    total: about how many packages it names; folder: the site-packages they go to.
    before_writing: called once, when everything is fetched and pip is about to change the
    environment. Raises SetupError with the cause in one line; `log` keeps pip's whole output.
    """
    command = [
        python,
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
    progress = Progress(total, folder)
    output = []
    with open(log, "w") as sink:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            env=pip_environment(scratch),
        )
        over = threading.Event()
        clock = threading.Thread(target=beat, args=(over, progress), daemon=True)
        clock.start()
        try:
            for line in process.stdout:
                sink.write(line)
                output.append(line)
                if progress.read(line):
                    before_writing()
            process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            over.set()
            clock.join()
            progress.close()
    if process.returncode:
        cause, line = diagnose("".join(output))
        raise SetupError("{} [pip: {}; all of it in {}]".format(cause, shorten(line), log))


def beat(over, progress):
    """Keep the clock moving while pip says nothing."""
    while not over.wait(1.0):
        progress.tick()


def shorten(line, longest=160):
    """Return the line, cut in the middle where it is very long."""
    if len(line) <= longest:
        return line
    return line[: longest // 2] + " ... " + line[-longest // 2 :]
