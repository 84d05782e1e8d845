"""Stop reading an entry that takes too long."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from grading.submissions.unread import SubmissionError


class _TooSlow(BaseException):
    """The time is over. As a BaseException it passes code that goes on after an `Exception`."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Stop the `with` block after this time; call it in the main thread.

    Raises:
        SubmissionError: the time was over.
    """

    def stop(*_: object) -> None:
        raise _TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except _TooSlow:
        raise SubmissionError(f"it takes longer than {seconds:g} s to read") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
