"""Hostile submissions: each gets the marks that its code deserves, and does no harm."""

from __future__ import annotations

import json
import resource
import socket
import threading
import time
from pathlib import Path

import keras
import pytest

from grading.judge.judge import Judge
from grading.judge.marking import mark_exercise
from grading.judge.references import reference_model
from grading.judge.session import Session
from grading.programs import hostile
from grading.results import rubric
from grading.sandbox.isolation import Limits, why_impossible
from grading.sandbox.job import Notebook
from grading.sandbox.sandbox import ROOT, Sandbox

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_impossible() is not None, reason=str(why_impossible())),
]
SECRET = "another student's work"
GRADER = (
    "catalogue/reference_blocks.py",
    "catalogue/reference_resnet50.py",
    "judge/mistake_index.json",
    "results/rubric.toml",
)
LEFT = ("written-by-a-student", "system", "trap")


class Listener(threading.Thread):
    """A port on this machine that counts connections."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port, self.calls = self.socket.getsockname()[1], 0

    def run(self) -> None:
        while True:
            self.socket.accept()[0].close()
            self.calls += 1


class Class:
    """One sandbox and judge for all attacks, and the files and ports that they could harm."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.sandbox, self.judge, self.listener = sandbox, Judge(), Listener()
        self.listener.start()
        self.outside = folder / "outside"
        self.outside.mkdir(mode=0o777)
        self.outside.chmod(0o777)
        secret = self.outside / "secret-of-another-student.ipynb"
        secret.write_text(SECRET)
        first = {"f": 3, "filters": [3, 5, 7], "stage": 4, "block": "c", "input": [8, 9, 7]}
        self.places = {
            "outside": str(self.outside),
            "repository": str(ROOT),
            "secret": secret.name,
            "secret_path": str(secret),
            "port": str(self.listener.port),
            "first": reference_model("identity_block", {**first, "seed": 1}).to_json(),
        }
        self.before = self.state()
        self.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def mark(self, attack: hostile.Attack, seed: int = 5):
        """Return the mark for an attack, with points."""
        cells = [self._filled_in(cell) for cell in attack.cells()]
        notebooks = [Notebook("2_identity_block.ipynb", cells)]
        session = Session(notebooks, self.sandbox, self.judge, seed, 1)
        mark = mark_exercise(session, "identity_block")
        rubric.apply(rubric.read(), {"identity_block": mark})
        return mark

    def _filled_in(self, text: str) -> str:
        for name, value in self.places.items():
            text = text.replace(f"<{name}>", value)
        return text

    def state(self) -> dict:
        """Return everything that an attack must not change."""
        folders = (self.outside, Path("/"), Path("/tmp"), Path("/usr"), Path("/etc"), ROOT)
        return {
            "written": [f / name for f in folders for name in LEFT if (f / name).exists()],
            "secret": [path.read_text() for path in sorted(self.outside.iterdir())],
            "calls": self.listener.calls,
            "repository": all((ROOT / "grading" / name).is_file() for name in GRADER),
        }

    def forks(self) -> list[str]:
        """Return the zygote's remaining children, after a while in which guards can end."""
        pid = self.sandbox._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children")
        for _ in range(100):
            if not children.read_text().split():
                break
            time.sleep(0.05)
        return children.read_text().split()


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    with Sandbox(Limits(seconds=6, memory=400 << 20)) as sandbox:
        yield Class(tmp_path_factory.mktemp("class"), sandbox)


@pytest.mark.parametrize("attack", hostile.ALL, ids=lambda attack: attack.name)
def test_an_attack_gets_the_marks_that_its_code_deserves(room, attack):
    mark = room.mark(attack)
    description = f"{mark.points:g}, {mark.mistake}: {mark.detail}"
    assert mark.points == attack.points, description
    assert not attack.mistakes or mark.mistake in attack.mistakes, description
    assert len(mark.detail) < 3000 and SECRET not in mark.detail, description
    assert room.state() == room.before
    assert room.forks() == []


def test_an_honest_submission_after_all_attacks_gets_its_mark(room):
    right = hostile.Attack("right", "pass", then=hostile.RIGHT)
    assert room.mark(right).points == 10
    wrong = hostile.Attack("wrong", "pass")
    assert room.mark(wrong).points == 0
    assert keras.Model.to_json.__module__.startswith("keras") and json.loads("1") == 1


@pytest.mark.parametrize("numbers", ["1" + "0" * 400, "NaN", "Infinity", "[[[]]]", '"1e9"', "{}"])
def test_forged_values_that_are_not_numbers_earn_nothing(room, numbers):
    line = json.dumps({"id": "call N", "numbers": ["M"] * 4}).replace('"M"', numbers)
    cell = (
        "import os\ndef gradient_norms(model, X, Y):\n    for fd in range(3, 64):\n"
        f"        for n in '01':\n            line = {line!r}.replace('N', n, 1)\n"
        "            try: os.write(fd, line.encode() + b'\\n')\n            except OSError: pass\n"
    )
    notebooks = [Notebook("1_vanishing_gradients.ipynb", (cell,))]
    mark = mark_exercise(Session(notebooks, room.sandbox, room.judge, 5, 1), "gradient_norms")
    assert sum(mark.aspects.values()) == 0 and mark.mistake in hostile.TOLD
    assert len(mark.detail) < 3000


def test_the_judge_needs_little_memory_for_all_attacks(room):
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < room.peak + (2 << 20)  # KiB


def test_there_are_at_least_forty_attacks_with_different_names():
    names = [attack.name for attack in hostile.ALL]
    assert len(names) == len(set(names)) >= 40
