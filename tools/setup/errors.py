"""What stops the set-up: the error with its one line, and the lines for a file system's errors."""

import errno
import os


class SetupError(Exception):
    """What stops the set-up, said in one line: what is wrong and what to do about it."""


def explain(problem, venv):
    """Return one line for an error of the file system."""
    name = problem.filename or venv
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return no_space(venv)
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            "no permission to write {}: copy the course to a folder of your own, or put the "
            "environment elsewhere with VENV=/path/you/can/write".format(name)
        )
    return "{}: {}".format(name, problem.strerror or problem)


def no_space(venv, needed=None, free=None):
    """Return the line for a full disk; `needed` and `free` are in GB."""
    numbers = "" if needed is None else " ({:.1f} GB needed, {:.1f} GB free)".format(needed, free)
    return (
        "not enough disk space at {}{}: free some, or put the environment on another disk "
        "with VENV=/path/with/space/resnets".format(os.path.dirname(venv), numbers)
    )
