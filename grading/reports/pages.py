"""Fill HTML templates safely with text from students.

`student_page` and `class_report` fill the templates in `templates/`. Jinja2 escapes every value;
characters that could deceive a reader (control characters, marks that change the direction of
writing) are made visible first. A page is one file that loads and runs nothing: its content
security policy allows only its own style sheet, identified by its hash.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
import unicodedata
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

TEMPLATES = Path(__file__).with_name("templates")
LONGEST_LISTING = 60_000  # characters
LONGEST_LINE = 2_000
LONGEST_TEXT = 2_000

_ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*\x07")
_BLANK = re.compile(r"^[^\S\n]+$", re.MULTILINE)
_UNUSUAL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_FORMATTER = HtmlFormatter(nowrap=True)


def render(template: str, made_from: str = "", kind: str = "", **content: object) -> str:
    """Return a filled template.

    Args:
        template: its file name.
        made_from: written into the page's head, so that a later run knows whether it is current.
        kind: "wide" for a page with plots beside tables.
        content: the template's variables.
    """
    css = _style_sheet()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    page = _environment().get_template(template)
    return page.render(css=Markup(css), policy=policy, made_from=made_from, kind=kind, **content)


def visible(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return a text with all hidden characters made visible, cut if it is too long.

    A control character becomes its Unicode symbol. Other invisible characters, such as a mark that
    changes the direction of writing, become their code point. Line breaks stay.
    """
    text = _ESCAPE_SEQUENCE.sub("", text[: 2 * longest])
    text = "".join(_shown(character) for character in text)
    return text if len(text) <= longest else text[:longest] + " ..."


def listing(text: str) -> tuple[list[Markup], bool]:
    """Return a program's lines as highlighted HTML, and whether anything was left out."""
    shown = visible(text, LONGEST_LISTING)
    # `visible` reads twice that many characters at most, and adds " ..." where it cuts.
    cut = len(text) > 2 * LONGEST_LISTING or len(shown) > LONGEST_LISTING
    shown = shown[:LONGEST_LISTING]
    lines = shown.split("\n")
    # Nobody writes such long lines by hand, and the lexer would be slow.
    if any(len(line) > LONGEST_LINE for line in lines):
        return [escape(line[:LONGEST_LINE]) for line in lines], True
    # The lexer's time grows with the square of the number of lines with only white space.
    shown = _BLANK.sub("", shown)
    coloured = highlight(shown, PythonLexer(stripnl=False, ensurenl=False), _FORMATTER)
    parts = coloured.removesuffix("\n").split("\n")
    if len(parts) != len(lines):
        return [escape(line) for line in lines], cut
    return [Markup(part) for part in parts], cut


def _shown(character: str) -> str:
    if character in "\n\t" or character.isascii() and character.isprintable():
        return character
    if character < " ":
        return chr(0x2400 + ord(character))
    if character == "\x7f":
        return "\N{SYMBOL FOR DELETE}"
    if unicodedata.category(character) in _UNUSUAL:
        return f"⟨U+{ord(character):04X}⟩"
    return character


def _spans(text: str) -> Markup:
    """Return HTML of a text, with `code` spans set as code."""
    pieces = str(text).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if i % 2 and i < len(pieces) - 1 else piece
        for i, piece in enumerate(pieces)
    )


def _soft(name: str) -> Markup:
    """Return HTML of a name that may wrap after an underscore."""
    return Markup("_<wbr>").join(str(name).split("_"))


@functools.cache
def _style_sheet() -> str:
    return (TEMPLATES / "page.css").read_text(encoding="utf-8")


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(spans=_spans, soft=_soft)
    return environment
