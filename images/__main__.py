"""The command `python -m images [NAME ...]`: writes the figures as SVG beside the scripts."""

from __future__ import annotations

import sys

from . import FIGURES, FOLDER, draw


def main(names: list[str]) -> int:
    """Write the named figures, or all; returns the exit status."""
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        print(f"no figure called {', '.join(unknown)}; there are {', '.join(FIGURES)}")
        return 2
    for name in names or FIGURES:
        canvas = draw(name)
        for problem in canvas.problems():
            print(f"{name}: {problem}")
        path = FOLDER / f"{name}.svg"
        path.write_text(canvas.svg(), encoding="utf-8", newline="\n")
        print(f"images/{path.name}  {path.stat().st_size / 1024:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
