"""Start the processes that mark: a cluster on this machine, or the workers of a Dask scheduler.

Anyone who can talk to a Dask scheduler can run code as the user who started it, and a port on
loopback is open to every account of the machine. So the processes of the local cluster identify
each other by a certificate. It is made for one run, and is on disk only for a moment, in a private
folder of the user. An external scheduler is protected in the same way if it is started with TLS.
"""

from __future__ import annotations

import datetime
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dask
import distributed
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from grading.errors import GradingError

CONNECT_SECONDS = 30
_LOG_LEVEL = logging.ERROR
_HOST = "127.0.0.1"
_LOCAL = {
    # A worker has one submission at a time, so that Dask blames the right one if the worker dies.
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.allowed-failures": 1,
    # A dying worker closes its connection, so this time-out is not needed. It uses the wall clock:
    # if the clock were set forward, Dask would take all workers for dead.
    "distributed.scheduler.worker-ttl": None,
}


class ClusterError(GradingError):
    """The scheduler cannot be used; the message says why and what to do."""


class _WithoutHttp:
    """A Dask node without the web pages about itself, which anyone could open."""

    def start_http_server(self, *_arguments, **_options) -> None:
        """Start no server."""


class _Scheduler(_WithoutHttp, distributed.Scheduler):
    pass


class _Worker(_WithoutHttp, distributed.Worker):
    pass


@contextmanager
def local(workers: int) -> Iterator[distributed.Client]:
    """Yield a client of worker processes on this machine that accept only this process."""
    security = security_of_a_run()
    shared = {"host": _HOST, "protocol": "tls://", "security": security}
    # Workers import from this folder. Dask's default in /tmp may belong to another account.
    with dask.config.set(_LOCAL), tempfile.TemporaryDirectory(prefix="grading-workers-") as private:
        worker = {
            "nthreads": 1,
            "memory_limit": 0,
            "local_directory": private,
            "worker_class": _Worker,
            "silence_logs": _LOG_LEVEL,
        }
        cluster = distributed.SpecCluster(
            workers={
                n: {"cls": distributed.Nanny, "options": shared | worker} for n in range(workers)
            },
            scheduler={"cls": _Scheduler, "options": {**shared, "port": 0, "dashboard": False}},
            security=security,
            silence_logs=_LOG_LEVEL,
        )
        with cluster, distributed.Client(cluster, set_as_default=False) as client:
            yield client


def security_of_a_run() -> distributed.Security:
    """Return TLS credentials for all processes of one run; others cannot connect.

    They never expire, so that a jump of the clock does not end the run; the key is gone after it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "grading")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(1970, 1, 1))
        .not_valid_after(datetime.datetime(9999, 12, 31))
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    roles = ("client", "scheduler", "worker")
    return distributed.Security(
        require_encryption=True,
        tls_ca_file=public,
        **{f"tls_{role}_cert": public for role in roles},
        **{f"tls_{role}_key": private for role in roles},
    )


@contextmanager
def at(address: str, version: Callable[[], str]) -> Iterator[distributed.Client]:
    """Yield a client of the scheduler at `address`.

    Args:
        version: a function of this course that returns the same on workers with the same files.

    Raises:
        ClusterError: no scheduler answers there, it has no worker, or a worker has other files.
    """
    security = _configured(address)
    try:
        client = distributed.Client(
            address, timeout=CONNECT_SECONDS, set_as_default=False, security=security
        )
    except (TimeoutError, OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {address!r}; expected the address that `python -m dask "
            "scheduler` prints, such as tcp://127.0.0.1:8786"
        ) from error
    with client:
        _require_workers(client, version)
        yield client


def is_open(address: str) -> bool:
    """Return whether everyone who can reach the scheduler at this address can run code there."""
    return not address.startswith("tls://")


def _configured(address: str) -> distributed.Security:
    """Return the TLS credentials from Dask's own configuration.

    Raises:
        ClusterError: a file is missing, or the address needs credentials and there are none.
    """
    security = distributed.Security()
    try:
        context = security.get_connection_args("client")["ssl_context"]
    except OSError as error:
        raise ClusterError(f"{error}: this file is given in Dask's TLS configuration") from error
    if context is None and not is_open(address):
        raise ClusterError(
            f"{address} needs TLS credentials, but Dask's configuration has none; set "
            "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and "
            "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY to the files that the scheduler was started "
            "with"
        )
    return security


def _require_workers(client: distributed.Client, version: Callable[[], str]) -> None:
    address = client.scheduler.address
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except (TimeoutError, OSError) as error:
        raise ClusterError(
            f"the scheduler at {address} has no worker; start one in this folder with "
            f"`.venv/bin/python -m dask worker {address} --nthreads 1`"
            + ("" if is_open(address) else ", and with the scheduler's --tls options")
        ) from error
    answers = client.run(version, on_error="return")
    for worker, answer in answers.items():
        if answer != version():
            raise ClusterError(
                f"the worker at {worker} has other files of this course ({answer}); start it in "
                "this folder or in a copy of it, with the same packages"
            )
