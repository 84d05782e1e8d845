"""Keep a learner's guesses in `.predictions.json`, a small file beside the notebooks.

Who calls it: `predictions`. The grader reads notebooks only, so it never marks the file. A damaged
file counts as an empty one. In a folder that cannot be written, nothing is kept.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

NAME = ".predictions.json"


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the entries of the file in `folder`, by the question's name; {} without a file."""
    try:
        entries = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(entries, dict):
        return {}
    return {name: entry for name, entry in entries.items() if isinstance(entry, dict)}


def update(folder: Path, name: str, **values: Any) -> bool:
    """Set values in the entry of a question; return whether they could be written."""
    entries = read(folder)
    entries[name] = {**entries.get(name, {}), **values}
    temporary = folder / f"{NAME}.{os.getpid()}"
    try:
        temporary.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")
        temporary.replace(folder / NAME)
    except OSError:
        return False
    return True
