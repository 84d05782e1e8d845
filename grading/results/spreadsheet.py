"""Make the cells of a CSV safe for spreadsheets, which run a text as a formula."""

from __future__ import annotations

import re
import unicodedata

_FORMULA = frozenset("=+-@\N{MINUS SIGN}")  # a spreadsheet's formula begins with one of these
# Where the list separator is a semicolon, a spreadsheet begins a new cell after it.
_AFTER_SEPARATOR = re.compile(r"(?<=[;\t])(?=\s*[=+\-@\u2212\uff1d\uff0b\uff0d\uff20])")


def no_formula(text: str) -> str:
    """Return the text of a CSV cell, changed so that no spreadsheet runs it as a formula."""
    # Spreadsheets treat full-width and other forms of a sign as the sign itself, and skip
    # invisible characters before it.
    text = _AFTER_SEPARATOR.sub("'", text)
    plain = unicodedata.normalize("NFKC", text)
    first = next((c for c in plain if unicodedata.category(c)[0] not in "CZ"), "")
    # NFKC turns a superscript minus into the mathematical minus, U+2212.
    return "'" + text if first in _FORMULA or text[:1] in ("\t", "\r") else text
