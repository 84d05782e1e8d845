"""All comparisons of speed, side by side in one run: `make bench`.

    python benchmarks/speed.py [--only training epochs waiting marking scaling]
                               [--rounds 3] [--torch PYTHON] [--otter PYTHON]

Prints each comparison with its ratios and their spread over the rounds, and stores everything in
benchmarks/speed.json. From it come the figure of lesson 5 (`python -m images fast_training`)
and the tables of docs/speed.md, which this program renews. Takes less than an hour.
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

from benchmarks._comparison import Comparison, save, tables  # noqa: E402

CHOICES = ["training", "epochs", "waiting", "marking", "scaling"]
FILE = ROOT / "benchmarks" / "speed.json"
PAGE = ROOT / "docs" / "speed.md"
BEGIN, END = "<!-- measured -->\n", "<!-- end of measured -->\n"


def main() -> int:
    """Measure, print, store; the exit status is 1 if a comparison could not be made."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="*", choices=CHOICES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--torch", default=sys.executable, help="a Python that has PyTorch")
    parser.add_argument("--otter", default=sys.executable, help="a Python that has otter-grader")
    options = parser.parse_args()
    # These import TensorFlow, for which `--help` should not wait.
    from benchmarks import against_graders, scaling, training_step, two_epochs, waiting

    measure: dict[str, Callable[[], list[Comparison]]] = {
        "training": lambda: training_step.compared(options.rounds, torch=options.torch),
        "epochs": lambda: two_epochs.compared(1),
        "waiting": lambda: waiting.compared(options.rounds),
        "marking": lambda: against_graders.compared(1, otter=options.otter),
        "scaling": lambda: scaling.compared(1),
    }
    for name in options.only or measure:
        comparisons = measure[name]()
        if not comparisons:
            return 1
        print(*comparisons, sep="\n", flush=True)
        save(FILE, comparisons, today())
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def today() -> str:
    """Return the date and the machine, in words."""
    return (
        f"{datetime.date.today():%Y-%m-%d}: {_processor()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, TensorFlow {version('tensorflow')}, "
        f"Keras {version('keras')}"
    )


def _processor() -> str:
    """Return the processor's name, and which of two extensions it has that decide about speed."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    pairs = (line.partition(":") for line in text.splitlines())
    lines = {name.strip(): value.split() for name, _, value in pairs}
    has = {"avx512f": "AVX-512", "avx512_bf16": "bfloat16"}
    found = [words for flag, words in has.items() if flag in lines.get("flags", [])]
    name = " ".join(lines.get("model name", [platform.machine()]))
    return f"{name} with {' and '.join(found)}" if found else f"{name} without AVX-512"


def with_tables(page: str) -> str:
    """Return the page with the tables of the stored comparisons between its two marks."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}{tables(FILE)}{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
