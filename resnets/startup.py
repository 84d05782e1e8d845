"""Import TensorFlow without its C++ start-up lines on the screen.

Who calls it: `resnets_utils`, once, before anything else imports TensorFlow or Keras.

TensorFlow's libraries write several lines to file descriptor 2 while they load (no CUDA found,
oneDNN is on, absl is not initialised yet). They come before TensorFlow reads
`TF_CPP_MIN_LOG_LEVEL`, so that setting cannot silence them; it does silence everything later,
such as the CPU feature lines at the first op. No op is run here: a process that has run one
cannot be forked any more.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator

# "I0000 00:00:17.. file.cc:31] ...", "2026-01-31 12:00:00.123: I tensorflow/...", and the two
# lines that go with them.
_CPP_LOG_LINE = re.compile(
    rb"([IWEF]\d{4} \d\d:\d\d:"
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWEF] "
    rb"|WARNING: All log messages before absl::InitializeLog"
    rb"|To enable the following instructions)"
)


@contextlib.contextmanager
def without_cpp_log_lines() -> Iterator[None]:
    """Hold back what reaches file descriptor 2; then write it out less the C++ log lines.

    Whatever Python itself wrote (a warning, say) is kept. If the body raises, everything is
    written out. Where descriptor 2 is closed or cannot be replaced, nothing is held back.
    """
    with contextlib.ExitStack() as stack:
        try:
            sys.stderr and sys.stderr.flush()
            stderr_copy = os.dup(2)
            stack.callback(os.close, stderr_copy)
            held = stack.enter_context(tempfile.TemporaryFile())
            os.dup2(held.fileno(), 2)
        except OSError:
            yield
            return
        keep_all = True
        try:
            yield
            keep_all = False
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stderr and sys.stderr.flush()
            os.dup2(stderr_copy, 2)
            held.seek(0)
            kept = [line for line in held if keep_all or not _CPP_LOG_LINE.match(line)]
            with contextlib.suppress(OSError):
                os.write(2, b"".join(kept))


def import_quietly() -> None:
    """Import TensorFlow, Keras and matplotlib (3-5 seconds the first time, nothing after that)."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Left alone, TensorFlow does without oneDNN on processors that lack AVX-512 VNNI, where it is
    # four times slower than with it.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever a ~/.keras/keras.json says
    if "tensorflow" not in sys.modules:
        with without_cpp_log_lines():
            import tensorflow  # noqa: F401
    # On a new machine matplotlib's first import says that it builds a cache of fonts.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
