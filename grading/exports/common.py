"""What every way out of the grader shares: who has a mark, and what to say when it cannot be done.

`export_nbgrader`, `export_gradescope` and `export_canvas` hand marks on. None of them makes a mark
up: who is not `graded` is left out and named, so that nobody is given a 0 for a submission that
nothing has marked.
"""

from __future__ import annotations

import dataclasses
import glob
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grading.results.records import GRADED, Record, unfinished


class ExportError(RuntimeError):
    """The marks cannot be handed on; the message says what is missing and what to do."""


def with_mark(records: Iterable[Record]) -> tuple[list[Record], dict[str, str]]:
    """Who has a mark, and the others with what became of their submission.

    A name holds no half characters (surrogates) then, which no file and no database can keep.
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
    """Remove what a killed export had begun to write in the file's place."""
    for path in target.parent.glob(f"{glob.escape(unfinished(target))}*"):
        path.unlink(missing_ok=True)


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Say which file or folder it was when something cannot be written.

    Raises:
        ExportError: instead of the `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise ExportError(f"{place}: cannot be written ({error.strerror or error})") from error
