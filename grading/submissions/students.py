"""Group the entries of a folder of submissions by student.

Canvas, Moodle and Blackboard download every file that a student handed in separately, and put the
student into its name. Otherwise each entry is one student.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from grading.submissions.file_kinds import NOTEBOOK, ending, kind
from resnets.exercises import EXERCISES

# NAME_(LATE_)USER_ATTACHMENT_FILE; a text that was typed into Canvas has no attachment number.
_CANVAS = re.compile(
    r"(?P<who>[^_\s]+)(?:_LATE)?_(?P<user>\d+)_"
    r"(?:(?P<file_id>\d+)_|(?=(?:text|link)\.html$))(?P<file>.+)"
)
# FULL NAME_PARTICIPANT_assignsubmission_file_FILE, or a folder without FILE
_MOODLE = re.compile(
    r"(?P<who>.+)_(?P<user>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?"
)
# ASSIGNMENT_USER_attempt_TIME_FILE, and for each attempt a note that Blackboard adds
_BLACKBOARD = re.compile(
    r"(?P<head>.+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<note>\.txt))"
)
# "Name: Ada Moss (amoss)", the first line of that note
_USER = re.compile(r"Name:.*\(([^()]+)\)\s*$", re.MULTILINE)
# Canvas adds a number to a file's name if the student had handed in one with that name before.
_AGAIN = re.compile(r"(?P<stem>.+)-(?P<count>[1-9]\d?)")
# The course's names of its notebooks, which many students keep.
_LESSONS = frozenset(exercise.notebook for exercise in EXERCISES.values())


@dataclass
class Student:
    """The entries of one student.

    Attributes:
        name: the student's name; not yet printable or unique; may be "".
        files: (name of the entry, path in the submission). The path is the name without the
            platform's additions, or "" if the entry is the whole submission.
        earlier: (name of the entry, why it does not count) of files that a later one replaces.
        notes: lines for the teacher and the student about which files count.
    """

    name: str
    files: list[tuple[str, str]]
    earlier: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def group(entries: Iterable[str], text_of: Callable[[str], str]) -> list[Student]:
    """Return the students of these entries, in the order of their first entries.

    Args:
        entries: the names of the entries.
        text_of: returns the text of an entry; called for Blackboard's notes.
    """
    names = list(entries)
    # One download comes from one platform. A student may give a file a name as from another one,
    # with somebody else's name in it, so the platform that fits most entries comes first.
    patterns = sorted(
        (_MOODLE, _BLACKBOARD, _CANVAS), key=lambda p: -sum(bool(p.fullmatch(n)) for n in names)
    )
    groups: dict[tuple, list[re.Match]] = defaultdict(list)
    for name in names:
        for pattern in patterns:
            if match := pattern.fullmatch(name):
                key = match["head"] if pattern is _BLACKBOARD else match.group("who", "user")
                groups[pattern, key].append(match)
                break
    of_entry: dict[str, Student] = {}
    for (pattern, _), matches in groups.items():
        if pattern is _CANVAS and not _are_attachments(matches):
            continue
        student = _attempts(matches, text_of) if pattern is _BLACKBOARD else _files(matches)
        of_entry |= {match.string: student for match in matches}
    for name in names:
        of_entry.setdefault(name, Student("", [(name, name if kind(name) == NOTEBOOK else "")]))
    return list({id(of_entry[name]): of_entry[name] for name in names}.values())


def moodle_name(entry: str) -> str | None:
    """Return the full name in an entry's name from Moodle; None for any other entry."""
    match = _MOODLE.fullmatch(entry)
    return match["who"] if match else None


def canvas_user(entry: str) -> str | None:
    """Return the user ID in an entry's name from Canvas; None for any other entry."""
    if _MOODLE.fullmatch(entry) or _BLACKBOARD.fullmatch(entry):
        return None
    match = _CANVAS.fullmatch(entry)
    return match["user"] if match else None


def _are_attachments(matches: list[re.Match]) -> bool:
    """Return whether the files are one student's: Canvas numbers each attachment differently."""
    numbers = [match["file_id"] for match in matches if match["file_id"]]
    of_lessons = all(match["file"].startswith(tuple(_LESSONS)) for match in matches)
    return len(set(numbers)) == len(numbers) or of_lessons


def _files(matches: list[re.Match]) -> Student:
    """Return a student of Canvas or Moodle, with the latest version of each file."""
    student = Student("_".join(matches[0].group("who", "user")), [])
    versions: dict[str, list[tuple[int, str]]] = defaultdict(list)
    names = {match["file"] or "" for match in matches}
    for match in matches:
        file = match["file"] or ""
        base, count = _first_name(file, names) if match.re is _CANVAS else (file, 0)
        versions[base].append((count, match.string))
    for base, numbered in versions.items():
        # Only Canvas numbers versions; from Moodle, all files with the same name count.
        latest = max(numbered)[0]
        student.files += [(entry, base) for count, entry in numbered if count == latest]
        earlier = [entry for count, entry in numbered if count < latest]
        student.earlier += [(entry, f"replaced by {max(numbered)[1]}") for entry in earlier]
        if earlier:
            student.notes.append(
                f"{base} was handed in {len(numbered)} times; the latest counts: {max(numbered)[1]}"
            )
    return student


def _first_name(file: str, names: set[str]) -> tuple[str, int]:
    """Return a file's name when it was first handed in, and Canvas's number of this version."""
    end = file[len(file) - len(ending(file)) :]
    match = _AGAIN.fullmatch(file.removesuffix(end))
    if match and (match["stem"] + end in names or match["stem"] in _LESSONS):
        return match["stem"] + end, int(match["count"])
    return file, 0


def _attempts(matches: list[re.Match], text_of: Callable[[str], str]) -> Student:
    """Return a student of Blackboard, with the files of the latest attempt."""
    times = sorted({match["time"] for match in matches})
    head = matches[0]["head"]
    note_users = [_USER.search(text_of(match.string)) for match in matches if match["note"]]
    user_names = [user[1] for user in note_users if user and head.endswith(f"_{user[1]}")]
    student = Student(user_names[0] if user_names else head.rpartition("_")[2], [])
    latest = [match for match in matches if match["time"] == times[-1]]
    handed_in = [match for match in latest if match["file"]]
    student.files = [(match.string, match["file"] or match.string) for match in handed_in or latest]
    student.earlier = [
        (match.string, f"replaced by the attempt of {times[-1]}")
        for match in matches
        if match["time"] != times[-1] and match["file"]
    ]
    if len(times) > 1:
        student.notes.append(f"{len(times)} attempts; the latest, of {times[-1]}, counts")
    return student
