"""Run a lesson's solved notebook and collect its outputs.

The kernel gets the same environment as later under nbval, so that the outputs are the same. For
example, ipykernel captures C-level output, which TensorFlow writes, unless ``PYTEST_CURRENT_TEST``
is set.
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
"""Seconds that a cell may take; the slowest one trains a ResNet-50 for two epochs."""

QUIET = "--IPKernelApp.log_level=40"
"""Keeps the kernel's own messages (on transport encryption) out of the lesson's outputs."""

LOOK_SECONDS = 1.0
"""Seconds to wait for a message of the kernel before checking the socket again."""

ANSI = re.compile(r"\x1b\[[0-9;]*m")


class ThisPython(KernelSpecManager):
    """Always starts the running interpreter, whatever kernels a user has registered."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())


class LookingChannel(AsyncZMQSocketChannel):
    """Checks the socket for a message every second, even without a notification.

    For a cell with a slider, nbclient sends replies on the same socket on which it waits for the
    end of the cell. Sending can consume the notification that the end has arrived; without this
    class, nbclient would then wait until the cell times out.
    """

    async def get_msg(self, timeout: float | None = None) -> dict:
        """Return the next message.

        Raises:
            queue.Empty: no message arrived within ``timeout`` seconds.
        """
        deadline = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            try:
                return await super().get_msg(min(LOOK_SECONDS, max(0.0, left)))
            except Empty:
                if left <= LOOK_SECONDS:
                    raise


class LookingClient(AsyncKernelClient):
    """A kernel client that misses no message."""

    shell_channel_class = Type(LookingChannel)


def kernel_manager() -> AsyncKernelManager:
    """Return the manager that starts a lesson's kernel and makes its client."""
    return AsyncKernelManager(kernel_spec_manager=ThisPython(), client_factory=LookingClient)


def kernel_environment() -> dict[str, str]:
    """Return the environment variables of a lesson's kernel."""
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
    """Return a copy of ``notebook`` with the outputs of one run from top to bottom.

    Args:
        timeout: seconds that a cell may take.
        on_cell: called with the index of each cell as it starts.

    Raises:
        NotebookError: a cell raises, times out or writes to stderr; the message has its source.
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
        # Without cleanup_kc=True, nbclient leaves the kernel of a given manager running.
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
                    f"{lesson.name}, cell {cell.id}: wrote to stderr, which a lesson must not do:\n"
                    f"{_plain(output.text).rstrip()}\nfrom\n{cell.source}"
                )


def _plain(text: str) -> str:
    return ANSI.sub("", text)
