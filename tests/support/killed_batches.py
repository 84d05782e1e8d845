"""Grade the same small class many times, in forks that are killed at random moments.

Submissions are found, and marks kept and exported, by the grader's own code. Only the marks are
invented, so that a batch is fast. Run it as `killed_batches.py FOLDER KILLS SEED`; it prints as
JSON what went wrong and how often a batch was killed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from grading import batch
from grading.results.records import GRADED, Mark, Record, Results
from grading.sandbox.isolation import Limits
from resnets.exercises import NAMES

STUDENTS = 12
OPTIONS = batch.Options(jobs=1, limits=Limits(), isolate=False)


def made_up(tasks: list, options: batch.Options, class_seed: int, findings: Path | None):
    """Generate records with marks that depend only on the submission, a few milliseconds apart."""
    for submission, key in tasks:
        time.sleep(0.003)
        draw = random.Random(submission.digest)
        marks = {
            name: Mark(0, 0, {"function": draw.choice((0.0, 1.0)), "generality": draw.random()})
            for name in NAMES
        }
        yield Record(submission.student, key, GRADED, seed=class_seed, marks=marks)


def grade(submissions: Path, out: Path, announce: int | None = None) -> None:
    """Run one batch, and write the name of each student whose mark is kept to `announce`."""

    def say(record: Record) -> None:
        if announce is not None:
            os.write(announce, f"{record.student}\n".encode())

    batch.grade(submissions, Results(out), OPTIONS, say)


def killed(submissions: Path, out: Path, after: float) -> tuple[bool, set[str]]:
    """Grade in a fork and kill it; return whether it was still running, and the announced names."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        grade(submissions, out, write)
        os._exit(0)
    os.close(write)
    time.sleep(after)
    os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    with os.fdopen(read) as pipe:
        return os.WIFSIGNALED(status), set(pipe.read().split())


def records(out: Path) -> dict[str, str]:
    """Return each student's record as text; raise ValueError if one is incomplete."""
    texts = [path.read_text() for path in out.glob("records/*.json")]
    return {json.loads(text)["student"]: text for text in texts}


def make_class(folder: Path) -> Path:
    """Fill a folder with submissions, one of which cannot be read, and return it."""
    folder.mkdir()
    for number in range(STUDENTS):
        cell = {"cell_type": "code", "source": f"x = {number}"}
        text = "{" if number == 5 else json.dumps({"cells": [cell]})
        (folder / f"student{number}.ipynb").write_text(text)
    return folder


def kill_until_done(submissions: Path, out: Path, draw: random.Random, longest: float) -> dict:
    """Grade into `out`, with kills at random moments, until a batch finishes."""
    counts = {"kills": 0, "resumed": 0, "wrong": []}
    kept: dict[str, str] = {}
    while True:
        was_killed, announced = killed(submissions, out, draw.uniform(0, longest))
        now = records(out)
        if lost := announced - set(now):
            counts["wrong"].append(f"announced and not kept: {sorted(lost)}")
        if changed := [name for name in kept if now.get(name) != kept[name]]:
            counts["wrong"].append(f"kept before, other or gone now: {changed}")
        grades = out / "grades.csv"
        if grades.exists() and len(grades.read_text().splitlines()) != STUDENTS + 1:
            counts["wrong"].append("grades.csv is not whole")
        counts["resumed"] += 0 < len(kept) < len(now)
        kept = now
        if not was_killed:
            return counts
        counts["kills"] += 1


def differences(out: Path, whole: Path) -> list[str]:
    """Return how finished results differ from those of a batch without interruptions."""
    lines = []
    if (marks := (out / "grades.csv").read_text()) != (whole / "grades.csv").read_text():
        lines.append(f"other marks:\n{marks}")
    pages = [{path.name for path in (place / "feedback").iterdir()} for place in (out, whole)]
    if pages[0] != pages[1]:
        lines.append(f"other pages: {pages}")
    if unfinished := [str(path) for path in out.rglob(".writing-*")]:
        lines.append(f"left behind: {unfinished}")
    return lines


def main(folder: Path, kills: int, seed: int) -> dict:
    """Kill at least `kills` batches; return the counts and faults of all rounds together."""
    draw = random.Random(seed)
    submissions, whole = make_class(folder / "class"), folder / "whole"
    began = time.monotonic()
    grade(submissions, whole)
    longest = time.monotonic() - began
    total = {"kills": 0, "resumed": 0, "wrong": []}
    while total["kills"] < kills:
        out = folder / f"results after {total['kills']}"
        counts = kill_until_done(submissions, out, draw, longest)
        grade(submissions, out)
        counts["wrong"] += differences(out, whole)
        total = {name: total[name] + counts[name] for name in total}
    return total


if __name__ == "__main__":
    batch.mark_all = made_up
    batch.grader_version = lambda: "1"  # the real one reads every module in each round
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
