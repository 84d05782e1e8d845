"""Which entries of a folder of submissions are one student's, by how learning platforms name them.

Canvas, Moodle and Blackboard download a file for each file that was handed in, and each puts the
student into its name. Elsewhere an entry is a student.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from grading.submissions.places import NOTEBOOK, ending, kind
from resnets.exercises import EXERCISES

# NAME_(LATE_)USER_ATTACHMENT_FILE; a text that was typed in has no attachment.
_CANVAS = re.compile(
    r"(?P<who>[^_\s]+)(?:_LATE)?_(?P<user>\d+)_"
    r"(?:(?P<file_id>\d+)_|(?=(?:text|link)\.html$))(?P<file>.+)"
)
# FULL NAME_PARTICIPANT_assignsubmission_file_FILE, or a folder without FILE
_MOODLE = re.compile(
    r"(?P<who>.+)_(?P<user>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?"
)
# ASSIGNMENT_USER_attempt_TIME_FILE, and for each attempt a note of the platform's own
_BLACKBOARD = re.compile(
    r"(?P<head>.+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<note>\.txt))"
)
# "Name: Ada Moss (amoss)", the first line of that note
_USER = re.compile(r"Name:.*\(([^()]+)\)\s*$", re.MULTILINE)
# Canvas puts a number to a file's name where one of that name was handed in before.
_AGAIN = re.compile(r"(?P<stem>.+)-(?P<count>[1-9]\d?)")
# What the course calls its notebooks; a student may have left the names as they are.
_LESSONS = frozenset(exercise.notebook for exercise in EXERCISES.values())


@dataclass
class Student:
    """The entries of one student.

    Attributes:
        name: what the student is called; not yet printable or unique.
        files: (name of the entry, its place in the submission: the name without what the platform
            has put to it, or nothing for what stands for the submission itself).
        earlier: likewise, the files that a later one replaces, each with the reason.
        notes: what there is to say about it, a line each.
    """

    name: str
    files: list[tuple[str, str]]
    earlier: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def group(entries: Iterable[str], text_of: Callable[[str], str]) -> list[Student]:
    """Put together what is one student's, in the order in which the students come first.

    Args:
        entries: the names of the entries.
        text_of: reads an entry, for Blackboard's notes.
    """
    names = list(entries)
    found: dict[tuple, list[re.Match]] = defaultdict(list)
    for name in names:
        for pattern in (_MOODLE, _BLACKBOARD, _CANVAS):
            if match := pattern.fullmatch(name):
                key = match["head"] if pattern is _BLACKBOARD else match.group("who", "user")
                found[pattern, key].append(match)
                break
    of_entry: dict[str, Student] = {}
    for (pattern, _), matches in found.items():
        if pattern is _CANVAS and not _are_attachments(matches):
            continue
        student = _attempts(matches, text_of) if pattern is _BLACKBOARD else _files(matches)
        of_entry |= {match.string: student for match in matches}
    for name in names:
        of_entry.setdefault(name, Student("", [(name, name if kind(name) == NOTEBOOK else "")]))
    return list({id(of_entry[name]): of_entry[name] for name in names}.values())


def moodle_name(entry: str) -> str | None:
    """The full name that Moodle has put to an entry's name; None where it is not Moodle's."""
    match = _MOODLE.fullmatch(entry)
    return match["who"] if match else None


def canvas_user(entry: str) -> str | None:
    """The user's ID that Canvas has put to an entry's name; None where it is not Canvas's."""
    if _MOODLE.fullmatch(entry) or _BLACKBOARD.fullmatch(entry):
        return None
    match = _CANVAS.fullmatch(entry)
    return match["user"] if match else None


def _are_attachments(matches: list[re.Match]) -> bool:
    """Whether the files are parts of one work: Canvas has a number of its own for each."""
    numbers = [match["file_id"] for match in matches if match["file_id"]]
    of_lessons = all(match["file"].startswith(tuple(_LESSONS)) for match in matches)
    return len(set(numbers)) == len(numbers) or of_lessons


def _files(matches: list[re.Match]) -> Student:
    """A student of Canvas or Moodle, with the latest of what was handed in more than once."""
    student = Student("_".join(matches[0].group("who", "user")), [])
    versions: dict[str, list[tuple[int, str]]] = defaultdict(list)
    names = {match["file"] or "" for match in matches}
    for match in matches:
        file = match["file"] or ""
        base, count = _first_name(file, names) if match.re is _CANVAS else (file, 0)
        versions[base].append((count, match.string))
    for base, found in versions.items():
        # Only Canvas gives a number; what else has the same name is all taken.
        latest = max(found)[0]
        student.files += [(entry, base) for count, entry in found if count == latest]
        earlier = [entry for count, entry in found if count < latest]
        student.earlier += [(entry, f"{max(found)[1]} was handed in after it") for entry in earlier]
        if earlier:
            student.notes.append(
                f"{base} was handed in {len(found)} times; the latest counts: {max(found)[1]}"
            )
    return student


def _first_name(file: str, names: set[str]) -> tuple[str, int]:
    """What a file was called when it was first handed in, and how often it was since."""
    end = file[len(file) - len(ending(file)) :]
    match = _AGAIN.fullmatch(file.removesuffix(end))
    if match and (match["stem"] + end in names or match["stem"] in _LESSONS):
        return match["stem"] + end, int(match["count"])
    return file, 0


def _attempts(matches: list[re.Match], text_of: Callable[[str], str]) -> Student:
    """A student of Blackboard, with the latest attempt."""
    times = sorted({match["time"] for match in matches})
    head = matches[0]["head"]
    said = [_USER.search(text_of(match.string)) for match in matches if match["note"]]
    known = [user[1] for user in said if user and head.endswith(f"_{user[1]}")]
    student = Student(known[0] if known else head.rpartition("_")[2], [])
    latest = [match for match in matches if match["time"] == times[-1]]
    handed_in = [match for match in latest if match["file"]]
    student.files = [(match.string, match["file"] or match.string) for match in handed_in or latest]
    student.earlier = [
        (match.string, f"the attempt of {times[-1]} came after it")
        for match in matches
        if match["time"] != times[-1] and match["file"]
    ]
    if len(times) > 1:
        student.notes.append(f"{len(times)} attempts; the latest counts, of {times[-1]}")
    return student
