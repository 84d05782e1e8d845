"""Randomly damaged notebooks, zips and tars, each made from an intact one."""

from __future__ import annotations

import gzip
import io
import json
import random
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Callable

SOLUTION = "def identity_block(X, f, filters, stage, block):\n    return Conv2D(4, 1)(X)\n"
CELLS = (
    {"cell_type": "markdown", "metadata": {}, "source": ["# Identity block\n", "é ü \U0001f600"]},
    {"cell_type": "code", "metadata": {}, "outputs": [], "source": "import numpy as np\nn = 3"},
    {"cell_type": "code", "metadata": {"nbgrader": {"grade": False}}, "source": [SOLUTION]},
    {
        "cell_type": "code",
        "metadata": {},
        "outputs": [{"output_type": "stream", "text": ["x" * 500], "name": "stdout"}],
        "source": "%matplotlib inline\n!ls\nprint(n)",
    },
)
WHOLE = {"cells": list(CELLS), "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4}
NAMES = (
    "../../up.ipynb", "/etc/up.ipynb", "a\\b\\..\\c.ipynb", "C:\\x.ipynb", "a\nb.ipynb",
    "\x1b[2J.ipynb", "é.ipynb", "x" * 3000 + ".ipynb", ".ipynb", "..ipynb", " .ipynb",
    "a/" * 60 + "b.ipynb", "__MACOSX/._1.ipynb", "CON.ipynb", "=cmd().ipynb", "\u202ebynpi.ipynb",
    "a.ipynb/", "x.IPYNB",
)  # fmt: skip
ODD = (
    None, True, 0, -1, 10**40, 1e308, "", "\ud800", "\x00", [], {}, [[]], {"a": {}}, "def f(:",
    "code", float("nan"), float("inf"), ["def f():\n", 3, None], "\\" * 99, "(" * 400,
    "-" * 5000 + "1", "x = " + "9" * 5000, "f'{" * 60, "'''", "\r", "%%bash\nrm -rf /", "%%time",
    "\u2028x = 1",
)  # fmt: skip


def notebook(draw: random.Random) -> bytes:
    """Return a damaged notebook."""
    content = _whole()
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        content = draw.choice(_NOTEBOOK)(draw, content)
    return content


def zipped(draw: random.Random) -> bytes:
    """Return a damaged zip, or a zip of damaged notebooks."""
    content = _zip(draw)
    for _ in range(draw.choice((0, 1, 1, 2))):
        content = draw.choice(_ZIP)(draw, content)
    return content


def tarred(draw: random.Random) -> bytes:
    """Return a damaged tar, compressed or not, or a tar of damaged notebooks and zips."""
    content = _tar(draw)
    for _ in range(draw.choice((0, 1, 1, 2))):
        content = draw.choice((*_BYTES, _lying_block))(draw, content)
    return gzip.compress(content, mtime=0) if draw.random() < 0.5 else content


def _tar(draw: random.Random) -> bytes:
    file = io.BytesIO()
    forms = (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)
    types = (*[tarfile.REGTYPE] * 6, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE)
    with tarfile.open(fileobj=file, mode="w", format=draw.choice(forms)) as archive:
        for number in range(draw.randint(1, 4)):
            name = draw.choice((*NAMES, f"{number}.ipynb", "2_identity_block.ipynb", "work.zip"))
            data = _zip(draw) if name == "work.zip" else draw.choice((_whole(), notebook(draw)))
            member = tarfile.TarInfo(name)
            member.type, member.size = draw.choice(types), len(data)
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


def _lying_block(draw: random.Random, content: bytes) -> bytes:
    """Change a header of the tar to a wrong size and type, with a valid checksum."""
    try:
        member = tarfile.TarInfo.frombuf(content[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return content
    member.size = draw.choice((0, 1, 511, 513, 1 << 20, 1 << 33, (1 << 60) + 1))
    member.type = draw.choice((b"0", b"L", b"K", b"x", b"g", b"S", b"5", b"Z", b"7"))
    return member.tobuf(tarfile.GNU_FORMAT)[: tarfile.BLOCKSIZE] + content[tarfile.BLOCKSIZE :]


def _whole() -> bytes:
    return json.dumps(WHOLE, indent=1).encode()


def _zip(draw: random.Random) -> bytes:
    file = io.BytesIO()
    methods = (*[zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED] * 4, zipfile.ZIP_BZIP2)
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", draw.choice(methods)) as archive:
        warnings.simplefilter("ignore")  # zipfile warns of duplicate names, which are intended
        for number in range(draw.randint(1, 4)):
            name = draw.choice((*NAMES, f"{number}.ipynb", "2_identity_block.ipynb"))
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = archive.compression
            entry.external_attr = draw.choice((0o100644, 0o120777, 0o010644, 0o060644)) << 16
            archive.writestr(entry, _whole() if draw.random() < 0.5 else notebook(draw))
    return file.getvalue()


def _cut(draw: random.Random, content: bytes) -> bytes:
    return content[: draw.randrange(len(content) + 1)]


def _flipped(draw: random.Random, content: bytes) -> bytes:
    spoilt = bytearray(content)
    for _ in range(min(len(spoilt), draw.choice((1, 1, 3, 30)))):
        spoilt[draw.randrange(len(spoilt))] ^= 1 << draw.randrange(8)
    return bytes(spoilt)


def _overwritten(draw: random.Random, content: bytes) -> bytes:
    start, length = draw.randrange(len(content) + 1), draw.randrange(200)
    return content[:start] + draw.randbytes(length) + content[start + length :]


def _repeated(draw: random.Random, content: bytes) -> bytes:
    start = draw.randrange(len(content) + 1)
    return content[:start] + content[draw.randrange(len(content) + 1) :]


def _replaced(draw: random.Random, content: bytes) -> bytes:
    words = (b'"cells"', b'"source"', b'"code"', b"[", b"{", b",", b":", b"\\n", b"4", b'"')
    return content.replace(draw.choice(words), draw.choice((*words, b"", b"NaN", b"[" * 3000)))


def _otherwise_encoded(draw: random.Random, content: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    encoding = draw.choice(("utf-16", "utf-32", "utf-8-sig", "utf-7", "cp037"))
    return text.encode(encoding, "replace")


def _something_else(draw: random.Random, content: bytes) -> bytes:
    others = (b"", b"\n", b"null", b"[]", b"{}", b'"x"', b"1", b"PK\x03\x04", b"%PDF-1.7", b"\x00")
    deep = (b"[" * 100_000, b'{"cells":' * 50_000, b'{"cells": [' + b"[" * 500 + b"]" * 500 + b"]}")
    return draw.choice((*others, *deep, _zip(draw) if content[:1] == b"{" else _whole()))


def _odd_value(draw: random.Random, content: bytes) -> bytes:
    """Replace one value of the JSON by one of another type."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return content
    places = [(document, key) for key in _keys(document)]
    for holder, key in places:
        places += [(holder[key], inner) for inner in _keys(holder[key])]
    if places:
        holder, key = draw.choice(places)
        holder[key] = draw.choice(ODD)
    return json.dumps(document).encode()


def _keys(value: object) -> list:
    if isinstance(value, dict):
        return list(value)
    return list(range(len(value))) if isinstance(value, list) else []


def _lying_header(draw: random.Random, content: bytes) -> bytes:
    """Change a field in a header of the zip: a size, flag, method or offset."""
    marks = [b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"]
    start = content.find(draw.choice(marks))
    if start < 0:
        return content
    at = start + draw.randrange(4, 40, 2)
    lie = struct.pack("<H", draw.choice((0, 1, 8, 9, 12, 14, 99, 0x7FFF, 0xFFFF)))
    return content[:at] + lie + content[at + 2 :]


_BYTES: tuple[Callable[[random.Random, bytes], bytes], ...]
_BYTES = (_cut, _flipped, _overwritten, _repeated, _something_else)
_NOTEBOOK = (*_BYTES, _replaced, _otherwise_encoded, _odd_value, _odd_value, _odd_value, _odd_value)
_ZIP = (*_BYTES, _lying_header, _lying_header, _lying_header)
