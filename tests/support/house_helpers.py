"""Helpers for tests/house: the course's files, the commands in its pages, a running lab."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest

from images.lab import BROWSERS
from tools.notebooks.files import read_notebook
from tools.setup import environment

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))
PAGES = ("README.md", "CONTRIBUTING.md", *DOCS)
"""The pages whose commands are run."""
LESSON = "notebooks/1_vanishing_gradients.ipynb"
START = "notebooks/0_start.ipynb"
PROGRAMS = "make|sudo|brew|bash|conda|jupyter|py|python3|git|pip"

BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)


def needs_browser(test):
    """Mark a test that opens a page in a real browser."""
    reason = f"none of {', '.join(BROWSERS)} is installed"
    return pytest.mark.browser(pytest.mark.skipif(BROWSER is None, reason=reason)(test))


@contextmanager
def browser_page(*arguments, **options):
    """Give an empty page of a browser without a window.

    `arguments` go to the browser, `options` to playwright's new_page.
    """
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", *arguments]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=arguments)
        page = browser.new_page(**{"viewport": {"width": 1280, "height": 1000}, **options})
        page.set_default_timeout(120_000)
        yield page
        browser.close()


@contextmanager
def watched_page(lab, *arguments):
    """Give a page that may see no console error, and send no request to another machine."""
    from playwright.sync_api import expect

    def leaves(address):
        return not address.startswith((lab.server, "data:", "blob:"))

    expect.set_options(timeout=120_000)
    errors, left = [], []
    with browser_page(*arguments) as page:
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda r: left.append(r.url) if leaves(r.url) else None)
        yield page
    assert errors == [] and left == []


def course_files(*options):
    """Return relative paths of the course's files: those in git, or all that are not ignored."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode == 0 and listed.stdout:
        names = listed.stdout.rstrip("\0").split("\0")
        return [Path(name) for name in names if (ROOT / name).is_file()]
    ignored = {".git", ".venv", ".lab", "__pycache__", ".pytest_cache", ".ruff_cache"}
    return [
        path.relative_to(ROOT)
        for path in ROOT.rglob("*")
        if path.is_file() and not ignored.intersection(path.relative_to(ROOT).parts)
    ]


def course_copy(folder):
    """Copy the course's files into a folder with blanks in its name; return the copy."""
    copy = folder / "a copy of the course"
    for path in course_files("--cached", "--others", "--exclude-standard"):
        (copy / path.parent).mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, copy / path)
    return copy


def commands(page):
    """Return every command on a page: those in shell blocks, and those inside sentences.

    A block that starts with `cd` is one command. In other blocks each line is one, or several lines
    if a quote spans them.
    """
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:bash|bat)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    found = []
    for block in blocks:
        if block.startswith("cd "):
            found.append(block.strip())
            continue
        waiting = ""
        for line in block.splitlines():
            waiting += line
            try:
                shlex.split(waiting.replace("\\", "/"))
            except ValueError:
                waiting += "\n"
                continue
            found.append(waiting)
            waiting = ""
        assert not waiting, f"{page}: a quote stays open in {waiting!r}"
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    found += re.findall(rf"`((?:{PROGRAMS}) [^`]+)`", prose)
    return list(dict.fromkeys(command for command in found if command.strip()))


def example_marks():
    """Return the marks of the example class in docs/teach.md, a line for each student."""
    page = (ROOT / "docs" / "teach.md").read_text(encoding="utf-8")
    block = re.search(r"^```\n(ann: .*?)^```", page, re.MULTILINE | re.DOTALL).group(1)
    return dict(line.split(": ", 1) for line in block.splitlines())


def ready_environment():
    """Return the environment the tests run in, if the set-up made it; skip the test otherwise.

    Under `make test` it always did. By hand, another environment must not be touched.
    """
    action, reason = environment.look("test", sys.prefix)
    if action != "ready":
        assert "MAKELEVEL" not in os.environ, reason
        pytest.skip(f"this environment was not made by the set-up ({reason}); run `make test`")
    return sys.prefix


