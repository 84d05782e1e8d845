"""Build the course's environment, or say in one line why it cannot be built.

`make lab` calls it with `lab` (what the lessons import, from requirements.txt), `make test` with
`test` (that and the checks' tools, from requirements-dev.txt), and `make lock` with `lock`, which
resolves both files anew.
"""

import argparse
import os
import signal
import sys

from tools.setup import build, environment, lock
from tools.setup.errors import SetupError, explain


def main(arguments=None):
    """Do what `make` asks for; return the exit status for the shell."""
    parser = argparse.ArgumentParser(
        prog="tools.setup", description=__doc__.split("\n")[0], allow_abbrev=False
    )
    parser.add_argument("what", choices=sorted(environment.LOCKS) + ["lock"])
    parser.add_argument(
        "--venv", default=os.environ.get("VENV") or os.path.join(environment.ROOT, ".venv")
    )
    chosen, options = parser.parse_known_args(arguments)
    if options and chosen.what != "lock":
        parser.error("unknown: " + " ".join(options))
    venv = os.path.join(environment.ROOT, os.path.expanduser(chosen.venv))
    try:
        if chosen.what == "lock":
            lock.renew(venv, options, os.environ.get("PYTHON", ""))
        else:
            build.prepare(chosen.what, venv, os.environ.get("PYTHON", ""))
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


def stop(number, frame):
    """End as after Ctrl-C, so that no installer goes on alone."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    sys.exit(main())
