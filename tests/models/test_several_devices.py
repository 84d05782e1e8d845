"""A network that is trained on two devices has the losses of one device."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("option", "status"), [((), 0), (("--own-statistics",), 1)])
def test_the_losses_agree_if_batch_norm_averages_over_all_devices(option, status):
    command = [sys.executable, ROOT / "benchmarks" / "several_devices.py", "--network", "small"]
    done = subprocess.run([*command, *option], capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stdout.count("on two") == 7 and "largest difference" in done.stdout
