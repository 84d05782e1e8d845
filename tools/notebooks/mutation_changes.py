"""The changes that mutations make to a notebook: see ``tools.notebooks.mutations``."""

from __future__ import annotations

import base64
import copy
import io
import random
import re
from collections.abc import Callable
from typing import Any

import nbformat
from nbformat import NotebookNode
from PIL import Image

from tools.notebooks.mutations import Change, Place, read_text


def rewrite(kind: str, new: Callable[[str, random.Random], str]) -> Change:
    """Replace an output's text by ``new(old text, rng)``."""

    def change(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
        output = notebook.cells[place[0]].outputs[place[1]]
        text = new(read_text(output, kind), rng)
        if output.output_type == "stream":
            output.text = text
        else:
            output.data[kind] = text

    return change


def resource(new: Callable[[str, random.Random], str]) -> Change:
    """Replace a cell's source by ``new(old source, rng)``."""

    def change(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
        notebook.cells[place].source = new(notebook.cells[place].source, rng)

    return change


def put(path: str, value: Any) -> Change:
    """Set ``cell.<path>`` (dots between keys) to ``value``, which may be None."""

    def change(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
        *parents, last = path.split(".")
        target = notebook.cells[place] if isinstance(place, int) else notebook
        for parent in parents:
            target = target.setdefault(parent, nbformat.NotebookNode())
        target[last] = copy.deepcopy(value)

    return change


def change_digit(text: str, rng: random.Random) -> str:
    """Return the text with one digit changed."""
    position = rng.choice([match.start() for match in re.finditer(r"\d", text)])
    digit = rng.choice([d for d in "0123456789" if d != text[position]])
    return text[:position] + digit + text[position + 1 :]


def change_word(text: str, rng: random.Random) -> str:
    """Return the text with upper and lower case swapped in one word of at least three letters."""
    match = rng.choice(list(re.finditer(r"[A-Za-z]{3,}", text)))
    return text[: match.start()] + match.group().swapcase() + text[match.end() :]


def change_number_in_code(source: str, rng: random.Random) -> str:
    """Return the code with one number increased by one."""
    numbers = list(re.finditer(r"(?<![\w.])\d+(?![\w.])", source))
    match = rng.choice(numbers)
    return source[: match.start()] + str(int(match.group()) + 1) + source[match.end() :]


def plain_image(size: tuple[int, int]) -> str:
    """Return a white PNG, as base64."""
    buffer = io.BytesIO()
    Image.new("RGB", size, "white").save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def noise_image(text: str, rng: random.Random) -> str:
    """Return a PNG of coloured noise with the same size, as base64."""
    size = Image.open(io.BytesIO(base64.b64decode(text))).size
    image = Image.frombytes("RGB", (16, 16), rng.randbytes(768)).resize(size)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def clear_all(keep_counts: bool) -> Change:
    """Remove all outputs, and the execution counts unless ``keep_counts``."""

    def change(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = []
                if not keep_counts:
                    cell.execution_count = None

    return change


def delete_cell(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
    del notebook.cells[place]


def delete_cell_and_recount(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
    """Delete a cell and renumber the counts, as if the rest had been run again."""
    del notebook.cells[place]
    count = 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count


def swap_cells(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
    cells = notebook.cells
    cells[place], cells[place + 1] = cells[place + 1], cells[place]


def double_cell(new_id: bool) -> Change:
    def change(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
        twin = copy.deepcopy(notebook.cells[place])
        if new_id:
            twin.id = f"twin-{rng.randrange(10**6)}"
        notebook.cells.insert(place + 1, twin)

    return change


def add_cell(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
    cell = nbformat.v4.new_code_cell("unseen = 1", execution_count=1, id="added")
    notebook.cells.insert(place, cell)


def drop_output(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
    del notebook.cells[place[0]].outputs[place[1]]


def swap_outputs(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
    outputs = notebook.cells[place].outputs
    outputs[0], outputs[1] = outputs[1], outputs[0]


def drop_mime(kind: str) -> Change:
    def change(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
        del notebook.cells[place[0]].outputs[place[1]].data[kind]

    return change


def set_output(key: str, value: Any) -> Change:
    def change(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
        notebook.cells[place[0]].outputs[place[1]][key] = value

    return change


def result_to_display(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
    output = notebook.cells[place[0]].outputs[place[1]]
    output.output_type = "display_data"
    del output["execution_count"]


def append_output(output: dict[str, Any]) -> Change:
    def change(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
        notebook.cells[place].outputs.append(nbformat.from_dict(copy.deepcopy(output)))

    return change


def set_cell_type(kind: str) -> Change:
    """Turn a code cell into prose or raw text, which nbval does not run."""

    def change(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
        cell = notebook.cells[place]
        cell.cell_type = kind
        cell.pop("outputs", None)
        cell.pop("execution_count", None)

    return change


def substitute(pattern: str, new: str) -> Change:
    """Replace the first match of ``pattern`` in the cell's source."""
    return resource(lambda text, rng: re.sub(pattern, new, text, count=1, flags=re.DOTALL))


def copy_solution(notebook: NotebookNode, place: Place, rng: random.Random) -> None:
    """Put a solution into the learner's copy, as if it had been released by mistake."""
    cell = notebook.cells[place]
    cell.source = cell.source.replace("raise NotImplementedError()", "return 3")
