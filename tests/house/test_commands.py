"""Every command that README, CONTRIBUTING and docs/ name is run here, or shown to be what it says.

A command that no pattern below knows fails the test: write how it is exercised, or leave it out.
"""

import filecmp
import functools
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import dask
import pytest
import yaml
from house_helpers import (
    BROWSER,
    LESSON,
    PAGES,
    ROOT,
    START,
    Lab,
    commands,
    course_copy,
    example_marks,
    plain_environment,
    ready_environment,
)
from PIL import Image
from proof_sizes import sampled

from images import screenshot_widgets
from resnets.exercises import EXERCISES

pytestmark = pytest.mark.slow


class Place:
    """A copy of the course in a folder with blanks in its name, and the environment to run in."""

    def __init__(self, folder):
        self.folder = course_copy(folder)
        home = folder / "home"
        home.mkdir()
        self.env = {**plain_environment(home), "VENV": ready_environment()}
        elsewhere = folder / "another disk" / "resnets"
        elsewhere.parent.mkdir()
        elsewhere.symlink_to(self.env["VENV"])
        # What a page can only show as an example.
        self.examples = {
            "/path/with/space/resnets": shlex.quote(str(elsewhere)),
            "/path/to/python3.12": shlex.quote(sys.executable),
            "../.venv/bin/python": shlex.quote(sys.executable),
        }

    @functools.cached_property
    def classroom(self):
        """Another copy, where submissions and results may lie without being in the way."""
        folder = self.folder.parent / "class"
        folder.mkdir()
        return Place(folder)

    def run(self, command, status=0, **env):
        """Run a page's command as a person would; return what it prints."""
        for example, real in self.examples.items():
            command = command.replace(example, real)
        done = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        assert done.returncode == status, done.stdout[-3000:]
        return done.stdout

    @functools.cache  # noqa: B019  (there is one place, which lasts as long as the tests)
    def once(self, command):
        """Run a command that several of the pages' commands lead to; return what it prints."""
        return self.run(command)

    def dry(self, command):
        """Return the last line `make` would run for a command."""
        said = self.run(command.replace("make ", "make --no-print-directory -n ", 1))
        return said.replace("\\\n", "").splitlines()[-1]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return Place(tmp_path_factory.mktemp("commands"))


# --- how each kind of command is exercised ---------------------------------------------------


def lab_starts(place, command):
    """JupyterLab runs, on the start page or a named notebook, and refuses a page without token."""
    for example, real in place.examples.items():
        command = command.replace(example, real)
    with Lab(command, place.folder, place.env) as lab:
        asked = re.search(r"notebooks/[\w/]+\.ipynb", command)
        assert lab.get(f"/api/contents/{asked.group(0) if asked else START}?content=0") == 200
        assert lab.get("/api/contents?content=0", token=False) == 403
        if not asked:
            assert f"/lab/tree/{START}?" in lab.address
        port = re.search(r"--port (\d+)", command)
        if port:
            busy = f"port {port.group(1)} is already in use" in lab.said()
            assert lab.server.endswith(":" + port.group(1)) or busy


def lab_would_start(place, command):
    """What differs from plain `make lab` reaches JupyterLab or the set-up as it was written."""
    line = place.dry(command)
    asked = re.search(r'ARGS="(.*)"', command)
    assert f"set -- {asked.group(1) if asked else ''};" in line
    assert f'--LabApp.default_url=/lab/tree/{START} "$@"' in line
    assert "SIGNS_DIR" not in line  # a folder of one's own reaches the lessons


def checks_are_collected(place, command):
    """pytest starts over the right paths and finds checks to run."""
    few = "notebooks/solutions tests/house"  # to import all tests takes half a minute
    some = {} if "TESTS=" in command else {"TESTS": sampled(few, "notebooks/solutions tests")}
    options = "--collect-only -qq -p no:cacheprovider"
    # Every process would collect all tests.
    said = place.run(command, PYTEST_ADDOPTS=options, WORKERS="0", **some)
    assert re.search(r"^(tests|notebooks/solutions)/\S+: \d+$", said, re.MULTILINE), said[-2000:]
    if "TESTS=" not in command:
        assert "tests/house/test_files.py" in said or "-k" in command


