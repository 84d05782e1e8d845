"""Start a JupyterHub on this machine, log two people in, and look at what each of them gets.

    hub/bin/python tools/hub/trial.py resnets.zip [--users ann ben]

The settings are those of `jupyterhub_config.py`, with two differences: any name may log in without
a password, and all run as the same user of the machine, in folders of their own. Run it with the
Python of the hub's environment (docs/install.md). It prints a line for each person, and ends with
status 1 unless everyone comes in at the start page, in a copy that nobody else can read.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, Request, build_opener

CONFIG = Path(__file__).resolve().parent / "jupyterhub_config.py"
START = "notebooks/0_start.ipynb"
PATIENCE = 180  # seconds for a start


class Person:
    """Somebody with a browser: cookies, and the addresses that they open.

    Args:
        hub: the hub's address, such as http://127.0.0.1:8000.
        name: of the user.
    """

    def __init__(self, hub: str, name: str) -> None:
        self.hub, self.name = hub, name
        self._browser = build_opener(HTTPCookieProcessor(CookieJar()))

    def open(self, path: str, form: dict | None = None) -> tuple[str, str]:
        """Return the address that a page leads to and its text; with a form, it is posted."""
        data = None if form is None else urllib.parse.urlencode(form).encode()
        with self._browser.open(Request(self.hub + path, data), timeout=60) as answer:
            return answer.geturl(), answer.read().decode()

    def log_in(self) -> None:
        """Log in with the name alone."""
        _, page = self.open("/hub/login")
        token = re.search(r'name="_xsrf"\s+value="([^"]+)"', page)
        self.open("/hub/login", {"username": self.name, "password": "", "_xsrf": token[1]})

    def wait_for_server(self) -> str:
        """Ask for the user's own server until it runs; return the address that opens then."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            address, _ = self.open("/hub/spawn")
            if f"/user/{self.name}/" in address:
                return address
            time.sleep(1)
        raise RuntimeError(f"{self.name}'s server did not start in {PATIENCE} s")

    def can_read(self, name: str, path: str) -> bool:
        """Return whether this person gets a notebook with cells from the server of user `name`."""
        try:
            _, text = self.open(f"/user/{name}/api/contents/{path}")
            return bool(json.loads(text)["content"]["cells"])
        except (OSError, ValueError):  # refused, or led to a page to log in
            return False


def main() -> int:
    """Run the trial; return 1 if somebody did not get the course."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("zip", type=Path, help="made by `python -m grading release`")
    parser.add_argument("--users", nargs="+", default=["ann", "ben"])
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="hub-") as folder,
        running(Path(folder), options.zip) as hub,
    ):
        people = [Person(hub, name) for name in options.users]
        arrived = [arrives(person) for person in people]
        private = [has_a_copy_alone(person, people) for person in people]
    return int(not all(arrived + private))


@contextmanager
def running(folder: Path, course: Path) -> Iterator[str]:
    """Run a hub that keeps everything in a folder; give its address."""
    (folder / "homes").mkdir()
    port, inner, api = free_ports(3)
    programs = Path(sys.prefix) / "bin"
    options = {
        "JupyterHub.bind_url": f"http://127.0.0.1:{port}",
        "JupyterHub.hub_port": inner,
        "ConfigurableHTTPProxy.api_url": f"http://127.0.0.1:{api}",
        "JupyterHub.authenticator_class": "dummy",
        "JupyterHub.spawner_class": "simple",
        "SimpleLocalProcessSpawner.home_dir_template": str(folder / "homes" / "{username}"),
    }
    command = [programs / "jupyterhub", "-f", CONFIG]
    command += [f"--{name}={value}" for name, value in options.items()]
    environment = {**os.environ, "COURSE_ZIP": str(course.resolve())}
    log = folder / "log"
    with log.open("w") as output:
        hub = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/hub/login", hub)
        yield f"http://127.0.0.1:{port}"
    except BaseException:
        print(log.read_text()[-4000:], file=sys.stderr)
        raise
    finally:
        hub.terminate()
        try:
            hub.wait(30)
        except subprocess.TimeoutExpired:  # it has ended the servers and the proxy by then
            hub.kill()
            hub.wait()


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that nobody listens at."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_for(address: str, hub: subprocess.Popen) -> None:
    """Return when a page can be opened.

    Raises:
        RuntimeError: the hub has ended, or needs too long.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and hub.poll() is None:
        try:
            build_opener().open(address, timeout=10).close()
            return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"{address} does not answer")


def arrives(person: Person) -> bool:
    """Log a person in; print and return whether they come in at the start page."""
    begun = time.monotonic()
    person.log_in()
    address = person.wait_for_server()
    print(f"{person.name}: at {address} after {time.monotonic() - begun:.0f} s")
    return address.partition("?")[0].endswith(f"/user/{person.name}/lab/tree/{START}")


def has_a_copy_alone(person: Person, people: list[Person]) -> bool:
    """Print who can read a person's copy of the course, and return whether only they can."""
    readers = [reader.name for reader in people if reader.can_read(person.name, START)]
    print(f"{person.name}'s copy can be read by {', '.join(readers) or 'nobody'}")
    return readers == [person.name]


if __name__ == "__main__":
    sys.exit(main())
