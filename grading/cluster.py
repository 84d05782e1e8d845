"""The processes that mark: a cluster on this machine, or any Dask scheduler's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dask
import distributed

CONNECT_SECONDS = 30
# A worker has one submission at a time, so that none is suspected for another's death.
_LOCAL = {
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.allowed-failures": 1,
}


class ClusterError(RuntimeError):
    """A scheduler cannot be used; the message says why and what to do."""


@contextmanager
def local(workers: int) -> Iterator[distributed.Client]:
    """Worker processes on this machine, on loopback, without a dashboard."""
    with dask.config.set(_LOCAL):
        cluster = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # None means a fixed port, and a warning if taken
            memory_limit=0,
            silence_logs="CRITICAL",
        )
        with cluster, distributed.Client(cluster, set_as_default=False) as client:
            yield client


@contextmanager
def at(address: str, version: Callable[[], str]) -> Iterator[distributed.Client]:
    """The workers of the scheduler at `address`.

    Args:
        version: a function of this course that says the same on every worker that has the same
            files.

    Raises:
        ClusterError: no scheduler answers there, it has no worker, or a worker has other files.
    """
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (TimeoutError, OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {address!r}; expected the address that `python -m dask "
            "scheduler` prints, such as tcp://127.0.0.1:8786"
        ) from error
    with client:
        _require_workers(client, version)
        yield client


def _require_workers(client: distributed.Client, version: Callable[[], str]) -> None:
    address = client.scheduler.address
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except (TimeoutError, OSError) as error:
        raise ClusterError(
            f"the scheduler at {address} has no worker; start one in this folder with "
            f"`.venv/bin/python -m dask worker {address} --nthreads 1`"
        ) from error
    answers = client.run(version, on_error="return")
    for worker, answer in answers.items():
        if answer != version():
            raise ClusterError(
                f"the worker at {worker} has not this course's files ({answer}); start it in this "
                "folder or in a copy of it, with the same packages"
            )
