"""Write Gradescope's `results.json`, one a student, and the autograder that hands them over.

The formats are those of https://gradescope-autograders.readthedocs.io/en/latest/specs/. What is
shown is plain text: nothing that a student wrote is read as HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from grading.exports.common import clear_unfinished, with_mark, writing
from grading.handout.zipped import write_zip
from grading.results.advice import by_rubric, told
from grading.results.records import Mark, Record, file_stem, write_whole

AUTOGRADER = "resnets_autograder.zip"
_RUN = Path(__file__).resolve().with_name("run_autograder.py")
_SETUP = "#!/usr/bin/env bash\nset -e\napt-get update\napt-get install -y python3\n"
# Gradescope's "Download Submissions" gives each submission a folder of this name.
_DOWNLOADED = re.compile(r"submission_\d+")


def to_gradescope(records: Iterable[Record], folder: Path) -> dict[str, str]:
    """Write `folder`/STUDENT/results.json for each student who has a mark.

    A name that cannot be a folder's is changed and made unique; `extra_data` keeps the student.
    Where submissions are called as Gradescope calls them, submission_NUMBER, a
    `resnets_autograder.zip` beside them gives each its result there.

    Returns:
        Who is left out, and why.

    Raises:
        ExportError: the folder cannot be written to.
    """
    graded, left_out = with_mark(records)
    texts = {record.student: _text(record) for record in graded}
    with writing(folder):
        # What an earlier export gave to who has no mark now does not count any more.
        for student in left_out:
            (folder / file_stem(student) / "results.json").unlink(missing_ok=True)
        for student, text in texts.items():
            place = folder / file_stem(student)
            place.mkdir(parents=True, exist_ok=True)
            clear_unfinished(place / "results.json")
            write_whole(place / "results.json", text)
        clear_unfinished(folder / AUTOGRADER)
        downloaded = {s: text for s, text in texts.items() if _DOWNLOADED.fullmatch(s)}
        if downloaded:
            files = {f"results/{student}.json": text for student, text in downloaded.items()}
            files |= {"setup.sh": _SETUP, "run_autograder": _RUN.read_text(encoding="utf-8")}
            write_zip(folder / AUTOGRADER, {name: text.encode() for name, text in files.items()})
        else:
            (folder / AUTOGRADER).unlink(missing_ok=True)
    return left_out


def results_json(record: Record) -> dict:
    """One student's marks as Gradescope takes them."""
    return {
        "score": record.total,
        "execution_time": round(record.seconds, 2),
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"student": record.student},
        "tests": [_test(exercise, mark) for exercise, mark in record.marks.items()],
    }


def _text(record: Record) -> str:
    return json.dumps(results_json(record), indent=1, allow_nan=False) + "\n"


def _test(exercise: str, mark: Mark) -> dict:
    said = told(exercise, mark), mark.line, by_rubric(mark.mistake, mark.partial)
    return {
        "name": exercise,
        "score": mark.points,
        "max_score": mark.maximum,
        "status": "passed" if mark.points == mark.maximum else "failed",
        "output": "\n".join(filter(None, said)),
        "output_format": "text",
        "visibility": "visible",
    }
