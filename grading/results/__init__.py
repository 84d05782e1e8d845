"""Store the marks: a record for each submission, points by the rubric, one grader at a time."""

__all__ = ["advice", "files", "lock", "records", "rubric", "spreadsheet"]
