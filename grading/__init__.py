"""The instructor's side: `python -m grading` hands the course out and marks a class."""

__all__ = ["errors"]
