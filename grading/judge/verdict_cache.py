"""What the judges of a class have found out, so that equal work is judged once.

To see that a network is wrong, and which mistake explains it, takes the judge a second or more, and
a class makes the same mistakes. A finding is looked for in memory, then among the mistakes that
were explained beforehand (see `mistake_index`), then in a folder beside the marks, where it also
outlives this process. Submissions see none of it, as they see no other part of the results.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from zict import LRU

from grading.results.records import write_whole

IN_MEMORY = 16_384  # findings; a submission's blocks add some that nobody asks for again
# A finding is a list that begins with one of these words.
RIGHT, WRONG, MISTAKES = "right", "wrong", "mistakes"
# What earns points is never taken from a file.
_IN_FILES = (WRONG, MISTAKES)


class VerdictCache:
    """Findings by key; what cannot be read or written is found out again.

    Args:
        folder: a file for each finding, made when the first one is kept; None: no folder.
        index: ids of mistakes, by key, that are known beforehand.
    """

    def __init__(
        self, folder: Path | None = None, index: Mapping[str, list[str]] = MappingProxyType({})
    ) -> None:
        self._folder = folder
        self._index = index
        self._memory: LRU[str, list] = LRU(IN_MEMORY, {})

    def get(self, key: str) -> list | None:
        """The finding that was kept under this key; None where there is none."""
        if key in self._memory:
            return self._memory[key]
        if key in self._index:
            return [MISTAKES, *self._index[key]]
        finding = self._read(key)
        if finding is not None:
            self._memory[key] = finding
        return finding

    def keep(self, key: str, finding: list) -> None:
        """Keep a finding for whoever asks next.

        Args:
            key: a safe file name.
            finding: `RIGHT`, `WRONG` or `MISTAKES`, then texts and flags.
        """
        self._memory[key] = finding
        if self._folder is None or finding[0] not in _IN_FILES:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._folder / key, json.dumps(finding))
        except OSError:
            pass  # a worker without this folder, or a full disk: the mark does not depend on it

    def _read(self, key: str) -> list | None:
        if self._folder is None:
            return None
        try:
            finding = json.loads((self._folder / key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        is_one = isinstance(finding, list) and finding[:1] and finding[0] in _IN_FILES
        return finding if is_one else None
