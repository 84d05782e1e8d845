"""Whether a cell's output is stored or compared, so must be the same on every machine."""

from __future__ import annotations

import os


def outputs_are_stored() -> bool:
    """Whether a notebook's outputs are stored or compared, so must not depend on the machine."""
    return "PYTEST_CURRENT_TEST" in os.environ
