"""Draw the class report's plots as SVG inside the HTML page.

matplotlib draws them. Then every style becomes an attribute, because the page's security policy
allows no inline style, and every colour becomes a class, so that a plot follows the page's dark
mode and print style. Each plot has a text alternative and a table beside it.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Sequence
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes

from resnets.plots.style import BLUE, ORANGE, LessonFigure, new_figure, styled

_WIDTH = 7.0  # inches of 100 pixels
_COLOURS = {
    "#000000": "ink",
    "#dddddd": "grid",
    "#ffffff": "paper",
    BLUE.lower(): "bar",
    ORANGE.lower(): "second",
}


@styled
def histogram(
    values: Sequence[float], edges: Sequence[float], xlabel: str, median: float, alt: str
) -> LessonFigure:
    """Return a histogram of students with the median marked.

    Args:
        values: one number for each student.
        edges: the edges of the ranges, one more than there are ranges.
        alt: the text alternative.
    """
    fig = new_figure(_WIDTH, 3.3)
    ax = fig.subplots()
    students, _ = np.histogram(values, edges)
    label = f"median: {median:.4g}"
    ax.axvline(median, color=ORANGE, linestyle="--", label=label)
    bars = ax.bar(edges[:-1], students, np.diff(edges) * 0.94, align="edge", color=BLUE)
    behind = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    ax.bar_label(bars, [str(n) if n else "" for n in students], padding=3, bbox=behind, zorder=4)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_xticks(edges, [f"{edge:.4g}" for edge in edges])
    ax.grid(axis="x", visible=False)
    ax.margins(y=0.15)
    ax.yaxis.get_major_locator().set_params(integer=True)
    ax.set_xlabel(xlabel)
    ax.set_ylabel("students")
    fig.legend(loc="outside lower center")
    fig.alt = alt
    return fig


@styled
def shares(names: Sequence[str], series: dict[str, Sequence[float]], alt: str) -> LessonFigure:
    """Return horizontal bars in percent: one of each series for each name, the first on top."""
    fig = new_figure(_WIDTH, 1.0 + 0.55 * len(names))
    ax = fig.subplots()
    height = 0.8 / len(series)
    for i, (label, values) in enumerate(series.items()):
        positions = np.arange(len(names)) + (i - (len(series) - 1) / 2) * height
        style = {"hatch": "///", "edgecolor": "white"} if i else {}
        bars = ax.barh(
            positions, values, height * 0.94, color=(BLUE, ORANGE)[i], label=label, **style
        )
        ax.bar_label(bars, [f"{value:.0f}" for value in values], padding=3)
    ax.set_xlim(0, 108)
    ax.set_xticks(range(0, 101, 20))
    ax.set_xlabel("percent")
    _names(ax, names)
    fig.legend(loc="outside lower center", ncols=len(series))
    fig.alt = alt
    return fig


@styled
def counts(names: Sequence[str], values: Sequence[int], alt: str) -> LessonFigure:
    """Return horizontal bars with the number of students for each name, the first on top."""
    labels = [textwrap.fill(name, 46) for name in names]
    lines = sum(label.count("\n") + 1 for label in labels)
    fig = new_figure(_WIDTH, 0.7 + 0.14 * len(names) + 0.19 * lines)
    ax = fig.subplots()
    ax.bar_label(ax.barh(range(len(labels)), values, 0.7, color=BLUE), padding=3)
    ax.margins(x=0.1)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_xlabel("students")
    _names(ax, labels)
    fig.alt = alt
    return fig


def inline(figure: LessonFigure, name: str) -> Markup:
    """Return a figure as an `<svg>` element for a page; `name` makes its ids unique there."""
    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    root = ElementTree.fromstring(buffer.getvalue())
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] in ("metadata", "style"):
                parent.remove(child)
    for element in root.iter():
        _for_a_page(element, name)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    root.attrib.update({"role": "img", "aria-label": figure.alt})
    return Markup(ElementTree.tostring(root, encoding="unicode", short_empty_elements=False))


def _names(ax: Axes, names: Sequence[str]) -> None:
    """Write the names beside the bars, from top to bottom."""
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)


def _for_a_page(element: ElementTree.Element, name: str) -> None:
    """Give an element plain names, attributes instead of styles, colour classes, unique ids."""
    element.tag = element.tag.rpartition("}")[2]
    attributes = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
    for declaration in attributes.pop("style", "").split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key == "font":
            attributes |= _font(value)
        elif key:
            attributes[key] = value
    classes = []
    for key in ("fill", "stroke"):
        colour = _COLOURS.get(attributes.get(key, "").lower())
        if colour:
            classes.append(f"{key}-{colour}")
    attributes.pop("font-family", None)  # the page sets the font
    if element.tag == "text":
        classes.append("fill-ink")
    if classes:
        attributes["class"] = " ".join(classes)
    for key, value in attributes.items():
        if key == "id":
            attributes[key] = f"{name}-{value}"
        elif key == "href" or value.startswith("url(#"):
            attributes[key] = value.replace("#", f"#{name}-", 1)
    element.attrib.clear()
    element.attrib.update(attributes)


def _font(shorthand: str) -> dict[str, str]:
    size = re.search(r"([\d.]+px)", shorthand)
    weight = re.search(r"\b([1-9]00|bold)\b", shorthand)
    attributes = {"font-size": size[1]} if size else {}
    return attributes | ({"font-weight": weight[1]} if weight else {})