def pytest_would_start(place, command):
    """What differs from plain `make test` reaches pytest as it was written."""
    line = place.dry(command)
    asked = re.search(r'ARGS="(.*)"', command)
    workers = re.search(r"WORKERS=(\d)", command)
    assert line.endswith(f" {asked.group(1) if asked else ''} notebooks/solutions tests"), line
    assert f"-m pytest -n {workers.group(1) if workers else 2} --dist loadscope " in line


def tool_is_called(place, command):
    """`make solutions` would call the pipeline with these lessons (its own tests run it)."""
    wanted = re.search(r"ARGS=\"?([\d ]+)", command)
    line = place.dry(command)
    lessons = f" {wanted.group(1).strip()}" if wanted else ""
    assert line.rstrip().endswith(f"-m tools.notebooks solutions{lessons}"), line
    help_text = place.once(f'"{sys.executable}" -m tools.notebooks --help')
    assert "solutions" in help_text and "release" in help_text


def copies_stay_the_same(place, command):
    """The learner's copies in the repository are those that the command writes."""
    place.run(command)
    for lesson in sorted((ROOT / "notebooks").glob("*.ipynb")):
        assert filecmp.cmp(lesson, place.folder / "notebooks" / lesson.name, shallow=False)


def figures_are_drawn(place, command):
    """A figure that is gone comes back as it was."""
    kept = {path.name: path.read_bytes() for path in (place.folder / "images").glob("*.svg")}
    (place.folder / "images" / "skip_connection.svg").unlink()
    place.run(f"{command} ARGS=skip_connection")
    for name, content in kept.items():
        assert (place.folder / "images" / name).read_bytes() == content


def locks_are_asked_for(place, command):
    """uv is asked for all locked files, with hashes and without a trace of the machine."""
    uv = place.folder.parent / "uv"
    uv.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "uv 99.0.0" || echo "uv $*"\n')
    uv.chmod(0o755)
    asked = [line for line in place.run(command, UV=str(uv)).splitlines() if line[:3] == "uv "]
    outputs = ("requirements.txt", "requirements-dev.txt", "tools/setup/uv.txt")
    for line, output in zip(asked, outputs, strict=True):
        assert f"-o {output}" in line
        for option in ("--universal", "--generate-hashes", "--no-header", "--no-emit-index-url"):
            assert option in line
        assert ("--upgrade" in line) == ("--upgrade" in command)
    assert "is no uv" in place.run(command, UV="/nowhere/uv", status=2)


def caches_go(place, command):
    """The environment and the caches go; everything else stays."""
    copy = course_copy(place.folder.parent / "to clean")
    for name in (".venv/bin", ".lab/config", "tests/__pycache__", ".ruff_cache"):
        (copy / name).mkdir(parents=True)
    (copy / "notebooks" / "mine.ipynb").write_text("my work")
    before = {path for path in copy.rglob("*") if path.is_file()}
    subprocess.run(command, shell=True, cwd=copy, env=place.env, check=True, capture_output=True)
    assert {path for path in copy.rglob("*") if path.is_file()} == before
    left = {path.name for path in copy.rglob("*") if path.is_dir()}
    assert not left & {".venv", ".lab", "__pycache__", ".ruff_cache"}


def lint_passes(place, command):
    """ruff has nothing to say about modules and notebooks, and `make format` nothing to change."""
    before = {path: path.read_bytes() for path in place.folder.rglob("*.py")}
    place.run(command)
    assert before == {path: path.read_bytes() for path in place.folder.rglob("*.py")}


def speeds_would_be_compared(place, command):
    """`make bench` would run a script that can be run."""
    assert "benchmarks/speed.py" in place.dry(command)
    assert "--rounds" in place.once('make bench ARGS="--help"')


def help_lists_all(place, command):
    """Every command of the Makefile is listed with what it does."""
    said = place.run(command)
    for target in re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE):
        assert re.search(rf"make {target} +\w", said), target


