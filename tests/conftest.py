"""What every test gets: drawing without a screen, and Keras on TensorFlow.

`make test` sets the same; this holds for someone who calls pytest by hand.
"""

import gc
import os
import sys

import pytest

os.environ["KERAS_BACKEND"] = "tensorflow"
THREADS = "TF_NUM_INTRAOP_THREADS"
ONE_THREAD = pytest.StashKey[bool]()
# Parts of the names of modules that take minutes.
LONG = (
    *("5_train_on_signs", "7_why_it_works", "8_what_came_of_it", "test_exercise_programs"),
    *(
        "test_commands",
        "test_killed",
        "test_agreement",
        "grading/test_class.py",
        "test_live_hand_browser",
    ),
)


def pytest_configure(config):
    """Draw into memory, so that a test opens no window, and give TensorFlow one thread.

    Kernels keep Jupyter's own backend and all threads (see `pytest_collection_finish`). `make test`
    has a process for each of two cores, in which a second thread would only wait. The process that
    starts these two computes nothing.
    """
    import matplotlib
    import matplotlib.font_manager  # makes its cache now: a lesson's kernel would say so on stderr

    matplotlib.use("Agg")
    computes = not getattr(config.option, "numprocesses", None)
    config.stash[ONE_THREAD] = computes and THREADS not in os.environ
    if config.stash[ONE_THREAD]:
        os.environ[THREADS] = "1"


def pytest_collection_modifyitems(items):
    """Mark the lessons as slow, and begin with what takes longest.

    Neither process of `make test` then waits for the other's last module. The tests of a class or
    of a module stay together, as `--dist loadscope` needs it.
    """
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker(pytest.mark.slow)
    items.sort(key=_turn)


def _turn(item) -> int:
    """Return 0 for a module that takes minutes, 1 for another slow test, 2 for the rest."""
    if any(name in item.nodeid for name in LONG):
        return 0
    return 1 if item.get_closest_marker("slow") else 2


def pytest_collection_finish(session):
    """Let TensorFlow start with one thread, and lessons and programs with as many as usual.

    Then let Keras's and the judge's many collections pass over what the imports made. Going through
    all of TensorFlow takes 0.2 s each time, which was half of the time of a test that builds
    networks.
    """
    if session.config.stash[ONE_THREAD]:
        if "tensorflow" in sys.modules:
            sys.modules["tensorflow"].constant(0)  # the first operation reads the variable
        del os.environ[THREADS]
    gc.collect()
    gc.freeze()
