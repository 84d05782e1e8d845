"""Mark notebooks with otter-grader: the time, and the exercises whose check passed.

    python benchmarks/_otter_marks.py FOLDER CHECKS

Who runs it: `against_graders.py`, with a Python that has otter-grader and the course's packages.
FOLDER holds one notebook for each student; CHECKS is a JSON object with the name of the check of
each exercise. Prints as JSON the seconds, and for each student the exercises with points.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zipfile
from pathlib import Path

from otter.api import grade_submission

ROOT = Path(__file__).resolve().parent.parent
TEST = """\
OK_FORMAT = False
from otter.test_files import test_case
name, points = {name!r}, 10
@test_case(points=10)
def passes(env):
    from resnets import checks
    assert checks.{check}(env[{name!r}]).passed
"""


def main() -> None:
    """Mark every notebook and print the result."""
    folder, checks = Path(sys.argv[1]), json.loads(sys.argv[2])
    os.environ["PYTHONPATH"] = str(ROOT)  # the kernels import the course
    autograder = folder / "autograder.zip"
    with zipfile.ZipFile(autograder, "w") as packed:
        packed.writestr("otter_config.json", "{}")
        for name, check in checks.items():
            packed.writestr(f"tests/{name}.py", TEST.format(name=name, check=check))
    right = {}
    started = time.monotonic()
    for notebook in sorted(folder.glob("*.ipynb")):
        results = grade_submission(str(notebook), str(autograder), quiet=True)
        scores = {name: results.results[name].score for name in checks}
        right[notebook.stem] = [name for name, score in scores.items() if score]
    print(json.dumps({"seconds": time.monotonic() - started, "right": right}))


if __name__ == "__main__":
    main()
