"""Import TensorFlow without showing its C++ start-up messages.

Who calls it: `resnets_utils`, once, before anything else imports TensorFlow or Keras.

TensorFlow's libraries write several lines to file descriptor 2 while they load (no CUDA found,
oneDNN is on, absl is not initialised yet). They do so before TensorFlow reads
`TF_CPP_MIN_LOG_LEVEL`, so this variable cannot silence them; it silences everything later, such as
the lines about CPU features at the first op. No op is run here, because a process that has run one
can no longer be forked.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator

# "I0000 00:00:17.. file.cc:31] ...", "2026-01-31 12:00:00.123: I tensorflow/...", and two lines
# that accompany them.
_CPP_LOG_LINE = re.compile(
    rb"([IWEF]\d{4} \d\d:\d\d:"
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWEF] "
    rb"|WARNING: All log messages before absl::InitializeLog"
    rb"|To enable the following instructions)"
)


@contextlib.contextmanager
def without_cpp_log_lines() -> Iterator[None]:
    """Within the `with` block, drop C++ log lines from what is written to file descriptor 2.

    All other lines, such as Python's own warnings, are written out at the end. If the block raises
    an exception, all lines are. If descriptor 2 is closed or cannot be replaced, nothing changes.
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
    """Import TensorFlow quietly and set up Keras and matplotlib (3-5 seconds the first time)."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # By default TensorFlow does not use oneDNN on processors without AVX-512 VNNI, although it is
    # four times faster with it there.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "tensorflow"  # overrides a learner's ~/.keras/keras.json
    if "tensorflow" not in sys.modules:
        with without_cpp_log_lines():
            import tensorflow  # noqa: F401
    # On a new machine, matplotlib's first import would print that it builds a font cache.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
