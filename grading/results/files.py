"""Write a file completely or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNFINISHED = ".writing-"  # the temporary name of a file begins with this


def unfinished(path: Path) -> str:
    """Return the prefix of the temporary file name that `replacing` uses for `path`."""
    name = os.fsencode(path.name)[:150]  # a file system takes 255 bytes
    return f"{UNFINISHED}{os.fsdecode(name)}-"


def write_whole(path: Path, text: str) -> None:
    """Write a file so that readers see either the old file or the complete new one."""
    with replacing(path) as partial, partial.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary file, which replaces `path` when the `with` block ends without an error."""
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=unfinished(path))
    os.close(fd)
    try:
        yield Path(name)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
