"""Search an entry for notebooks, without unpacking anything to disk.

This searches folders, zips, tars, and archives within archives. The limits apply to what is read:
installed libraries, for example, are skipped without being opened. No link is followed and no
device opened, and sizes that an archive states are not trusted.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from grading.submissions import tars, zips
from grading.submissions.file_kinds import (
    FOREIGN,
    MAX_FILE_BYTES,
    NOTEBOOK,
    OTHER,
    ZIP,
    Item,
    SearchResult,
    ending,
    joined,
    kind,
    passed_by,
    why_not_opened,
)
from grading.submissions.unread import SubmissionError, reason

MAX_TOTAL_BYTES = 1 << 30  # of everything that is read
MAX_PASSED_BYTES = 4 << 30  # unpacked from tars, which have no list of files to look up
MAX_NOTEBOOKS = 300
MAX_FILES = 200_000
MAX_ARCHIVES = 20
MAX_NESTED = 3  # levels of archives within archives
MAX_PATH = 4096  # characters of a path in an archive; no system can unpack a longer one
PIECE = 1 << 20


class Search:
    """The search of one entry, with its limits.

    Attributes:
        others: the number of files that cannot hold notebooks, by their ending.
    """

    def __init__(self) -> None:
        self.others: Counter[str] = Counter()
        self._left = MAX_TOTAL_BYTES
        self._passing = MAX_PASSED_BYTES
        self._files = 0
        self._archives = 0
        self._notebooks = 0
        self._reported: set[str] = set()

    def through(
        self, items: Iterable[Item], folder: str = "", nested: int = 0
    ) -> Iterator[SearchResult]:
        """Yield the notebooks among the items, and everything unread that may hold notebooks.

        Args:
            folder: the path in the entry of the folder or archive with these items.
            nested: the number of archives around them.

        Raises:
            SubmissionError: there are too many files.
        """
        for item in items:
            if len(item.path) > MAX_PATH:
                raise SubmissionError(f"a path in it has more than {MAX_PATH} characters")
            if skipped := passed_by(item.path):
                yield from self._report(folder, *skipped)
            elif not item.path.endswith("/"):
                self._files += 1
                if self._files > MAX_FILES:
                    raise SubmissionError(f"more than {MAX_FILES} files; the rest was not read")
                yield from self._item(item, folder, nested)
            elif item.why:
                yield SearchResult(joined(folder, item.path), why=item.why)

    def content(
        self, file: BinaryIO, name: str, path: str, nested: int = 0
    ) -> Iterator[SearchResult]:
        """Yield the notebook in a file, or the notebooks in an archive.

        Args:
            file: open at its beginning; an outermost archive must be seekable.
            name: its name; the ending tells the kind.
            path: its path in the entry.
            nested: the number of archives around it.

        Raises:
            SubmissionError: a limit is reached.
        """
        file_kind = kind(name)
        if file_kind == NOTEBOOK:
            yield self._notebook(file, path)
            return
        self._archives += 1
        if nested > MAX_NESTED or self._archives > MAX_ARCHIVES:
            raise SubmissionError("too many archives, or nested too deep; it was not opened")
        archive = io.BytesIO(self._read(file)) if nested else file
        items = zips.items(archive) if file_kind == ZIP else tars.items(archive, self._pass)
        try:
            yield from self.through(items, path, nested + 1)
        except (OSError, SubmissionError) as error:
            yield SearchResult(path, why=reason(error, f"the {file_kind} cannot be read"))
        except Exception as error:  # BadZipFile, EOFError, struct.error, tarfile.ReadError, ...
            yield SearchResult(path, why=reason(error, f"the {file_kind} is damaged"))

    def _item(self, item: Item, folder: str, nested: int) -> Iterator[SearchResult]:
        file_kind = kind(item.path)
        if file_kind == OTHER:
            self.others[ending(item.path)] += 1
            return
        path = joined(folder, item.path)
        if item.why:
            yield SearchResult(path, why=item.why, lost=item.lost)
        elif file_kind == FOREIGN:
            yield SearchResult(path, why=why_not_opened(item.path))
        else:
            try:
                self._require_room()
                with item.open() as file:
                    yield from self.content(file, item.path, path, nested)
            except (OSError, SubmissionError) as error:
                yield SearchResult(path, why=reason(error))
            except Exception as error:  # BadZipFile, zlib.error, tarfile.ReadError, ...
                yield SearchResult(path, why=reason(error, "damaged"))

    def _notebook(self, file: BinaryIO, path: str) -> SearchResult:
        self._notebooks += 1
        if self._notebooks > MAX_NOTEBOOKS:
            raise SubmissionError(f"more than {MAX_NOTEBOOKS} notebooks; it was not read")
        return SearchResult(path, self._read(file))

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
        """Count bytes that had to be unpacked, whether they are used or not."""
        self._passing -= count
        if self._passing < 0:
            raise SubmissionError(f"it unpacks to more than {MAX_PASSED_BYTES >> 30} GB")

    def _report(self, folder: str, path: str, reason_text: str) -> Iterator[SearchResult]:
        shown_path = joined(folder, path)
        if reason_text and shown_path not in self._reported:
            if len(self._reported) >= MAX_FILES:
                raise SubmissionError(f"more than {MAX_FILES} hidden files; the rest was not read")
            self._reported.add(shown_path)
            yield SearchResult(shown_path, why=reason_text, lost=False)
