"""Mark submissions in a worker process: its sandbox and its judge serve one after the other."""

from __future__ import annotations

import atexit
import gc
import threading

from grading.errors import GradingError
from grading.results.records import UNGRADED, Record
from grading.sandbox.isolation import Limits
from grading.sandbox.sandbox import Sandbox, SandboxDied
from grading.submissions.submissions import Submission
from grading.version import grader_version

TRIES = 3
_tools: dict = {}
_one_at_a_time = threading.Lock()  # a Dask worker may have threads, but Keras's state is global


class OtherVersionError(GradingError):
    """The worker has other files of the course than the grader; the message says what to do."""


def mark_in_worker(
    submission: Submission, key: str, seed: int, class_seed: int, settings: dict
) -> Record:
    """Mark one submission in a worker process, whose sandbox and judge are used again and again.

    Raises:
        OtherVersionError: the settings name a version, and this worker's is another one.
    """
    if settings["version"] not in (None, grader_version()):
        raise OtherVersionError(
            "a worker has other files of this course; start it in a copy of the grader's folder, "
            "with the same packages"
        )
    with _one_at_a_time:
        return _mark_here(submission, key, seed, class_seed, settings)


def _mark_here(
    submission: Submission, key: str, seed: int, class_seed: int, settings: dict
) -> Record:
    if changed := _tools.get("settings") != settings:
        if "sandbox" in _tools:  # from an earlier batch with other limits
            _tools["sandbox"].close()
        sandbox = _tools["sandbox"] = Sandbox(Limits(**settings["limits"]), settings["isolate"])
        atexit.register(sandbox.close)
        sandbox.launch()  # it imports TensorFlow while this process does

    # These load TensorFlow, and the sandbox's process loads it at the same time.
    from grading.judge import mistake_index, watchdog
    from resnets import startup

    startup.import_quietly()
    from grading.judge.judge import Judge
    from grading.judge.marking import mark_submission
    from grading.judge.verdict_cache import VerdictCache

    if changed:
        watchdog.bound_memory(settings["workers"])
        cache = VerdictCache(settings["findings"], mistake_index.table())
        judge = Judge(watchdog.SECONDS, cache)
        _tools.update(settings=settings, judge=judge)
        gc.collect()
        gc.freeze()  # frequent collections then skip TensorFlow's many objects
    reason = ""
    for _ in range(TRIES):
        try:
            return mark_submission(
                submission, _tools["sandbox"], _tools["judge"], key, seed, class_seed
            )
        except (SandboxDied, watchdog.OutOfMemory) as error:
            reason = str(error)
    return Record(submission.student, key, status=f"{UNGRADED}: {reason}"[:300])
