"""Grade a class: find submissions, mark them on all cores or a Dask cluster, store each mark.

Each submission is marked in a worker process with its own sandbox and judge. Each result is stored
at once, so a batch that was stopped or killed continues where it ended.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path

import distributed

from grading import cluster
from grading.reports import student_page
from grading.results import rubric
from grading.results.records import (
    GRADED,
    INCOMPLETE,
    SKIPPED,
    UNGRADED,
    UNREADABLE,
    Record,
    Results,
)
from grading.sandbox.isolation import IsolationError, Limits
from grading.sandbox.sandbox import hide
from grading.submissions import submissions, unread
from grading.submissions.deadline import within
from grading.submissions.submissions import Entry, Submission
from grading.submissions.unread import SubmissionError
from grading.version import grader_version
from grading.worker import mark_in_worker

READ_SECONDS = 600  # for one entry; a semester's worth of notebooks takes seconds


@dataclass(frozen=True)
class Options:
    """The options of a batch.

    Attributes:
        jobs: the number of worker processes of the local cluster.
        scheduler: address of a Dask scheduler to use instead of a local cluster.
        isolate: False only for `--no-sandbox`.
        seed: the random seed for every submission; by default each gets a new one.
        only: mark only this student, even if there is a mark already.
    """

    jobs: int
    limits: Limits
    scheduler: str | None = None
    isolate: bool = True
    seed: int | None = None
    only: str | None = None


@dataclass(frozen=True)
class Marked:
    """What a batch has done.

    Attributes:
        students: everybody in the class.
        marked: how many submissions were marked now.
        kept: how many marks were valid already.
    """

    students: list[str]
    marked: int
    kept: int


def grade(
    folder: Path, results: Results, options: Options, say: Callable[[Record], None]
) -> Marked:
    """Mark the submissions without a valid mark; write `grades.csv` and each student's page.

    Args:
        folder: the submissions.
        results: where the marks are kept; the caller holds the folder's lock (`alone_in`).
        say: called with each new record.

    Returns:
        Who is in the class, and how many have a new mark.

    Raises:
        SubmissionError: the folder has no submissions, or not the one of the student `only`.
        ResultsError: the results folder is not writable.
        ClusterError: the scheduler cannot be used.
        IsolationError: submissions could see the marks, or each other.
    """
    if options.isolate:
        hide(folder, results.folder)
    results.clear_unfinished()
    scales = rubric.read()
    entries = submissions.find(folder)
    students = [entry.student for entry in entries]
    if options.only is not None and options.only not in students:
        raise SubmissionError(f"{folder}: there is no submission of {options.only!r}")
    results.set_class(students)  # before marking: an interrupted batch exports nobody who has left
    student_page.remove(results, results.absent())
    class_seed = _class_seed(results)
    pending, kept = [], 0
    for entry in entries:
        if options.only not in (None, entry.student):
            continue
        task = _task(entry, results, options)
        if task is None:
            _mark_by_rubric(entry.student, results, scales)
            kept += 1
        elif isinstance(task, Record):
            results.save(task)
            say(task)
        else:
            pending.append(task)
    try:
        for record in mark_all(pending, options, class_seed, _findings(results, options)):
            rubric.apply(scales, record.marks)
            results.save(record)
            student_page.write(results, [record])
            say(record)
    finally:
        results.write_grades(students)
        student_page.write(results, results.all())  # those missing, or with an earlier mark
    return Marked(students, len(pending), kept)


def _mark_by_rubric(student: str, results: Results, scales: dict[str, rubric.Scale]) -> None:
    """Update the points of a stored record by the current rubric."""
    record = results.load(student)
    before = asdict(record)
    rubric.apply(scales, record.marks)
    if asdict(record) != before:
        results.save(record)


def _task(
    entry: Entry, results: Results, options: Options
) -> tuple[Submission, str] | Record | None:
    """Return what to mark and its key, a record that says why not, or None if a mark is valid."""
    if entry.skipped:
        status = f"{SKIPPED}: {entry.skipped}"[:300]
        return Record(entry.student, key="", status=status, entries=entry.names)
    try:
        with within(READ_SECONDS):
            submission = submissions.read(entry)
    except Exception as caught:  # one entry must not end the batch
        is_known = isinstance(caught, SubmissionError)
        error = caught if is_known else SubmissionError(unread.reason(caught, "cannot be read"))
        record = Record(entry.student, key="", status=f"{UNREADABLE}: {error}"[:300])
        record.entries, record.notes = entry.names, list(entry.notes)
        record.notebooks = [list(account) for account in error.notebooks]
        return record
    how = "isolated" if options.isolate else "none"
    text = f"{submission.digest} {grader_version()} {how}"
    key = hashlib.sha256(text.encode()).hexdigest()[:32]
    if options.only is None:
        stored = results.load(entry.student)
        is_valid = stored is not None and stored.key == key
        if is_valid and stored.kind in (GRADED, INCOMPLETE) and not _has_more(options, stored):
            return None
    return submission, key


def _has_more(options: Options, record: Record) -> bool:
    """Return whether a function ran out of time or memory, of which there is more now."""
    mistakes = {mark.mistake for mark in record.marks.values()}
    now = asdict(options.limits)
    return any(
        mistake in mistakes and now[limit] > record.limits.get(limit, 0)
        for mistake, limit in (("timeout", "seconds"), ("memory", "memory"))
    )


def _class_seed(results: Results) -> int:
    """Return the seed of the class's shared random arguments; it is stored in the results."""
    path = results.folder / "class_seed.json"
    try:
        return int(json.loads(path.read_text())["seed"])
    except (OSError, ValueError, KeyError, TypeError):
        seed = secrets.randbits(31)
        results.write(path, json.dumps({"seed": seed}))
        return seed


