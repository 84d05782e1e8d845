"""What every test gets: drawing without a screen, and Keras on TensorFlow.

`make test` sets the same; this holds for someone who calls pytest by hand.
"""

import gc
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
# `make test` has a process for each of two cores: a second thread for each would only wait.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
# Parts of the names of modules that take minutes, though each of their tests takes seconds.
LONG = (
    *("5_train_on_signs", "7_why_it_works", "8_what_came_of_it"),
    *("checks/test_resnet50", "test_numeric_exercises"),
)


def pytest_configure():
    """Draw into memory: a test opens no window. (Kernels keep Jupyter's own backend.)"""
    import matplotlib
    import matplotlib.font_manager  # makes its cache now: a lesson's kernel would say so on stderr

    matplotlib.use("Agg")


def pytest_collection_modifyitems(items):
    """Begin with the long tests, so that neither process of `make test` waits for the other's.

    The tests of a class or of a module stay together, as `--dist loadscope` needs it.
    """
    scopes = [item.nodeid.rpartition("::")[0] for item in items]
    pairs = zip(scopes, items, strict=True)
    long = {scope for scope, item in pairs if item.get_closest_marker("slow")}
    long |= {scope for scope in scopes if any(name in scope for name in LONG)}
    items.sort(key=lambda item: item.nodeid.rpartition("::")[0] not in long)


def pytest_collection_finish():
    """Let Keras's and the judge's many collections pass over what the imports made.

    Going through all of TensorFlow takes 0.2 s each time, which was half of the time of a test
    that builds networks.
    """
    gc.collect()
    gc.freeze()