def plain_environment(home):
    """Return environment variables for a command, without those of make and of the tests."""
    dropped = re.compile(
        r"MAKE|MFLAGS|PYTEST|COV_|VENV$|PYTHON$|ARGS$|TESTS$|WORKERS$|SIGNS_DIR$|JUPYTER|JPY_"
        r"|IPYTHONDIR|KERAS_|MPL|TF_|OMP_"
    )
    kept = {name: value for name, value in os.environ.items() if not dropped.match(name)}
    path = ":".join(
        folder for folder in kept["PATH"].split(":") if not folder.startswith(sys.prefix)
    )
    return {**kept, "PATH": path, "HOME": str(home), "BROWSER": "true"}


class Lab:
    """A JupyterLab that a command starts, and that ends with the `with` block.

    JupyterLab looks for a free port long before it listens there, so two that start together can
    choose the same one. Each worker of the suite therefore has ports of its own.
    """

    def __init__(self, command, folder, env, timeout=180):
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        env = {**env, "JUPYTER_PORT": str(8888 + 100 * worker)}
        self.command, self.folder, self.env, self.timeout = command, folder, env, timeout

    def __enter__(self):
        self.log = (self.folder.parent / f"lab-{time.monotonic_ns()}.log").open("w+")
        self.process = subprocess.Popen(
            self.command,
            shell=isinstance(self.command, str),
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            self.address = self._wait_for_address()
            parts = re.match(r"(.*?)/(lab.*)\?token=(\w+)", self.address)
            self.server, _, self.token = parts.groups()
            status = self.get("/api/status")
            assert status == 200, f"{self.server} answers {status} to its own token"
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait_for_address(self):
        """Return the address JupyterLab prints, http://127.0.0.1:PORT/lab...?token=..."""
        end = time.monotonic() + self.timeout
        while time.monotonic() < end and self.process.poll() is None:
            found = re.search(r"http://127\.0\.0\.1:\d+/lab\S*\?token=\w+", self.said())
            if found and "Use Control-C" in self.said():
                return found.group(0)
            time.sleep(0.1)
        raise AssertionError(f"{self.command} did not start JupyterLab:\n{self.said()}")

    def said(self):
        """Return everything the command has printed."""
        return Path(self.log.name).read_text()

    def get(self, path, token=True):
        """Return the HTTP status of a GET, with the token or without."""
        headers = {"Authorization": f"token {self.token}"} if token else {}
        request = urllib.request.Request(self.server + path, headers=headers)
        end = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return answer.status
            except urllib.error.HTTPError as error:
                return error.code
            except urllib.error.URLError:  # JupyterLab prints its address before it listens
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.2)

    def open(self, page, path):
        """Open a notebook of the folder on a page, and wait until its kernel is idle."""
        page.goto(f"{self.server}/lab/tree/{path}?token={self.token}&reset")
        idle = '.jp-Notebook-ExecutionIndicator[data-status="idle"]'
        page.wait_for_selector(idle, state="attached")

    def __exit__(self, *error):
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                break
            end = time.monotonic() + 20
            while self._answers() and time.monotonic() < end:
                time.sleep(0.1)
        self.process.wait()
        self.log.close()

    def _answers(self):
        """Return whether make or the server that it started is still running."""
        if self.process.poll() is None:
            return True
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", self.said())
        with socket.socket() as probe:
            return bool(found) and probe.connect_ex(("127.0.0.1", int(found.group(1)))) == 0


def path_with_scripts():
    """Return PATH with this interpreter's folder first: nbgrader calls alembic by its name."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


@contextmanager
def running_lab(folder, notebooks):
    """A JupyterLab in a copy of the course, with further notebooks by their path in the course."""
    (folder / "home").mkdir()
    course = course_copy(folder)
    for name, notebook in notebooks.items():
        (course / name).parent.mkdir(exist_ok=True)
        nbformat.write(notebook, course / name)
    env = {**plain_environment(folder / "home"), "VENV": ready_environment()}
    with Lab('make lab ARGS="--no-browser"', course, env) as lab:
        yield lab


def shortened(path, ids):
    """Return a lesson with these cells only, in this order and without outputs."""
    notebook = read_notebook(path)
    cells = {cell.id: cell for cell in notebook.cells}
    notebook.cells = [cells[cell_id] for cell_id in ids]
    for cell in notebook.cells:
        cell.outputs, cell.execution_count = [], None
    return notebook
