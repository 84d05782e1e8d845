"""Pack the course for students: `python -m grading release OUT`.

The zip contains the learner's copies of the lessons and everything that they need to run. It does
not contain the solved lessons, the grader, the catalogue of mistakes, or the programs that made
data, model and figures. The same course gives the same bytes.
"""

from __future__ import annotations

import re
from pathlib import Path

from grading.errors import GradingError
from grading.handout.zipped import write_zip
from tools.notebooks.files import COURSE_ROOT, Lesson, NotebookError, find_lessons
from tools.notebooks.release import expected_learner_text

NAME = "resnets"
STUDENTS_README = Path(__file__).resolve().parent / "students.md"
# The files that a student gets. Each pattern must match a file, so that none is missing unnoticed.
HANDED_OUT = (
    "LICENSE",
    "NOTICE",
    "Makefile",
    "environment.yml",
    "requirements.txt",
    "resnets_utils.py",
    "resnets/**/*.py",
    "resnets/widgets/*.css",
    "resnets/widgets/*.js",
    "resnets/mistakes.json",
    "resnets/stand_ins.json",
    "resnets/measured/*.json",
    "resnets/checks/fingerprints.json.gz",
    "images/*.svg",
    "images/*.jpg",
    "datasets/README.md",
    "datasets/__init__.py",
    "datasets/from_folders.py",
    "datasets/*.h5",
    "models/README.md",
    "models/ResNet50.h5",
    "tools/__init__.py",
    "tools/setup/*.py",
    "tools/setup/uv.txt",
    "tools/jupyter/**/*.json",
    "tools/jupyter/custom.css",
)


_IMPORTED = re.compile(r"^\s*(?:from|import) (resnets\.[\w.]+)", re.MULTILINE)


class ReleaseError(GradingError):
    """The course cannot be packed; the message says why and what to do."""


def release(out: Path, root: Path = COURSE_ROOT) -> tuple[Path, list[str]]:
    """Write the zip, completely or not at all.

    Args:
        out: the zip to write, or a folder for `resnets.zip`.
        root: the folder of the course.

    Returns:
        The zip's path and the names of the files in it.

    Raises:
        ReleaseError: a learner's copy is not up to date, a file is missing, or the zip cannot be
            written.
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
    """Return the content of every file in the zip, by its name there.

    Raises:
        ReleaseError: see `release`.
    """
    files = {f"{NAME}/README.md": STUDENTS_README.read_bytes()}
    for pattern in HANDED_OUT:
        paths = [path for path in sorted(root.glob(pattern)) if path.is_file()]
        if not paths:
            raise ReleaseError(
                f"{root}: expected {pattern}, but there is no such file; restore it first"
            )
        for path in paths:
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
    """Make sure that the zip contains every module of the course that another one imports.

    Raises:
        ReleaseError: a module is missing.
    """
    for user, content in files.items():
        if user.endswith(".py"):
            for module in _IMPORTED.findall(content.decode()):
                path = f"{NAME}/{module.replace('.', '/')}"
                if f"{path}.py" not in files and f"{path}/__init__.py" not in files:
                    raise ReleaseError(f"{user} needs {path}.py, which is missing")


def _learners_copy(lesson: Lesson, name: str) -> bytes:
    """Return a lesson's learner's copy.

    Raises:
        ReleaseError: it is not the one that is made from the solved lesson.
    """
    expected = expected_learner_text(lesson).encode()
    try:
        actual = lesson.learner.read_bytes()
    except OSError:
        actual = b""
    if actual != expected:
        raise ReleaseError(
            f"{name} differs from the copy made from notebooks/solutions: it is missing, changed "
            "or solved. Save your own work elsewhere, then run `make release` and this command "
            "again."
        )
    return expected
