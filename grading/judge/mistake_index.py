"""The catalogue's mistakes by the functions that they compute.

To find out which mistake explains an architecture, the judge runs it and compares the numbers. For
the catalogue's own programs that has been done beforehand: `python -m grading.judge.mistake_index`
asks the judge about each of them and stores its answers, by the key under which it would remember
them, in `mistake_index.json`. It takes about twenty minutes, and is due when
`python -m grading.catalogue.fingerprints` was.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import keras
from tqdm import tqdm

from grading.catalogue.fingerprints import SPECS, source_digest
from grading.catalogue.mistakes import CATALOGUE
from grading.judge.judge import Judge
from grading.judge.references import reference_text
from grading.judge.verdict_cache import Shelf
from resnets.checks.arguments import ARGUMENT_SETS

FILE = Path(__file__).with_name("mistake_index.json")


def table() -> dict[str, list[str]]:
    """Ids of mistakes by key; empty where the catalogue has changed since they were stored."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    return stored["mistakes"] if stored["source"] == source_digest() else {}


def programs() -> list[tuple[str, tuple, bool]]:
    """Exercise, edits and whether calls of blocks are noted, for every program of the catalogue."""
    return [
        (exercise, edits, noted)
        for exercise in (*SPECS, "ResNet50")
        for entry in CATALOGUE[exercise]
        for edits in entry.variants
        for noted in ((False,) if exercise in SPECS else (False, True))
    ]


def answers(exercise: str, edits: tuple, noted: bool) -> list[dict] | None:
    """What the sandbox would hand out for the stored arguments; None where no model is built."""
    sets = ARGUMENT_SETS[exercise]
    texts = [reference_text(exercise, arguments, noted, edits) for arguments in sets]
    return [{"model": text} for text in texts] if all(texts) else None


def main() -> None:
    """Renew the file."""
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(shelf=Shelf(Path(folder)))
        for exercise, edits, noted in tqdm(programs(), unit="program"):
            keras.backend.clear_session()
            if (built := answers(exercise, edits, noted)) is not None:
                judge.mistakes(exercise, built, noted)
        kept = sorted(Path(folder).iterdir())
        mistakes = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in kept}
    mistakes = {key: names for key, names in mistakes.items() if names}
    stored = {"source": source_digest(), "mistakes": mistakes}
    FILE.write_text(json.dumps(stored, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
