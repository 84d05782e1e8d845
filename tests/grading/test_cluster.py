"""The local cluster accepts commands only from the process that started it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dask
import distributed
import psutil
import pytest
from cryptography import x509
from dask_scheduler import Dask, tls_settings

from grading import cluster
from grading.version import grader_version

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
# Another user (if the tests run as root) asks every listening port to run `os.getuid`.
INTRUDER = """\
import asyncio, os, ssl, sys
from distributed import Security, rpc
from distributed.protocol.pickle import dumps
if os.getuid() == 0:
    os.setgroups([]); os.setresgid(*[65534] * 3); os.setresuid(*[65534] * 3)
without_certificate = ssl.create_default_context()
without_certificate.check_hostname, without_certificate.verify_mode = False, ssl.CERT_NONE
async def ask(address, ask):
    async with rpc(address, connection_args={"ssl_context": without_certificate}) as node:
        for operation in ("run", "run_function"):
            asked = getattr(node, operation)(function=dumps(ask), args=dumps(()), wait=True)
            answer = await asyncio.wait_for(asked, 15)
            if "result" in answer or isinstance(answer, int):
                return operation
async def main():
    places = [f"127.0.0.1:{port}" for port in sys.argv[1:]]
    nodes = [f"{protocol}://{place}" for place in places for protocol in ("tcp", "tls")]
    tries = [asyncio.wait_for(ask(node, os.getuid), 40) for node in nodes]
    for answer in await asyncio.gather(*tries, return_exceptions=True):
        print(type(answer).__name__ if isinstance(answer, Exception) else answer)
asyncio.run(main())
"""


def listening() -> list[int]:
    """Return every port on which this process or one of its children listens."""
    me = psutil.Process()
    connections = [c for p in (me, *me.children(recursive=True)) for c in p.net_connections()]
    return [c.laddr.port for c in connections if c.status == psutil.CONN_LISTEN]


def answers(ports: list[int]) -> list[str]:
    """Return what an intruder gets from each port, over TCP and over TLS."""
    command = [sys.executable, "-c", INTRUDER, *map(str, ports)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600)
    words = ran.stdout.split()
    assert len(words) == 2 * len(ports), ran.stderr
    return words


def test_other_users_cannot_run_code_in_the_cluster():
    before = set(listening())
    with cluster.local(1) as client:
        ports = sorted(set(listening()) - before)
        assert client.submit(os.getpid).result() != os.getpid()
        assert len(ports) == 3  # scheduler, nanny and worker, but no dashboards
        assert not {"run", "run_function", "None"} & set(answers(ports))


def test_the_intruder_can_run_code_in_a_cluster_without_credentials():
    before = set(listening())
    with distributed.LocalCluster(1, host="127.0.0.1", dashboard_address=None):
        assert "run" in answers(sorted(set(listening()) - before))


def test_workers_import_from_a_private_folder():
    with cluster.local(1) as client:
        (place,) = client.run(lambda dask_worker: dask_worker.local_directory).values()
        private = next(p for p in Path(place).parents if p.name.startswith("grading-workers-"))
        assert private.stat().st_mode & 0o777 == 0o700
        assert private.stat().st_uid == os.getuid()
    assert not private.exists()


def test_a_clock_that_jumps_invalidates_no_worker_and_no_credentials():
    with cluster.local(1) as client:
        assert "worker-ttl" not in client.cluster.scheduler.periodic_callbacks
        certificate = x509.load_pem_x509_certificate(client.security.tls_ca_file.encode())
    assert (
        certificate.not_valid_before_utc.year < 1980 and certificate.not_valid_after_utc.year > 9000
    )


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory):
    """A scheduler that runs with TLS and has a worker."""
    scheduler = Dask(tmp_path_factory.mktemp("tls"))
    scheduler.start("worker", "--nthreads", "1")
    yield scheduler
    scheduler.close()


def test_a_scheduler_with_tls_is_used_with_dasks_own_configuration(encrypted):
    assert not cluster.is_open(encrypted.address)
    settings = dask.config.set(encrypted.settings)
    with settings, cluster.at(encrypted.address, grader_version) as client:
        assert client.submit(int, "7").result() == 7


def test_missing_credentials_are_an_error_that_says_what_to_set(encrypted):
    with pytest.raises(cluster.ClusterError, match="needs TLS credentials.*CLIENT__KEY"):
        with cluster.at(encrypted.address, grader_version):
            pass


def test_unreadable_credentials_are_an_error_that_names_the_file(encrypted, tmp_path):
    settings = dask.config.set(tls_settings(tmp_path))
    with settings, pytest.raises(cluster.ClusterError, match="No such file"):
        with cluster.at(encrypted.address, grader_version):
            pass
