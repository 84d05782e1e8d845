"""Structural rules about a solved lesson's stored outputs: see ``tools.notebooks.rules``."""

from __future__ import annotations

import base64
import binascii
import functools
import io
import re
from collections.abc import Iterable, Iterator

from nbformat import NotebookNode
from PIL import Image

from tools.notebooks.files import Lesson, code_cells
from tools.notebooks.manifest import IMAGE_KINDS
from tools.notebooks.rules_code import Faults

SMALLEST_SIDE = 40
"""Pixels; the smallest image in a lesson is larger."""
FEWEST_COLOURS, LARGEST_PLAIN_SHARE = 8, 0.999
ELIDED = re.compile(r"(?:^|[\[\d.,\]]\s*)\.\.\.\s*(?:$|[\],\d\[])|\d,? \.\.\.,? -?\d", re.MULTILINE)
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{6,}")


def counts_run_without_gap(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """Execution counts are 1, 2, 3 ...: each cell was run once, from top to bottom."""
    for expected, cell in enumerate(code_cells(notebook), start=1):
        if cell.execution_count != expected:
            yield cell.id, f"execution count {cell.execution_count}, expected {expected}"
        for output in cell.outputs:
            if output.output_type == "execute_result" and output.execution_count != expected:
                yield cell.id, f"its result's count is {output.execution_count}, not {expected}"


def no_errors_stored(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """A solved lesson raises no exception and writes nothing to stderr."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error":
                yield cell.id, f"a stored error: {output.ename}"
            elif output.output_type == "stream" and output.name != "stdout":
                yield cell.id, f"stored output on {output.name}"


def nothing_elided(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """No array is printed with ``...``: nobody would notice a change in the part left out."""
    for cell, text in _texts(code_cells(notebook)):
        if "..." in text and ELIDED.search(text):
            yield (
                cell.id,
                "an array is printed with '...': print fewer numbers, or a property of them",
            )


def nothing_accidental(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """No output shows an object's address, which changes with every run."""
    for cell, text in _texts(code_cells(notebook)):
        if " at 0x" in text and ADDRESS.search(text):
            yield cell.id, "an output shows an object's address"


def images_show_something(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """Each stored image can be decoded and is not blank: nbval does not compare images."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            for kind in IMAGE_KINDS:
                if kind in output.get("data", {}):
                    fault = image_fault(output.data[kind], kind)
                    if fault:
                        yield cell.id, fault


def images_are_described(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """A cell that shows an image also describes it in words."""
    for cell in code_cells(notebook):
        shown = [output for output in cell.outputs if _is_image(output)]
        if shown and not any(_has_words(output) for output in cell.outputs):
            yield cell.id, "an image without a text alternative in the same output"


def checks_pass(notebook: NotebookNode, lesson: Lesson) -> Faults:
    """In a solved lesson every check passes, and no cell waits."""
    for cell in code_cells(notebook):
        texts = [text for _, text in _texts([cell])]
        if cell.metadata.get("nbgrader", {}).get("grade"):
            if not any(text.startswith("PASSED") for text in texts):
                yield cell.id, "the check of the solved exercise does not say PASSED"
        if any(text.startswith("This cell is waiting for") for text in texts):
            yield cell.id, "the cell waits for an exercise that the solved lesson has not passed"


@functools.lru_cache(maxsize=256)
def image_fault(encoded: str, kind: str) -> str | None:
    """Return what is wrong with an image in base64, or None."""
    try:
        data = base64.b64decode(encoded, validate=False)
        image = Image.open(io.BytesIO(data))
        image.load()
    except (binascii.Error, OSError, ValueError, SyntaxError) as error:
        return f"a stored image cannot be decoded: {str(error).splitlines()[0][:60]}"
    if image.format != kind.split("/")[1].upper():
        return f"a stored image is labelled {kind}, but is {image.format}"
    if min(image.size) < SMALLEST_SIDE:
        return f"a stored image is only {image.size[0]}x{image.size[1]} pixels"
    canvas = Image.new("RGBA", image.size, "white")
    canvas.alpha_composite(image.convert("RGBA"))
    colours = canvas.convert("RGB").getcolors(maxcolors=image.size[0] * image.size[1])
    largest = max(count for count, _ in colours)
    plain = largest / (image.size[0] * image.size[1])
    if len(colours) < FEWEST_COLOURS or plain > LARGEST_PLAIN_SHARE:
        return "a stored image is blank"
    return None


def _is_image(output: NotebookNode) -> bool:
    return any(kind in output.get("data", {}) for kind in IMAGE_KINDS)


def _has_words(output: NotebookNode) -> bool:
    if output.output_type == "stream":
        return len(output.text.split()) >= 3
    plain = output.get("data", {}).get("text/plain", "")
    return not plain.startswith("<") and len(plain.split()) >= 3


def _texts(cells: Iterable[NotebookNode]) -> Iterator[tuple[NotebookNode, str]]:
    for cell in cells:
        for output in cell.outputs:
            if output.output_type == "stream":
                yield cell, output.text
            elif output.output_type == "error":
                yield cell, output.evalue
            for kind, value in output.get("data", {}).items():
                if kind in ("text/plain", "text/html", "text/latex"):
                    yield cell, value
