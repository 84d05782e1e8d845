"""What every way out of the grader shares: who has a mark, and what to say when it cannot be done.

`export_nbgrader`, `export_gradescope` and `export_canvas` hand marks on. None of them makes a mark
up: who is not `graded` is left out and named, so that nobody is given a 0 for a submission that
nothing has marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grading.results import GRADED, Record


class ExportError(RuntimeError):
    """The marks cannot be handed on; the message says what is missing and what to do."""


def with_mark(records: Iterable[Record]) -> tuple[list[Record], dict[str, str]]:
    """Who has a mark, and the others with what became of their submission."""
    graded, left_out = [], {}
    for record in records:
        if record.status == GRADED and record.marks:
            graded.append(record)
        else:
            left_out[record.student] = f"no mark ({record.status})"
    return graded, left_out


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
