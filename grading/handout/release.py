"""Pack the course for students: `python -m grading release OUT`.

The zip holds the learner's copies of the lessons and what they need to run. Solutions, the grader,
the catalogue of mistakes and the programs that made data, model and figures stay behind. The same
course gives the same bytes.
"""

from __future__ import annotations

import re
from pathlib import Path

from grading.handout.zipped import write_zip
from tools.notebooks.files import COURSE_ROOT, Lesson, NotebookError, find_lessons
from tools.notebooks.release import expected_learner_text

NAME = "resnets"
STUDENTS_README = Path(__file__).resolve().parent / "students.md"
# What a student gets. Each pattern must find something, so that nothing is forgotten in silence.
HANDED_OUT = (
    "LICENSE",
    "NOTICE",
    "Makefile",
    "environment.yml",
    "requirements.txt",
    "resnets_utils.py",
    "resnets/**/*.py",
    "resnets/mistakes.json",
    "resnets/checks/fingerprints.json.gz",
    "images/*.svg",
    "images/*.jpg",
    "datasets/README.md",
    "datasets/train_signs.h5",
    "datasets/test_signs.h5",
    "models/README.md",
    "models/ResNet50.h5",
    "tools/__init__.py",
    "tools/setup/*.py",
    "tools/setup/uv.txt",
    "tools/jupyter/**/*.json",
)


_IMPORTED = re.compile(r"^\s*(?:from|import) (resnets\.[\w.]+)", re.MULTILINE)


class ReleaseError(RuntimeError):
    """The course cannot be handed out as it is; the message says why and what to do."""


def release(out: Path, root: Path = COURSE_ROOT) -> tuple[Path, list[str]]:
    """Write the zip, whole or not at all.

    Args:
        out: the file to write, `*.zip`, or a folder that gets `resnets.zip`.
        root: the course.

    Returns:
        The zip's path and the names of the files in it.

    Raises:
        ReleaseError: a learner's copy is not what its solved lesson gives, a file is missing, or
            the zip cannot be written.
    """
    files = collect(root)
    target = out if out.suffix == ".zip" else out / f"{NAME}.zip"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_zip(target, files)
    except OSError as error:
        raise ReleaseError(f"{target}: cannot be written ({error.strerror})") from error
    return target, sorted(files)


def collect(root: Path) -> dict[str, bytes]:
    """Name in the zip to content, of everything that is handed out.

    Raises:
        ReleaseError: see `release`.
    """
    files = {f"{NAME}/README.md": STUDENTS_README.read_bytes()}
    for pattern in HANDED_OUT:
        found = [path for path in sorted(root.glob(pattern)) if path.is_file()]
        if not found:
            raise ReleaseError(f"{root}: expected {pattern}, found no such file; restore it first")
        for path in found:
            files[f"{NAME}/{path.relative_to(root).as_posix()}"] = path.read_bytes()
    try:
        for lesson in find_lessons(root):
            name = lesson.learner.relative_to(root).as_posix()
            files[f"{NAME}/{name}"] = _learners_copy(lesson, name)
    except NotebookError as error:
        raise ReleaseError(str(error)) from error
    _require_modules(files)
    return files


def _require_modules(files: dict[str, bytes]) -> None:
    """Make sure that each module of the course that another one imports is handed out too."""
    for user, content in files.items():
        if user.endswith(".py"):
            for module in _IMPORTED.findall(content.decode()):
                path = f"{NAME}/{module.replace('.', '/')}"
                if f"{path}.py" not in files and f"{path}/__init__.py" not in files:
                    raise ReleaseError(f"{user} needs {path}.py, which is missing")


def _learners_copy(lesson: Lesson, name: str) -> bytes:
    """The learner's file, after a look whether it is the one that its solved lesson gives."""
    expected = expected_learner_text(lesson).encode()
    try:
        there = lesson.learner.read_bytes()
    except OSError:
        there = b""
    if there != expected:
        raise ReleaseError(
            f"{name} is not what notebooks/solutions gives: it is missing, or has been changed or "
            "solved. Keep your own work elsewhere, then run `make release` and this command again."
        )
    return expected
