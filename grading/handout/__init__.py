"""What students get, and a small class to try the grading on."""

__all__ = ["example", "release", "zipped"]
