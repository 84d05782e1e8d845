"""Build the environment with uv and with pip, and compare the times.

    python benchmarks/setup_time.py                 # make env-lab, two runs each
    python benchmarks/setup_time.py test --runs 3   # make env-test

Every run starts with a new folder and no cache, so it downloads about 700 MB. The two take turns,
so that a change of the network's speed meets both.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTALLERS = ("uv", "pip")


def main() -> None:
    """Time both, print each run, the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="?", choices=["lab", "test"], default="lab")
    parser.add_argument("--runs", type=int, default=2, help="runs with each installer (default: 2)")
    chosen = parser.parse_args()
    seconds: dict[str, list[float]] = {installer: [] for installer in INSTALLERS}
    for run in range(chosen.runs):
        for installer in INSTALLERS if run % 2 == 0 else reversed(INSTALLERS):
            used = processor_seconds()
            took = build(chosen.what, installer)
            used = processor_seconds() - used
            seconds[installer].append(took)
            print(
                f"make env-{chosen.what} with {installer}: {took:.1f} s, "
                f"{used:.1f} s of processor time",
                flush=True,
            )
    medians = {installer: statistics.median(times) for installer, times in seconds.items()}
    print(
        f"make env-{chosen.what}, medians of {chosen.runs}: uv {medians['uv']:.1f} s, "
        f"pip {medians['pip']:.1f} s, uv / pip {medians['uv'] / medians['pip']:.2f}"
    )


def processor_seconds() -> float:
    """Return the processor time of all that was run so far: a busy machine changes it little."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def build(what: str, installer: str) -> float:
    """Return the seconds that `make env-lab` or `make env-test` takes from nothing."""
    folder = Path(tempfile.mkdtemp(prefix="setup-"))
    env = {
        **{
            name: value
            for name, value in os.environ.items()
            if name not in ("UV", "MAKEFLAGS", "UV_CACHE_DIR")
        },
        "VENV": str(folder / ".venv"),
        "INSTALLER": installer,
        "PIP_NO_CACHE_DIR": "1",
    }
    try:
        started = time.monotonic()
        done = subprocess.run(
            ["make", "--no-print-directory", f"env-{what}"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        took = time.monotonic() - started
        if done.returncode:
            raise SystemExit(f"make env-{what} failed: {done.stdout.strip()[-500:]}")
        if "Going on with pip" in done.stdout:
            raise SystemExit(f"uv was not used: {done.stdout.strip()[-500:]}")
        return took
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
