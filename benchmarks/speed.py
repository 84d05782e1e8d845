"""All comparisons of speed, side by side in one run: `make bench`.

    python benchmarks/speed.py [--only training waiting scaling] [--rounds 3] [--torch PYTHON]

Prints each comparison with its ratios and their spread over the rounds, and stores everything in
benchmarks/speed.json. From it come the figure of lesson 5 (`python -m images fast_training`)
and the tables of docs/speed.md, which this program renews. Takes about a quarter of an hour.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import scaling, training_step, waiting  # noqa: E402
from benchmarks._comparison import Comparison, save, tables  # noqa: E402

FILE = ROOT / "benchmarks" / "speed.json"
PAGE = ROOT / "docs" / "speed.md"
BEGIN, END = "<!-- measured -->\n", "<!-- end of measured -->\n"


def main() -> int:
    """Measure, print, store; the exit status is 1 if a comparison could not be made."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="*", choices=["training", "waiting", "scaling"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--torch", default=sys.executable, help="a Python that has PyTorch")
    options = parser.parse_args()
    measure: dict[str, Callable[[], list[Comparison]]] = {
        "training": lambda: training_step.compared(options.rounds, torch=options.torch),
        "waiting": lambda: waiting.compared(options.rounds),
        "scaling": lambda: scaling.compared(1),
    }
    for name in options.only or measure:
        comparisons = measure[name]()
        if not comparisons:
            return 1
        print(*comparisons, sep="\n", flush=True)
        save(FILE, comparisons, about())
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def about() -> dict[str, str]:
    """Return the script, the machine and the date."""
    return {
        "script": "benchmarks/speed.py",
        "machine": f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"TensorFlow {version('tensorflow')}, Keras {version('keras')}",
        "date": f"{datetime.date.today():%Y-%m-%d}",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        return names[0]
    except (OSError, IndexError):
        return platform.machine()


def with_tables(page: str) -> str:
    """Return the page with the tables of the stored comparisons between its two marks."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}{tables(FILE)}{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
