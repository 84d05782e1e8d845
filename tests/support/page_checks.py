"""Parse a grading page strictly, and check the promises that all pages keep."""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "br", "wbr", "hr", "img", "input", "link"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Elements that load something from outside the page, or run code.
_FORBIDDEN = {"script", "iframe", "object", "embed", "link", "form", "base", "foreignobject"}


@dataclass
class Page:
    """The content of a page.

    Attributes:
        text: the visible text.
        style: the style sheet.
        elements: (tag, attributes), in order.
        headings: (level, text), in order.
    """

    text: str = ""
    style: str = ""
    elements: list = field(default_factory=list)
    headings: list = field(default_factory=list)

    def all(self, tag):
        """Return the attributes of each element with this tag."""
        return [attributes for name, attributes in self.elements if name == tag]


class _Strict(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.page, self.open = Page(), []

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), f"an attribute twice in <{tag}>"
        self.page.elements.append((tag, dict(attributes)))
        if tag in _HEADINGS:
            self.page.headings.append((_HEADINGS[tag], ""))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        if "style" in self.open:
            self.page.style += data
            return
        self.page.text += data
        if self.page.headings and set(self.open) & set(_HEADINGS):
            level, text = self.page.headings[-1]
            self.page.headings[-1] = (level, text + data)


def read(html):
    """Parse a page; fail unless each element is closed where it was opened."""
    assert html.startswith("<!DOCTYPE html>\n<html lang=")
    parser = _Strict()
    parser.feed(html)
    parser.close()
    assert not parser.open, f"never closed: {parser.open}"
    return parser.page


def checked(html):
    """Parse a page, check all promises, and return it."""
    page = read(html)
    assert page.all("html")[0]["lang"] == "en"
    tags = {tag for tag, _ in page.elements}
    assert not tags & _FORBIDDEN, tags & _FORBIDDEN
    assert {"title", "main"} <= tags
    _headings_in_order(page)
    _nothing_runs_or_loads(page)
    _policy_is_strict(page)
    _everything_is_named(page)
    return page


def _headings_in_order(page):
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1 and levels.count(1) == 1, levels
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert all(text.strip() for _, text in page.headings)


def _nothing_runs_or_loads(page):
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on") and name not in ("style", "src", "srcset"), (tag, name)
            if name == "href":
                assert re.match(r"#|feedback/[^/]+\.html$", value), value
    assert "url(" not in page.style and "@import" not in page.style


def _policy_is_strict(page):
    assert "charset" in page.all("meta")[0]
    policy = page.all("meta")[1]
    assert policy["http-equiv"] == "Content-Security-Policy"
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    wanted = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert policy["content"] == wanted


def _everything_is_named(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids)), "an id twice"
    for tag, attributes in page.elements:
        if tag == "a" and attributes["href"].startswith("#"):
            assert attributes["href"][1:] in ids, attributes["href"]
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in ids
        if tag == "svg":
            assert attributes["role"] == "img" and len(attributes["aria-label"]) > 20
        if tag == "img":
            assert attributes["alt"]
        if "tabindex" in attributes:
            assert attributes["tabindex"] == "0" and attributes["aria-label"]
        if tag == "th":
            assert attributes["scope"] in ("row", "col")
    assert len(page.all("table")) == sum(
        "table" in (a.get("aria-label") or "") for a in page.all("div")
    ), "each table can be scrolled to by keyboard"
