"""Lesson 3 does not write outside its own memory.

The oneDNN in TensorFlow 2.21 does, in the gradient of a 1x1 convolution with stride 2 by its
kernel, where the input has fewer than 16 channels; with AVX-512 on two threads, with AVX2 on one.
Now and then that ends the kernel. So nothing in the lesson asks for such a gradient.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.notebooks.files import find_lessons, read_notebook

pytestmark = pytest.mark.slow

# A step writes like every other, so two in each epoch are enough.
SHORTER = """\
import keras
fit = keras.Model.fit
keras.Model.fit = lambda *data, **options: fit(*data, **options, steps_per_epoch=2)
"""
CHECKING_MALLOC = "libc_malloc_debug.so.0"
SETTINGS = {"avx512": {}, "avx2": {"ONEDNN_MAX_CPU_ISA": "AVX2", "TF_NUM_INTRAOP_THREADS": "1"}}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_lesson_3_does_not_write_outside_its_memory(settings):
    try:
        ctypes.CDLL(CHECKING_MALLOC)
    except OSError:
        pytest.skip(f"{CHECKING_MALLOC}, which finds such writes, is not here")
    if settings == SETTINGS["avx512"] and "avx512" not in Path("/proc/cpuinfo").read_text():
        pytest.skip("the processor has no AVX-512")
    (lesson,) = find_lessons(numbers=[3])
    cells = [cell for cell in read_notebook(lesson.source).cells if cell.cell_type == "code"]
    checked = {"LD_PRELOAD": CHECKING_MALLOC, "MALLOC_CHECK_": "3", "MPLBACKEND": "agg"}
    ran = subprocess.run(
        [sys.executable, "-c", "\n".join([SHORTER, *(cell.source for cell in cells)])],
        cwd=lesson.source.parent,
        env={**os.environ, **checked, **settings},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr[-1000:]
    assert "25% of the positions" in ran.stdout