def _findings(results: Results, options: Options) -> Path | None:
    """Return the folder of the shared verdict cache; None if workers may be on other machines."""
    return results.findings(grader_version()).resolve() if options.scheduler is None else None


def mark_all(
    tasks: list, options: Options, class_seed: int, findings: Path | None
) -> Iterator[Record]:
    """Yield the record of each (submission, key) as soon as a worker has marked it."""
    if not tasks:
        return
    settings = {"limits": asdict(options.limits), "isolate": options.isolate, "findings": findings}
    settings["workers"] = _workers(options, len(tasks))
    # Workers of this machine have this process's files; others can join at any time.
    settings["version"] = grader_version() if options.scheduler is not None else None
    with _cluster(options, len(tasks)) as client:
        futures = {}
        for submission, key in tasks:
            seed = options.seed if options.seed is not None else secrets.randbits(31)
            future = client.submit(
                mark_in_worker, submission, key, seed, class_seed, settings, pure=False
            )
            futures[future] = submission, key
        for future in distributed.as_completed(futures, loop=client.loop):
            submission, key = futures[future]
            try:
                record = future.result()
            except IsolationError:
                raise  # the machine cannot isolate any submission
            except Exception as error:
                record = Record(submission.student, key, status=_why_ungraded(error))
            yield accounted(record, submission)
            future.release()


def accounted(record: Record, submission: Submission) -> Record:
    """Add to a record what is known from reading the submission; return the record."""
    record.notebooks = [list(account) for account in submission.accounts]
    record.notes = [*submission.notes, *record.notes]
    record.copied = list(submission.copied)
    record.entries = list(submission.entries)
    unread.settle(record, submission.unread)
    return record


def _why_ungraded(error: BaseException) -> str:
    if isinstance(error, distributed.KilledWorker):  # workers died while they marked it
        return f"{UNGRADED}: the process that marked it ran out of time or memory, or was killed"
    if isinstance(error, distributed.CancelledError):
        return f"{UNGRADED}: the Dask scheduler was lost; run the same command again"
    return f"{UNGRADED}: {type(error).__name__}: {error}"[:300]


def _workers(options: Options, tasks: int) -> int:
    return max(1, min(options.jobs, tasks))


def _cluster(options: Options, tasks: int) -> AbstractContextManager[distributed.Client]:
    if options.scheduler is not None:
        return cluster.at(options.scheduler, grader_version)
    return cluster.local(_workers(options, tasks))
