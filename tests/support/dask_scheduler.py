"""A Dask scheduler with TLS and its workers, each in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from grading import cluster

ROOT = Path(__file__).resolve().parents[2]
TLS = ("--tls-ca-file", "cert.pem", "--tls-cert", "cert.pem", "--tls-key", "key.pem")


class Dask:
    """A scheduler and workers on the loopback interface; they know each other by a certificate.

    Attributes:
        address: where the scheduler listens.
        settings: Dask's configuration for a client of this scheduler.
    """

    def __init__(self, folder: Path) -> None:
        credentials = cluster.security_of_a_run()
        (folder / "cert.pem").write_text(credentials.tls_ca_file)
        (folder / "key.pem").write_text(credentials.tls_client_key)
        self.settings = tls_settings(folder)
        self.file = folder / "scheduler.json"
        self.log = open(folder / "dask.log", "wb")
        self.started = []
        self.start("scheduler", "--port", "0", "--no-show", "--no-jupyter")
        self.address = address_in(self.file, self.started[0])

    def start(self, kind: str, *options: str) -> subprocess.Popen:
        """Start one process in a session of its own."""
        command = [sys.executable, "-m", "dask", kind, *options, "--host", "127.0.0.1"]
        command += ["--protocol", "tls", *TLS, "--scheduler-file", str(self.file), "--no-dashboard"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            command, env=environment, cwd=self.file.parent, stdout=self.log, stderr=self.log,
            start_new_session=True,
        )  # fmt: skip
        self.started.append(process)
        return process

    def close(self) -> None:
        """Kill all started processes and their children."""
        for process in self.started:
            kill(process)
        self.log.close()


def tls_settings(folder: Path) -> dict[str, str]:
    """Return Dask's configuration for a client whose credentials are in `folder`."""
    keys = {"ca-file": "cert", "client.cert": "cert", "client.key": "key"}
    return {f"distributed.comm.tls.{k}": str(folder / f"{v}.pem") for k, v in keys.items()}


def kill(process: subprocess.Popen) -> None:
    """Kill a process and its session, as the failure of a machine would."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def address_in(file: Path, process: subprocess.Popen, seconds: float = 120) -> str:
    """Return the address in a scheduler's file, which it creates first and writes later."""
    end = time.monotonic() + seconds
    while True:
        try:
            return json.loads(file.read_text())["address"]
        except (FileNotFoundError, json.JSONDecodeError):
            assert process.poll() is None, "the scheduler has ended"
            assert time.monotonic() < end, "the scheduler did not start"
            time.sleep(0.1)
