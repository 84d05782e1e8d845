"""The catalogue's mistakes by the functions that they compute.

To find out which mistake explains an architecture, the judge runs it and compares the numbers. For
the catalogue's own programs that has been done beforehand: `python -m grading.judge.mistake_index`
asks the judge about each of them and stores its answers, by the key under which it would remember
them, in `mistake_index.json`. Give exercises' names to renew only those. The whole takes about
twenty minutes, and is due when `python -m grading.catalogue.fingerprints` was.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import keras
from tqdm import tqdm

from grading.catalogue.entries import CATALOGUE
from grading.catalogue.entry import Architecture
from grading.catalogue.fingerprints import source_digest
from grading.judge.judge import Judge
from grading.judge.references import reference_text
from grading.judge.verdict_cache import VerdictCache
from resnets.checks.compare import stored_calls
from resnets.exercises import EXERCISES

FILE = Path(__file__).with_name("mistake_index.json")


def table() -> dict[str, list[str]]:
    """Ids of mistakes by key, without those of exercises whose catalogue has changed since."""
    return {key: ids for exercise in stored() for key, ids in current(exercise).items()}


def current(exercise: str) -> dict[str, list[str]]:
    """Ids of an exercise's mistakes by key; empty where its catalogue has changed since."""
    known = stored().get(exercise)
    if known is None or exercise not in EXERCISES or known["source"] != source_digest(exercise):
        return {}
    return known["mistakes"]


def stored() -> dict[str, dict]:
    """What the file holds: for each exercise the "source" and the "mistakes" by key."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def architectures() -> list[str]:
    """The exercises whose mistakes the judge has to run."""
    return [name for name, entry in CATALOGUE.items() if isinstance(entry, Architecture)]


def programs(exercise: str) -> list[tuple[tuple, bool]]:
    """Edits of the reference, and whether placeholders stand for blocks, for every mistake."""
    return [
        (edits, placeholders)
        for mistake in CATALOGUE[exercise].mistakes
        for edits in mistake.variants
        for placeholders in ((False, True) if EXERCISES[exercise].calls else (False,))
    ]


def answers(exercise: str, edits: tuple, placeholders: bool) -> list[dict] | None:
    """What the sandbox would hand out for the stored arguments; None where no model is built."""
    texts = [
        reference_text(exercise, arguments, placeholders, edits)
        for arguments in stored_calls(exercise)
    ]
    return [{"model": text} for text in texts] if all(texts) else None


def explained(exercise: str) -> dict[str, list[str]]:
    """Ask the judge about each program of an exercise; the ids that it names, by its keys."""
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(cache=VerdictCache(Path(folder)))
        for edits, placeholders in tqdm(programs(exercise), unit="program", desc=exercise):
            keras.backend.clear_session()
            if (built := answers(exercise, edits, placeholders)) is not None:
                judge.mistakes(exercise, built, placeholders)
        files = sorted(Path(folder).iterdir())
        findings = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in files}
    return {key: ids for key, (_, *ids) in findings.items() if ids}


def main(exercises: list[str]) -> None:
    """Renew the answers of all exercises or of the named ones."""
    for exercise in exercises or architectures():
        write(exercise, explained(exercise))


def write(exercise: str, mistakes: dict[str, list[str]]) -> None:
    """Store what was found for an exercise."""
    content = {**stored(), exercise: {"source": source_digest(exercise), "mistakes": mistakes}}
    FILE.write_text(json.dumps(content, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
