"""Runs a lesson's solved notebook and keeps what it shows.

The kernel gets the environment nbval will give it later, so that what is stored now is what nbval
sees then: ipykernel captures C-level output unless ``PYTEST_CURRENT_TEST`` is set, and TensorFlow
writes some.
"""

from __future__ import annotations

import copy
import os
import re
import time
from collections.abc import Callable
from queue import Empty

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets import Type

from tools.notebooks.files import Lesson, NotebookError

CELL_TIMEOUT = 600
"""Seconds a cell may take; the slowest lesson cell trains a ResNet-50 for two epochs."""

QUIET = "--IPKernelApp.log_level=40"
"""The kernel's own notes (on transport encryption) are not the lesson's."""

LOOK_SECONDS = 1.0
"""How long to wait for a message of the kernel before looking again whether there is one."""

ANSI = re.compile(r"\x1b\[[0-9;]*m")


class ThisPython(KernelSpecManager):
    """Starts the running interpreter, whatever kernels a user has registered under its name."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())


class LookingChannel(AsyncZMQSocketChannel):
    """Looks for a message every second, whether or not it was told that one has come.

    nbclient answers what a slider's cell shows on the socket on which it waits for the cell's end.
    Sending there can use up the sign that the end has come; the wait would go on until the cell's
    whole time is over.
    """

    async def get_msg(self, timeout: float | None = None) -> dict:
        """The next message; raises `queue.Empty` after ``timeout`` seconds without one."""
        deadline = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            try:
                return await super().get_msg(min(LOOK_SECONDS, max(0.0, left)))
            except Empty:
                if left <= LOOK_SECONDS:
                    raise


class LookingClient(AsyncKernelClient):
    """Talks to a kernel, and misses none of its answers."""

    shell_channel_class = Type(LookingChannel)


def kernel_manager() -> AsyncKernelManager:
    """What a lesson's kernel is started with and talked to."""
    return AsyncKernelManager(kernel_spec_manager=ThisPython(), client_factory=LookingClient)


def kernel_environment() -> dict[str, str]:
    """The environment a lesson's kernel runs in while its outputs are stored."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("NBGRADER_", "COLUMNS", "LINES", "JUPYTER_COLUMNS"))
    }
    environment["PYTEST_CURRENT_TEST"] = "storing the outputs of a lesson"
    return environment


def execute(
    notebook: NotebookNode,
    lesson: Lesson,
    timeout: float = CELL_TIMEOUT,
    on_cell: Callable[[int], None] | None = None,
) -> NotebookNode:
    """A copy of ``notebook`` with the outputs of one run from top to bottom.

    ``on_cell`` is called with the index of each cell as it starts. Raises :class:`NotebookError`
    with the cell's source and its error if one raises, hangs or writes to stderr.
    """
    result = copy.deepcopy(notebook)
    client = NotebookClient(
        result,
        km=kernel_manager(),
        timeout=timeout,
        coalesce_streams=True,
        record_timing=False,
        shutdown_kernel="immediate",
        extra_arguments=[QUIET],
        resources={"metadata": {"path": str(lesson.source.parent)}},
        on_cell_start=lambda cell, cell_index: on_cell(cell_index) if on_cell else None,
    )
    try:
        # nbclient leaves a manager that it was given, and so its kernel, alone unless it is asked.
        client.execute(env=kernel_environment(), cleanup_kc=True)
    except CellTimeoutError as error:
        raise NotebookError(f"{lesson.name}: {_plain(str(error))}") from None
    except CellExecutionError as error:
        raise NotebookError(f"{lesson.name}: a cell raised\n{_plain(str(error))}") from None
    except DeadKernelError:
        raise NotebookError(f"{lesson.name}: the kernel died (out of memory?)") from None
    _refuse_stderr(result, lesson)
    return result


def _refuse_stderr(notebook: NotebookNode, lesson: Lesson) -> None:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                raise NotebookError(
                    f"{lesson.name}, cell {cell.id}: wrote to stderr, which a lesson must not:\n"
                    f"{_plain(output.text).rstrip()}\nfrom\n{cell.source}"
                )


def _plain(text: str) -> str:
    return ANSI.sub("", text)
