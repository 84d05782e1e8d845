"""An index of the catalogue's mistakes by the functions that they compute.

To find the mistake in an architecture, the judge normally has to run it and compare its outputs.
For the catalogue's own programs, `python -m grading.judge.mistake_index` does this in advance. It
asks the judge about every program and stores the ids under the judge's cache keys in
`mistake_index.json`. With names of exercises it renews only those. All of them take about twenty
minutes. Run it whenever `python -m grading.catalogue.fingerprints` had to be run.
"""

from __future__ import annotations

import argparse
import json
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
from grading.sandbox.answer_schema import Answer
from resnets.checks.compare import stored_calls
from resnets.exercises import EXERCISES

FILE = Path(__file__).with_name("mistake_index.json")


def table() -> dict[str, list[str]]:
    """Return ids of mistakes by cache key, without exercises whose catalogue has changed since."""
    return {key: ids for exercise in EXERCISES for key, ids in current(exercise).items()}


def current(exercise: str) -> dict[str, list[str]]:
    """Return ids of an exercise's mistakes by cache key; empty if its catalogue has changed."""
    entry = stored().get(exercise)
    if entry is None or entry["source"] != source_digest(exercise):
        return {}
    return entry["mistakes"]


def stored() -> dict[str, dict]:
    """Return the file's content: for each exercise "source", a digest, and "mistakes" by key."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def architectures() -> list[str]:
    """Return the names of the exercises whose answers are architectures."""
    return [name for name, entry in CATALOGUE.items() if isinstance(entry, Architecture)]


def programs(exercise: str) -> list[tuple[tuple, bool]]:
    """Return (edits of the reference, whether to use placeholders) for every known mistake."""
    return [
        (edits, placeholders)
        for mistake in CATALOGUE[exercise].mistakes
        for edits in mistake.variants
        for placeholders in ((False, True) if EXERCISES[exercise].calls else (False,))
    ]


def answers(exercise: str, edits: tuple, placeholders: bool) -> list[Answer] | None:
    """Return a program's answers for the stored arguments, as the sandbox would return them.

    Returns:
        None if the program builds no model for some of the arguments.
    """
    texts = [
        reference_text(exercise, arguments, placeholders, edits)
        for arguments in stored_calls(exercise)
    ]
    return [Answer(model=text) for text in texts] if all(texts) else None


def explained(exercise: str) -> dict[str, list[str]]:
    """Return the ids that the judge names for each program of an exercise, by cache key."""
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(cache=VerdictCache(Path(folder)))
        for edits, placeholders in tqdm(programs(exercise), unit="program", desc=exercise):
            keras.backend.clear_session()
            if (program_answers := answers(exercise, edits, placeholders)) is not None:
                judge.mistakes(exercise, program_answers, placeholders)
        files = sorted(Path(folder).iterdir())
        findings = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in files}
    return {key: ids for key, (_, *ids) in findings.items() if ids}


def main() -> None:
    """Renew the index of all exercises, or of those that are named."""
    names = architectures()
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("exercises", nargs="*", metavar="EXERCISE")
    options = parser.parse_args()
    if unknown := set(options.exercises) - set(names):
        parser.error(f"no architecture called {', '.join(unknown)}; there are {', '.join(names)}")
    for exercise in options.exercises or names:
        write(exercise, explained(exercise))


def write(exercise: str, mistakes: dict[str, list[str]]) -> None:
    """Store the index of one exercise; the others stay as they are."""
    content = {**stored(), exercise: {"source": source_digest(exercise), "mistakes": mistakes}}
    FILE.write_text(json.dumps(content, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