def ci_runs(place, command):
    """.ci/run installs only what is missing, calls make test, and returns its status."""
    ci(place, present=("dot", "chromium", "fc-list"), installed=())
    asked = ci(place, present=("dot", "fc-list"), installed=("chromium",), status=7)
    assert asked[-1] == "make test ARGS=-rs '-k' 'a or b'"


def ci(place, present, installed, status=0):
    """Run .ci/run on a pretended machine; return the commands that it gave."""
    folder = place.folder.parent / f"machine-{len(present)}"
    folder.mkdir()
    for name in ("bash", "dirname", "id", "tail", "rm", "grep", "env", "python3", "sh", "cat"):
        real = sys.executable if name == "python3" else shutil.which(name)
        (folder / name).symlink_to(real)
    record = folder / "record"
    for name in (*present, "make", "apt-get", "sudo"):
        run = {"sudo": 'shift; exec "$@"', "fc-list": "echo DejaVu"}.get(name, "")
        if name in ("make", "apt-get"):
            run = f'echo "{name} $*" >> "{record}"; exit {status if name == "make" else 0}'
        (folder / name).write_text(f"#!/bin/sh\n{run}\n")
        (folder / name).chmod(0o755)
    arguments = ["-k", "a or b"] if status else []
    done = subprocess.run(
        [shutil.which("bash"), place.folder / ".ci" / "run", *arguments],
        env={"PATH": str(folder), "HOME": str(folder)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == status, done.stdout + done.stderr
    asked = record.read_text().splitlines()
    packages = {word for line in asked if " install " in line for word in line.split()}
    assert packages.issuperset(installed)
    assert bool(installed) == any(line.startswith("apt-get") for line in asked)
    assert not packages & {"graphviz", "make", "python3-venv"}
    return asked


def marks_are_shown(place, command):
    """The check sees a solved lesson pass, and an empty one say what is missing."""
    copy = place.folder / "notebooks" / "2_identity_block.ipynb"
    stub = copy.read_bytes()
    try:
        shutil.copy(place.folder / "notebooks" / "solutions" / copy.name, copy)
        said = place.run(command)
    finally:
        copy.write_bytes(stub)
    assert "pass" in said.lower(), said
    said = place.run(command, status=1)
    assert "LessonNotReady" in said


def environment_is_built(place, command):
    """The environment that `make test` uses is there afterwards, grading's packages in it."""
    place.run(command)
    place.run('"$VENV/bin/python" -c "import distributed, jinja2, nbgrader"')


def course_is_packed(place, command):
    """The zip is there, and the solved lessons are not in it."""
    place.run(command.replace(".venv/bin/python", shlex.quote(sys.executable)))
    with zipfile.ZipFile(place.folder / "OUT" / "resnets.zip") as packed:
        names = packed.namelist()
    assert f"resnets/{LESSON}" in names and not [name for name in names if "solutions" in name]


def class_is_marked(place, command):
    """Two students of the example class get what docs/teach.md shows; the rest of it follows."""
    from grading.sandbox.isolation import why_impossible

    if why_impossible():
        pytest.skip(f"this machine cannot isolate: {why_impossible()}")
    folder, promised = place.classroom.folder, example_marks()
    # Noa handed in lesson 2, solved.
    earned = [entry.points if entry.lesson == 2 else 0 for entry in EXERCISES.values()]
    said = run_on_class(place.classroom, command)
    if " example " in command:
        assert said.endswith(f": {', '.join(promised)}\n")
    elif " --only " in command:
        assert f"noa: {promised['noa'].split()[0]}" in said
    elif " grade " in command:
        for student in ("hugo", "noa"):
            assert f"{student}: {promised[student]}" in said
        grades = (folder / "RESULTS" / "grades.csv").read_text()
        points = [exercise.points for exercise in EXERCISES.values()]
        row = [*(f"{mark:g}" for mark in earned), f"{sum(earned):.1f}", f"{sum(points):.1f}"]
        assert f"noa,graded,{','.join(row)}," in grades
        assert "hugo,unreadable" in grades
    elif " report " in command:
        teach = (ROOT / "docs" / "teach.md").read_text(encoding="utf-8")
        for page in re.findall(r"`([\w.]+[.]html)`", teach):
            assert (folder / "RESULTS" / page).stat().st_size > 10_000
        pages = {path.name for path in (folder / "RESULTS" / "feedback").iterdir()}
        assert pages == {"hugo.html", "noa.html"}
    else:
        assert "1 students written to FOLDER" in said
        results = json.loads((folder / "FOLDER" / "noa" / "results.json").read_text())
        assert [test["score"] for test in results["tests"]] == earned


def run_on_class(classroom, command):
    """Run a command on two students of the example class, after the commands that it needs."""
    submissions, needed = classroom.folder / "SUBMISSIONS", ""
    if " example " in command:
        shutil.rmtree(submissions, ignore_errors=True)
    elif " grade " in command:
        needed = "" if submissions.exists() else " example "
    elif not (classroom.folder / "RESULTS").exists():
        needed = " grade "
    if needed:
        run_on_class(classroom, next(line for line in NAMED if needed in line))
    said = classroom.run(command.replace(".venv/bin/python", shlex.quote(sys.executable)))
    if " example " in command:
        for entry in submissions.iterdir():
            if entry.stem not in ("hugo", "noa"):  # whom marking takes a few seconds
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    return said


def cluster_with_tls_works(place, command):
    """The page's recipe as a whole: its command for a certificate, its lines, its variables."""
    from grading import cluster
    from grading.version import grader_version

    pages = [(ROOT / name).read_text(encoding="utf-8") for name in PAGES]
    (page,) = (text for text in pages if "TLS=" in text)
    block = re.search(r"^TLS=(.|\n)*?(?=^```)", page, re.MULTILINE).group()
    assert command in block
    place.run(re.search(r"`(openssl req .*?)`", page, re.DOTALL).group(1).replace("\n", " "))
    options, scheduler, worker, *exports = block.splitlines()
    settings = "; ".join(exports).replace("=cert.pem", '="$PWD/cert.pem"')
    settings = settings.replace("=key.pem", '="$PWD/key.pem"')
    said = place.run(f"{settings}; env -0 | grep -z ^DASK_")
    env = dict(line.split("=", 1) for line in said.strip("\0").split("\0"))
    assert len(env) == 3
    start = functools.partial(cluster_process, place, options)
    started = [start(f"{scheduler} --port 0")]
    try:
        said = next(line for line in started[0].stderr if "Scheduler at:" in line)
        address = re.search(r"tls://\S+", said).group()
        started.append(start(worker.replace("ADDRESS", address)))
        with (
            dask.config.set(dask.config.merge(dask.config.config, dask.config.collect_env(env))),
            cluster.at(address, grader_version) as client,
        ):
            assert len(client.scheduler_info()["workers"]) == 1
    finally:
        for process in started:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stderr.close()


def cluster_process(place, options, line):
    """Start one of Dask's processes by a page's line, after the line that sets `options`."""
    line = line.replace(".venv/bin/python", f"exec {shlex.quote(sys.executable)}", 1)
    return subprocess.Popen(
        f"{options}; {line} --host 127.0.0.1 --no-dashboard", shell=True, cwd=place.folder,
        env=place.env, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def windows_line_holds(place, command):
    """The same line with this system's paths: the environment is what the lock says."""
    line = command.replace("\\", "/").replace(".venv/Scripts/python", shlex.quote(sys.executable))
    if "jupyterlab" in line:
        root = " --allow-root" if os.getuid() == 0 else ""
        return lab_starts(place, f"{line} --no-browser{root}")
    if line.startswith("py "):
        line = line.replace("py -3.11", shlex.quote(sys.executable)) + " --without-pip"
        place.run(f"cd .. && {line}")
        assert (place.folder.parent / ".venv" / "pyvenv.cfg").exists()
        return None
    said = place.run(f"{line} --dry-run --no-index --no-deps")
    assert "Would install" not in said and "tensorflow==" in said
    return None


def conda_line_holds(place, command):
    """No conda here: the file that is named exists, and so does the environment's name in it."""
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    words = command.split()
    if words[:3] == ["conda", "env", "create"]:
        assert words[3:] == ["-f", "environment.yml"]
    else:
        assert words == ["conda", "activate", environment["name"]]


def jupyter_line_holds(place, command):
    """The `jupyter` of an activated environment opens the notebook."""
    root = " --allow-root" if os.getuid() == 0 else ""
    env = {**place.env, "PATH": f"{sys.prefix}/bin:{place.env['PATH']}"}
    with Lab(f"{command} --no-browser{root}", place.folder, env) as lab:
        assert lab.get(f"/api/contents/{LESSON}?content=0") == 200


def hub_line_holds(place, command):
    """No JupyterHub here; `test_hub.py` runs the course's own part, its settings and its script."""
    files = re.findall(r"tools/hub/\w+\.py|requirements\.txt", command)
    assert all((place.folder / name).is_file() for name in files)
    if "trial.py" in command:
        said = place.run(f"{shlex.quote(sys.executable)} tools/hub/trial.py --help")
        assert "made by `python -m grading release`" in said
    elif "pip install jupyterhub" in command:
        assert re.fullmatch(r".* install( [a-z-]+==[\d.]+)+", command)
    else:
        assert files or command == "python3.11 -m venv /srv/hub"


def switch_is_the_graders(place, command):
    """The switch of Linux is the one that the grader looks at when it cannot isolate."""
    from grading.sandbox.isolation import APPARMOR_SWITCH

    name = command.split()[-1].removesuffix("=0")
    assert APPARMOR_SWITCH == Path("/proc/sys") / name.replace(".", "/")


def system_package_is_known(place, command):
    """The packages that the set-up and .ci/run speak of."""
    package = command.split()[-1]
    assert package in ("graphviz", "python3.11-venv")


def stored_data_is_current(place, command):
    """The whole takes minutes: here texts alone are renewed, or what is stored is in force."""
    if command.endswith("mistake_index"):
        read = "from grading.judge.mistake_index import main, table; print(len(table()))"
        assert int(place.run(f'"{sys.executable}" -c "{read}" 2> /dev/null')) > 300
        return
    file = place.folder / "resnets/mistakes.json"
    for exercise in re.findall(r"fingerprints (\w+)", command):
        assert exercise in json.loads(file.read_text(encoding="utf-8"))
    before = file.read_bytes()
    file.write_text("{}")
    place.run(f'"{sys.executable}" -m grading.catalogue.fingerprints --texts')
    assert file.read_bytes() == before


def screenshots_are_taken(place, command):
    """The images on the pages show what new ones would."""
    if BROWSER is None:
        pytest.skip("no browser is installed")
    names = ["check_names_a_mistake"]
    if command.endswith("_widgets"):
        names = list(screenshot_widgets.SHOTS)[: sampled(1, None)]
        command = " ".join([command, *names])
    images = [place.folder / "images" / f"{name}.png" for name in names]
    for image in images:
        image.unlink()
    place.run(command.replace(".venv/bin/python", shlex.quote(sys.executable)))
    for image in images:
        with Image.open(image) as taken, Image.open(ROOT / "images" / image.name) as shown:
            assert taken.text["Description"] == shown.text["Description"]
            assert abs(taken.height - shown.height) < 40 and abs(taken.width - shown.width) < 40


def machine_is_asked(place, command):
    assert place.run(command).strip()


HOW = (
    (r"make", help_lists_all),
    (r"make test|make test (TESTS|PYTHON).*", checks_are_collected),
    (r"make test (WORKERS|ARGS|THOROUGH).*", pytest_would_start),
    (r"make lab|make lab (VENV|ARGS=\"--no-browser).*", lab_starts),
    (r"SIGNS_DIR=\S+ make lab", lab_would_start),
    (r"make lab (PYTHON|INSTALLER|ARGS=\"--ip|ARGS=\"--port|ARGS=\"note).*", lab_would_start),
    (r"make solutions.*", tool_is_called),
    (r"make release", copies_stay_the_same),
    (r"make figures", figures_are_drawn),
    (r"make lock.*", locks_are_asked_for),
    (r"make clean", caches_go),
    (r"make (lint|format)", lint_passes),
    (r"make bench.*", speeds_would_be_compared),
    (r"make env-test", environment_is_built),
    (r"bash \.ci/run", ci_runs),
    (r"\.venv/bin/python -m grading release .*", course_is_packed),
    (r"\.venv/bin/python -m grading (?!release).*", class_is_marked),
    (
        r"\.venv/bin/python -m grading\.(catalogue\.fingerprints( \w+)?|judge\.mistake_index)",
        stored_data_is_current,
    ),
    (r"\.venv/bin/python -m images\.screenshot_(check|widgets)", screenshots_are_taken),
    (r"(TLS=|export DASK_|\.venv/bin/python -m dask ).*", cluster_with_tls_works),
    (r"cd notebooks\nPYTHONPATH=(.|\n)*", marks_are_shown),
    (r"py .*|\.venv\\Scripts\\.*", windows_line_holds),
    (r"conda .*", conda_line_holds),
    (r"(COURSE_ZIP=\S+ )?/srv/hub/bin/.*|python3\.11 -m venv /srv/hub", hub_line_holds),
    (r"jupyter .*", jupyter_line_holds),
    (r"sudo sysctl .*=0", switch_is_the_graders),
    (r"sudo apt install .*|brew install .*", system_package_is_known),
    (r"python3 -c .*", machine_is_asked),
)
NAMED = list(dict.fromkeys(command for page in PAGES for command in commands(page)))


@pytest.mark.parametrize("command", [*NAMED, "make"])
def test_command(place, command):
    ways = [how for pattern, how in HOW if re.fullmatch(pattern, command)]
    assert len(ways) == 1, f"say in HOW how {command!r} is exercised"
    ways[0](place, command)


def test_the_pages_name_what_they_should():
    assert {"make lab", "make test", "bash .ci/run"} <= set(NAMED)
    assert len(NAMED) > 20


def test_a_foreign_configuration_stays_out(place):
    """Settings in the user's home that would break or change a lesson have no effect."""
    home = place.folder.parent / "hostile home"
    for name, text in {
        ".jupyter/jupyter_server_config.py": "raise SystemExit('the user configuration was read')",
        ".jupyter/jupyter_server_config.json": '{"ServerApp": {"root_dir": "/nowhere"}}',
        ".keras/keras.json": '{"backend": "torch", "image_data_format": "channels_first"}',
        ".local/share/jupyter/kernels/python3/kernel.json": '{"argv": ["false"]}',
        ".config/matplotlib/matplotlibrc": "image.cmap: jet",
        "site/sitecustomize.py": "raise SystemExit('the user path was read')",
        "site/numpy.py": "raise SystemExit('a foreign numpy was read')",
    }.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    env = {**place.env, "HOME": str(home), "PYTHONPATH": str(home / "site")}
    with Lab("make lab ARGS=--no-browser", place.folder, env) as lab:
        assert lab.get(f"/api/contents/{LESSON}?content=0") == 200
        runtime = Path(place.folder / ".lab" / "runtime")
        running = [json.loads(path.read_text()) for path in runtime.glob("jpserver-*.json")]
        (server,) = (one for one in running if one["token"] == lab.token)
        environ = Path(f"/proc/{server['pid']}/environ")
        if environ.exists():  # Linux
            pairs = dict(pair.split("=", 1) for pair in environ.read_text().split("\0") if pair)
            assert pairs["KERAS_BACKEND"] == "tensorflow"
            assert not {"PYTHONPATH", "JUPYTER_PATH"} & set(pairs)
            for name in ("KERAS_HOME", "MPLCONFIGDIR", "IPYTHONDIR", "JUPYTER_CONFIG_DIR"):
                assert pairs[name].startswith(str(place.folder))


def test_make_says_in_one_line_that_there_is_no_python(place, tmp_path):
    """`make` itself has the one line when not even the set-up can start."""
    for name in ("sh", "id", "echo"):
        (tmp_path / name).symlink_to(shutil.which(name))
    done = subprocess.run(
        [shutil.which("make"), "lab"],
        cwd=place.folder,
        env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    first, *rest = done.stderr.splitlines()
    assert first.startswith("Set-up stopped: no Python was found; install Python 3.11")
    assert all(line.startswith("make") for line in rest)
