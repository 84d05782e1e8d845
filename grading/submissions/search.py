"""Go through an entry and bring out its notebooks, without unpacking any of it to disk.

Folders, zips, tars and what lies within one another are gone through. The limits count what is
wanted: what an installed library brings along is passed by without being opened. No link is
followed, no device opened, and nothing that an archive says of itself is believed.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from grading.submissions import tars, zips
from grading.submissions.places import (
    FOREIGN,
    MAX_FILE_BYTES,
    NOTEBOOK,
    OTHER,
    ZIP,
    Found,
    Item,
    ending,
    joined,
    kind,
    passed_by,
    why_not_opened,
)
from grading.submissions.unread import SubmissionError, reason

MAX_TOTAL_BYTES = 1 << 30  # of all that is read
MAX_PASSED_BYTES = 4 << 30  # of tars, which show what is in them only by being unpacked
MAX_NOTEBOOKS = 300
MAX_FILES = 200_000
MAX_ARCHIVES = 20
MAX_NESTED = 3  # archives within one another
PIECE = 1 << 20


class Search:
    """One entry being gone through.

    Attributes:
        others: files that neither are notebooks nor hold any, counted by their endings.
    """

    def __init__(self) -> None:
        self.others: Counter[str] = Counter()
        self._left = MAX_TOTAL_BYTES
        self._passing = MAX_PASSED_BYTES
        self._files = 0
        self._archives = 0
        self._notebooks = 0
        self._told: set[str] = set()

    def through(self, items: Iterable[Item], place: str = "", nested: int = 0) -> Iterator[Found]:
        """Bring out what is wanted among the items.

        Args:
            place: where in the entry they are.
            nested: how many archives they are in.
        """
        for item in items:
            if passed := passed_by(item.path):
                yield from self._tell(place, *passed)
            elif not item.path.endswith("/"):
                self._files += 1
                if self._files > MAX_FILES:
                    raise SubmissionError(f"more than {MAX_FILES} files; the rest was not read")
                yield from self._one(item, place, nested)
            elif item.why:
                yield Found(joined(place, item.path), why=item.why)

    def content(self, file: BinaryIO, name: str, place: str, nested: int = 0) -> Iterator[Found]:
        """Bring out what a file holds: the notebook that it is, or those within the archive.

        Args:
            file: open at its beginning; an archive must be seekable if it is in none itself.
            name: its name, whose ending says what it is.
        """
        what = kind(name)
        if what == NOTEBOOK:
            yield self._notebook(file, place)
            return
        self._archives += 1
        if nested > MAX_NESTED or self._archives > MAX_ARCHIVES:
            raise SubmissionError("an archive within too many others; it was not opened")
        archive = io.BytesIO(self._read(file)) if nested else file
        items = zips.items(archive) if what == ZIP else tars.items(archive, self._pass)
        try:
            yield from self.through(items, place, nested + 1)
        except (OSError, SubmissionError) as error:
            yield Found(place, why=reason(error, f"the {what} cannot be read"))
        except Exception as error:  # BadZipFile, EOFError, struct.error, tarfile.ReadError, ...
            yield Found(place, why=reason(error, f"the {what} is damaged"))

    def _one(self, item: Item, place: str, nested: int) -> Iterator[Found]:
        what = kind(item.path)
        if what == OTHER:
            self.others[ending(item.path)] += 1
            return
        path = joined(place, item.path)
        if item.why:
            yield Found(path, why=item.why, lost=item.lost)
        elif what == FOREIGN:
            yield Found(path, why=why_not_opened(item.path))
        else:
            try:
                self._require_room()
                with item.open() as file:
                    yield from self.content(file, item.path, path, nested)
            except (OSError, SubmissionError) as error:
                yield Found(path, why=reason(error))
            except Exception as error:  # BadZipFile, zlib.error, tarfile.ReadError, ...
                yield Found(path, why=reason(error, "damaged"))

    def _notebook(self, file: BinaryIO, place: str) -> Found:
        self._notebooks += 1
        if self._notebooks > MAX_NOTEBOOKS:
            raise SubmissionError(f"more than {MAX_NOTEBOOKS} notebooks; it was not read")
        return Found(place, self._read(file))

    def _read(self, file: BinaryIO) -> bytes:
        content = io.BytesIO()
        while piece := file.read(PIECE):
            content.write(piece)
            self._left -= len(piece)
            if content.tell() > MAX_FILE_BYTES:
                raise SubmissionError(f"larger than {MAX_FILE_BYTES >> 20} MB")
            self._require_room()
        return content.getvalue()

    def _require_room(self) -> None:
        if self._left < 0:
            raise SubmissionError(
                f"the submission unpacks to more than {MAX_TOTAL_BYTES >> 20} MB; not read"
            )

    def _pass(self, count: int) -> None:
        """Count bytes that had to be unpacked, wanted or not."""
        self._passing -= count
        if self._passing < 0:
            raise SubmissionError(f"it unpacks to more than {MAX_PASSED_BYTES >> 30} GB")

    def _tell(self, place: str, path: str, what: str) -> Iterator[Found]:
        shown = joined(place, path)
        if what and shown not in self._told:
            self._told.add(shown)
            yield Found(shown, why=what, lost=False)
