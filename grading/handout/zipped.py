"""Write a zip whole or not at all; the same files give the same bytes."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from grading.results.records import unfinished

_MOMENT = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold: no clock in the bytes


def write_zip(target: Path, files: Mapping[str, bytes]) -> None:
    """Write the zip so that a reader sees the old one or the new one.

    Args:
        target: the zip, in a folder that is there.
        files: name in the zip to content.

    Raises:
        OSError: it cannot be written; what was there before is as it was.
    """
    fd, partial = tempfile.mkstemp(dir=target.parent, prefix=unfinished(target))
    try:
        with os.fdopen(fd, "wb") as file, zipfile.ZipFile(file, "w") as packed:
            for name in sorted(files):
                entry = zipfile.ZipInfo(name, _MOMENT)
                entry.create_system = 3  # Unix, wherever it is made: the next line means something
                entry.external_attr = (0o100755 if files[name][:2] == b"#!" else 0o100644) << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                packed.writestr(entry, files[name])
        os.chmod(partial, 0o644)
        os.replace(partial, target)
    except BaseException:
        os.unlink(partial)
        raise
