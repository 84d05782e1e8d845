"""No network holds the judge up, fills its memory, ends its process or makes it talk."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_networks import ARGUMENTS, attacks, fuzzed

ROOT = Path(__file__).resolve().parents[3]
# Answers each question on a line of its own, as a worker does that may take little.
JUDGE = f"""
import json, sys
from resnets import startup
startup.import_quietly()
from grading.judge import watchdog
from grading.judge.judge import Judge
watchdog.MEMORY = {3 << 30}
watchdog.bound_memory()
judge = Judge(seconds=60)
for line in sys.stdin:
    verdict = judge.architecture("identity_block", {ARGUMENTS!r}, {{"model": json.loads(line)}})
    print(json.dumps([verdict.right, verdict.reason]), flush=True)
print("end", flush=True)
"""


def judged(texts):
    """Verdicts of a judge in a process of its own that may take 3 GB, and what it said beside."""
    asked = "".join(json.dumps(text) + "\n" for text in texts)
    ran = subprocess.run(
        [sys.executable, "-c", JUDGE], input=asked, capture_output=True, text=True, cwd=ROOT
    )
    lines = ran.stdout.splitlines()
    last = texts[min(len(lines), len(texts) - 1)][-2000:]
    assert lines[-1:] == ["end"], f"ended with {ran.returncode} at {last}: {ran.stderr[-2000:]}"
    return [json.loads(line) for line in lines[:-1]], ran.stderr


def test_every_attack_is_told_what_is_wrong_with_it():
    found = attacks()
    verdicts, said = judged(list(found.values()))
    for name, (right, reason) in zip(found, verdicts, strict=True):
        assert not right and 0 < len(reason) <= 1000, name
    assert "Traceback" not in said and "Check failed" not in said


@pytest.mark.parametrize("count", [60, pytest.param(1500, marks=pytest.mark.slow)])
def test_hostile_values_anywhere_end_in_a_verdict(count):
    texts = list(fuzzed(count, seed=count))
    verdicts, said = judged(texts)
    assert len(verdicts) == count
    assert all(right or reason for right, reason in verdicts)
    assert "Traceback" not in said and "Check failed" not in said
