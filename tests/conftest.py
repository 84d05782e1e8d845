"""What every test gets: drawing without a screen, and Keras on TensorFlow.

`make test` sets the same; this holds for someone who calls pytest by hand.
"""

import gc
import os

os.environ["KERAS_BACKEND"] = "tensorflow"


def pytest_configure():
    """Draw into memory: a test opens no window. (Kernels keep Jupyter's own backend.)"""
    import matplotlib
    import matplotlib.font_manager  # makes its cache now: a lesson's kernel would say so on stderr

    matplotlib.use("Agg")


def pytest_collection_finish():
    """Let Keras's and the judge's many collections pass over what the imports made.

    Going through all of TensorFlow takes 0.2 s each time, which was half of the time of a test
    that builds networks.
    """
    gc.collect()
    gc.freeze()
