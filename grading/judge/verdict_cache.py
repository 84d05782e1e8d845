"""What one worker's judge has found out, for the others and for the next run.

To see that a network is wrong, and which mistake explains it, takes the judge a second or more, and
a class makes the same ones. So what it finds is kept beside the marks, a file for each answer,
under the version of the grader that found it. Submissions see none of it, as they see no other
part of the results.
"""

from __future__ import annotations

import json
from pathlib import Path

from grading.results.records import write_whole


class Shelf:
    """A folder of answers; what cannot be read or written is found out again.

    Args:
        folder: made when the first answer is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str) -> list | None:
        """What `keep` was given under this key; None where nothing was."""
        try:
            found = json.loads((self._folder / key).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, list) else None

    def keep(self, key: str, found: list) -> None:
        """Keep a list of texts, numbers and the like for whoever asks next.

        Args:
            key: a safe file name.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._folder / key, json.dumps(found))
        except OSError:
            pass  # a worker without this folder, or a full disk: the mark does not depend on it
