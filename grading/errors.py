"""The base of all errors that end a command of `python -m grading` with one line."""


class GradingError(Exception):
    """The command cannot go on; the message says why and what to do."""
