"""Pack the students' copy of the course, and make an example class to try the grading."""

__all__ = ["example", "release", "zipped"]
