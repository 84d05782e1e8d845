"""A series of trainings: each has a process and a thread of its own, and is stored at once.

So a program can be stopped and started again, and two can run at the same time. The results lie in
`resnets/measured/`, in a file of the script's name, where the lessons read them.
"""

from __future__ import annotations

import argparse
import datetime
import fcntl
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_LONGEST = 3600
"""Seconds after which a process counts as hung; the longest training takes a few minutes."""
_THREADS = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


@dataclass(frozen=True)
class Series:
    """The runs of one script.

    Attributes:
        script: the script, which prints the runs of a process as JSON when it gets `--run TASK`.
        settings: what the runs of each setting have in common, by its name.
    """

    script: Path
    settings: dict

    @property
    def file(self) -> Path:
        return ROOT / "resnets" / "measured" / f"{self.script.stem}.json"

    def runs(self, which: dict) -> list[dict]:
        """The runs that are done and have these values."""
        done = json.loads(self.file.read_text("utf-8"))["runs"] if self.file.exists() else []
        return [run for run in done if which.items() <= run.items()]

    def complete(self, tasks: Iterable[dict], most: int | None = None) -> bool:
        """Make the runs of those tasks of which none is stored; return whether all went well.

        Args:
            tasks: for each process, what its runs have in common.
            most: stop after this number of processes.
        """
        missing = [task for task in tasks if not self.runs(task)]
        return all(self._made(task) for task in missing[:most])

    def _made(self, task: dict) -> bool:
        try:
            done = subprocess.run(
                [sys.executable, self.script, "--run", json.dumps(task)],
                env={**os.environ, **_THREADS, "TF_CPP_MIN_LOG_LEVEL": "3"},
                capture_output=True,
                text=True,
                timeout=_LONGEST,
            )
        except subprocess.TimeoutExpired:
            print(*task.values(), f"took longer than {_LONGEST} s and was ended", file=sys.stderr)
            return False
        if done.returncode:
            print(done.stderr[-2000:], file=sys.stderr)
            return False
        self._store(json.loads(done.stdout.splitlines()[-1]))
        print(*task.values(), "done", flush=True)
        return True

    def _store(self, runs: list[dict]) -> None:
        """Add runs to the file; another program may be doing the same."""
        folder = os.open(self.file.parent, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        try:
            ordered = sorted([*self.runs({}), *runs], key=_place)
            about = {
                "script": f"benchmarks/{self.script.name}",
                "machine": f"{platform.system()}, {platform.machine()}, Keras {version('keras')}",
                "date": f"{datetime.date.today():%Y-%m-%d}",
                "settings": self.settings,
            }
            lines = ",\n".join(map(json.dumps, ordered))
            text = f'{json.dumps(about)[:-1]}, "runs": [\n{lines}\n]}}\n'
            self.file.write_text(text, encoding="utf-8")
        finally:
            os.close(folder)


def options_of(doc: str) -> argparse.ArgumentParser:
    """Return a parser with the options that all series have; `--run` is for a script's own use."""
    parser = argparse.ArgumentParser(description=doc.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3, 4, 5])
    parser.add_argument("--most", type=int, help="stop after this number of processes")
    parser.add_argument("--anew", action="store_true", help="forget the stored results first")
    parser.add_argument("--run", metavar="TASK", help=argparse.SUPPRESS)
    return parser


def spread(values: Sequence[float]) -> str:
    """Return the lowest and the highest of the values, as a line of a script's table shows them."""
    return f"{min(values):.3f} to {max(values):.3f} ({len(values)} runs)"


def _place(run: dict) -> list:
    return [value for value in run.values() if not isinstance(value, list)]
