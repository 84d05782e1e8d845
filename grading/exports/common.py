"""Shared parts of the exports: selecting students with a mark, writing files, errors.

`nbgrader`, `gradescope` and `canvas` export only real marks: students who are not `graded` are left
out and listed, so that no student gets a 0 for a submission that was not marked.
"""

from __future__ import annotations

import dataclasses
import glob
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grading.errors import GradingError
from grading.results.files import unfinished
from grading.results.records import GRADED, Record


class ExportError(GradingError):
    """The marks cannot be exported; the message says what is missing and what to do."""


def with_mark(records: Iterable[Record]) -> tuple[list[Record], dict[str, str]]:
    """Return (records with a mark, reason by student without a mark).

    Names in the result contain no surrogates (half characters), which files and databases refuse.
    """
    graded, left_out = [], {}
    for record in records:
        name = record.student.encode("utf-8", "backslashreplace").decode()
        record = dataclasses.replace(record, student=name)
        if record.status == GRADED and record.marks:
            graded.append(record)
        else:
            left_out[record.student] = f"no mark ({record.status})"
    return graded, left_out


def clear_unfinished(target: Path) -> None:
    """Remove temporary files of an export to this file that was killed."""
    for path in target.parent.glob(f"{glob.escape(unfinished(target))}*"):
        path.unlink(missing_ok=True)


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Within the `with` block, turn an OSError into an ExportError that names `place`.

    Raises:
        ExportError: something could not be written.
    """
    try:
        yield
    except OSError as error:
        raise ExportError(f"{place}: cannot be written ({error.strerror or error})") from error
