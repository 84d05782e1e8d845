"""A job for the sandbox: a submission's notebooks, and calls of the functions in them.

The job crosses the sandbox's border as JSON. This module uses neither the catalogue nor the
reference, because the process that runs a student's code imports it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Notebook:
    """The code of one notebook.

    Attributes:
        name: its file name.
        cells: its code cells in order.
        path: its path in the student's entry, with "/"; an archive counts as a folder.
    """

    name: str
    cells: tuple[str, ...]
    path: str = ""


@dataclass(frozen=True)
class Call:
    """One call of a student's function.

    A block is called as `function(X, **arguments)` on a symbolic X, a network as
    `function(**arguments)`, a function that returns numbers as `function(*given)`.

    Attributes:
        function: the function's name.
        arguments: the arguments of a block or a network, besides X.
        input_shape: the shape of a block's X, without the batch.
        given: the arguments of a function that returns numbers, packed by `resnets.checks.given`.
        placeholders: whether the function calls placeholders instead of the student's own blocks.
        source: True runs nothing; the answer is the function's source code, with notes on the
            notebook that it comes from.
    """

    function: str
    arguments: dict | None = None
    input_shape: list[int] | None = None
    given: dict | None = None
    placeholders: bool = False
    source: bool = False

    @property
    def text(self) -> str:
        """The call as JSON; equal calls have equal texts."""
        return json.dumps(vars(self), sort_keys=True)


@dataclass(frozen=True)
class Job:
    """One run in the sandbox.

    Attributes:
        notebooks: the submission's notebooks.
        calls: the calls to make, in this order.
        seconds: the time limit; shortly before it is over, the running code is interrupted.
    """

    notebooks: list[Notebook]
    calls: list[Call]
    seconds: float

    def to_json(self) -> bytes:
        # Keys are not sorted, because arguments are passed by position if a student's parameters
        # have other names than the lesson's.
        parts = {"notebooks": [*map(vars, self.notebooks)], "calls": [*map(vars, self.calls)]}
        return json.dumps({**parts, "seconds": self.seconds}).encode()

    @classmethod
    def from_json(cls, content: bytes) -> Job:
        parts = json.loads(content)
        notebooks = [Notebook(**notebook) for notebook in parts["notebooks"]]
        return cls(notebooks, [Call(**call) for call in parts["calls"]], parts["seconds"])


def call_id(index: int) -> str:
    """Return the id under which the answer to a job's call of this index is written."""
    return f"call {index}"
