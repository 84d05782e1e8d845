"""A cache of verdicts and explanations, so that a class's equal networks are judged once.

The judge needs a second or more to see that a network is wrong and which mistake explains it, and
students of one class make the same mistakes. The cache looks in memory, then in the index of
mistakes that were explained in advance (see `mistake_index`), then in a folder next to the marks.
The folder is shared by all workers and survives their restarts. Submissions cannot read it: it is
outside the sandbox's view, like all results.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from zict import LRU

from grading.results.files import write_whole

# Findings kept in memory. Without a limit memory would grow with the class: each submission's
# drawn arguments add findings that are never needed again.
IN_MEMORY = 16_384
# A finding is a list that begins with one of these words.
RIGHT, WRONG, MISTAKES = "right", "wrong", "mistakes"
# A verdict that earns points is never read from a file: whoever could write one could give marks.
_IN_FILES = (WRONG, MISTAKES)


class VerdictCache:
    """Findings by key. One that cannot be read or written is simply computed again.

    Args:
        folder: where to keep a file for each finding; created when needed. None: memory only.
        index: ids of mistakes by key, computed in advance.
    """

    def __init__(
        self, folder: Path | None = None, index: Mapping[str, list[str]] = MappingProxyType({})
    ) -> None:
        self._folder = folder
        self._index = index
        self._memory: LRU[str, list] = LRU(IN_MEMORY, {})

    def get(self, key: str) -> list | None:
        """Return the finding that was kept under this key, or None."""
        if key in self._memory:
            return self._memory[key]
        if key in self._index:
            return [MISTAKES, *self._index[key]]
        finding = self._read(key)
        if finding is not None:
            self._memory[key] = finding
        return finding

    def keep(self, key: str, finding: list) -> None:
        """Keep a finding under a key.

        Args:
            key: a text that is safe as a file name.
            finding: `RIGHT`, `WRONG` or `MISTAKES`, then texts and flags.
        """
        self._memory[key] = finding
        if self._folder is None or finding[0] not in _IN_FILES:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._folder / key, json.dumps(finding))
        except OSError:
            pass  # no access to the folder, or a full disk: the mark does not depend on it

    def _read(self, key: str) -> list | None:
        if self._folder is None:
            return None
        try:
            finding = json.loads((self._folder / key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        is_valid = isinstance(finding, list) and finding[:1] and finding[0] in _IN_FILES
        return finding if is_valid else None
