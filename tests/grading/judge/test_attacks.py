"""No hostile network can block the judge, fill its memory, end its process or make it print."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_networks import ARGUMENTS, attacks, fuzzed
from proof_sizes import sampled

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
# A worker with little memory that writes each verdict on a line of its own.
JUDGE = f"""
import json, sys
from resnets import startup
startup.import_quietly()
from grading.judge import watchdog
from grading.judge.judge import Judge
from grading.sandbox.answer_schema import Answer
watchdog.MEMORY = {3 << 30}
watchdog.bound_memory()
judge = Judge(seconds=60)
for line in sys.stdin:
    verdict = judge.architecture("identity_block", {ARGUMENTS!r}, Answer(model=json.loads(line)))
    print(json.dumps([verdict.right, verdict.reason]), flush=True)
print("end", flush=True)
"""


def judged(texts):
    """Return the verdicts of a judge in a process with 3 GB of memory, and its stderr."""
    questions = "".join(json.dumps(text) + "\n" for text in texts)
    ran = subprocess.run(
        [sys.executable, "-c", JUDGE], input=questions, capture_output=True, text=True, cwd=ROOT
    )
    lines = ran.stdout.splitlines()
    last = texts[min(len(lines), len(texts) - 1)][-2000:]
    assert lines[-1:] == ["end"], f"ended with {ran.returncode} at {last}: {ran.stderr[-2000:]}"
    return [json.loads(line) for line in lines[:-1]], ran.stderr


def test_every_attack_is_wrong_for_a_reason_of_one_line():
    texts = attacks()
    verdicts, stderr = judged(list(texts.values()))
    for name, (right, reason) in zip(texts, verdicts, strict=True):
        assert not right and 0 < len(reason) <= 1000, name
    assert "Traceback" not in stderr and "Check failed" not in stderr


def test_hostile_values_anywhere_end_in_a_verdict():
    count = sampled(40, 1500)
    texts = list(fuzzed(count, seed=count))
    verdicts, stderr = judged(texts)
    assert len(verdicts) == count
    assert all(right or reason for right, reason in verdicts)
    assert "Traceback" not in stderr and "Check failed" not in stderr
