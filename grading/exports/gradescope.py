"""Write Gradescope's `results.json` for each student, and an autograder that delivers them.

The formats follow https://gradescope-autograders.readthedocs.io/en/latest/specs/. All output is
plain text, so nothing that a student wrote is treated as HTML.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from grading.exports.common import clear_unfinished, with_mark, writing
from grading.handout.zipped import write_zip
from grading.results.advice import by_rubric, feedback, is_full
from grading.results.files import write_whole
from grading.results.records import Mark, Record, file_stem
from grading.submissions.submissions import GRADESCOPE_FOLDER

AUTOGRADER = "resnets_autograder.zip"
_RUN = Path(__file__).resolve().with_name("run_autograder.py")
_SETUP = "#!/usr/bin/env bash\nset -e\napt-get update\napt-get install -y python3\n"


def to_gradescope(records: Iterable[Record], folder: Path) -> dict[str, str]:
    """Write `folder`/STUDENT/results.json for each student with a mark.

    A name that cannot be a folder name is changed and made unique; `extra_data` has the original.
    If submissions have Gradescope's own names, submission_NUMBER, this also writes a
    `resnets_autograder.zip`, which gives each submission its result on Gradescope.

    Returns:
        The students who are left out, with the reason.

    Raises:
        ExportError: the folder cannot be written to.
    """
    graded, left_out = with_mark(records)
    texts = {record.student: _text(record) for record in graded}
    with writing(folder):
        # A student without a mark may have a result from an earlier export, which is now invalid.
        for student in left_out:
            (folder / file_stem(student) / "results.json").unlink(missing_ok=True)
        for student, text in texts.items():
            student_folder = folder / file_stem(student)
            student_folder.mkdir(parents=True, exist_ok=True)
            clear_unfinished(student_folder / "results.json")
            write_whole(student_folder / "results.json", text)
        clear_unfinished(folder / AUTOGRADER)
        downloaded = {s: text for s, text in texts.items() if GRADESCOPE_FOLDER.fullmatch(s)}
        if downloaded:
            files = {f"results/{student}.json": text for student, text in downloaded.items()}
            files |= {"setup.sh": _SETUP, "run_autograder": _RUN.read_text(encoding="utf-8")}
            write_zip(folder / AUTOGRADER, {name: text.encode() for name, text in files.items()})
        else:
            (folder / AUTOGRADER).unlink(missing_ok=True)
    return left_out


def results_json(record: Record) -> dict:
    """Return one student's marks in Gradescope's format."""
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
    lines = feedback(exercise, mark), mark.line, by_rubric(mark.mistake, mark.partial)
    return {
        "name": exercise,
        "score": mark.points,
        "max_score": mark.maximum,
        "status": "passed" if is_full(mark) else "failed",
        "output": "\n".join(filter(None, lines)),
        "output_format": "text",
        "visibility": "visible",
    }
