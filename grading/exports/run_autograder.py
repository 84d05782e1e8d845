#!/usr/bin/env python3
"""Give a submission on Gradescope its result; a submission without a mark gets none, not a 0.

This runs on Gradescope in /autograder and never opens the student's files.
"""

import json
import shutil
import sys
from pathlib import Path

PLACE = Path(__file__).resolve().parent
number = json.loads((PLACE / "submission_metadata.json").read_text())["id"]
result = PLACE / "source" / "results" / f"submission_{number}.json"
if not result.is_file():
    print(
        f"submission_{number} has no mark: mark the class again and upload the new autograder.zip"
    )
    sys.exit(1)
shutil.copyfile(result, PLACE / "results" / "results.json")
