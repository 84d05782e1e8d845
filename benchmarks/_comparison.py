"""A comparison of several ways to do the same work, measured in turns in one run.

Times differ from machine to machine, and from hour to hour beside other work. Ratios of times from
one run differ much less, so these are what the course's pages quote.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median


@dataclass
class Comparison:
    """Measurements of several ways to do the same work.

    Attributes:
        name: what was measured, such as "a training step".
        unit: of the values; a smaller value is better.
        work: what every way does, and how that was checked.
        baseline: the way that the ratios refer to.
        values: by way, one value for each round.
        measured: when and on what machine; set when the comparison is saved.
    """

    name: str
    unit: str
    work: str
    baseline: str
    values: dict[str, list[float]] = field(default_factory=dict)
    measured: str = ""

    def add(self, way: str, value: float) -> None:
        """Add the value of one round."""
        self.values.setdefault(way, []).append(round(value, 4))

    def ratio(self, way: str) -> float:
        """Return the median of a way, divided by the median of the baseline."""
        return median(self.values[way]) / median(self.values[self.baseline])

    def spread(self, way: str) -> tuple[float, float]:
        """Return the lowest and the highest ratio of a way to the baseline in the same round."""
        pairs = zip(self.values[way], self.values[self.baseline], strict=False)
        ratios = [value / base for value, base in pairs]
        return min(ratios), max(ratios)

    def rows(self) -> list[list[str]]:
        """Return for each way its name, median, ratio, and the ratio's spread over the rounds."""
        return [
            [
                way,
                f"{median(values):.3g} {self.unit}",
                f"{self.ratio(way):.2f}",
                "{:.2f} to {:.2f}".format(*self.spread(way)),
            ]
            for way, values in self.values.items()
        ]

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.work}"]
        lines += ["  {:24} {:>12}  ratio {} ({})".format(*row) for row in self.rows()]
        return "\n".join(lines)


def save(path: Path, comparisons: Iterable[Comparison], measured: str) -> None:
    """Write comparisons as JSON, one for each name; those of other names in the file stay."""
    kept = {one.name: one for one in load(path)} if path.exists() else {}
    kept |= {one.name: replace(one, measured=measured) for one in comparisons}
    content = [asdict(one) for one in kept.values()]
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def load(path: Path) -> list[Comparison]:
    """Return the comparisons in the file."""
    return [Comparison(**one) for one in json.loads(path.read_text(encoding="utf-8"))]


def tables(path: Path) -> str:
    """Return the comparisons in the file as Markdown, with a line where the machine changes."""
    parts, machine = [], ""
    for one in load(path):
        if one.measured != machine:
            machine = one.measured
            parts.append(f"\nMeasured on {machine}.\n")
        rows = ["| | median | ratio | from round to round |", "|---|---|---|---|"]
        rows += [f"| {' | '.join(row)} |" for row in one.rows()]
        parts.append(f"\n**{one.name}** ({one.work})\n\n" + "\n".join(rows) + "\n")
    return "".join(parts) + "\n"


def has_module(python: str, name: str) -> bool:
    """Return whether a Python has a module; if not, say that the comparison lacks it."""
    done = subprocess.run([python, "-c", f"import {name}"], capture_output=True)
    if done.returncode:
        print(f"{name} is left out: {python} does not have it", file=sys.stderr)
    return done.returncode == 0


def in_turns(ways: list[str], rounds: int, measure: Callable[[str], None]) -> None:
    """Call `measure` for each way in each round; every second round runs backwards."""
    for number in range(rounds):
        for way in ways if number % 2 == 0 else reversed(ways):
            measure(way)


def in_its_own_process(
    script: str | Path, *arguments: object, python: str = sys.executable, threads: int | None = None
) -> dict | None:
    """Run a script and return the JSON in its last line; None if it failed, after its message.

    Args:
        script: its path.
        arguments: passed to it.
        python: the interpreter.
        threads: of TensorFlow; by default as many as it takes.
    """
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    if threads is not None:
        names = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
        environment |= dict.fromkeys(names, str(threads))
    command = [python, str(script), *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        print(f"{' '.join(command)}\n{done.stderr[-2000:]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.splitlines()[-1])
