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
# Parts of the names of modules that take minutes, though each of their tests takes seconds.
LONG = (
    *("5_train_on_signs", "7_why_it_works", "8_what_came_of_it"),
    *("checks/test_resnet50", "test_exercise_programs"),
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
    """Begin with the long tests, so that neither process of `make test` waits for the other's.

    The tests of a class or of a module stay together, as `--dist loadscope` needs it.
    """
    scopes = [item.nodeid.rpartition("::")[0] for item in items]
    pairs = zip(scopes, items, strict=True)
    long = {scope for scope, item in pairs if item.get_closest_marker("slow")}
    long |= {scope for scope in scopes if any(name in scope for name in LONG)}
    items.sort(key=lambda item: item.nodeid.rpartition("::")[0] not in long)


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
