"""How many cases the long proofs draw: a sample in `make test`, all of them with THOROUGH=1."""

from __future__ import annotations

import os

import pytest

THOROUGH = bool(os.environ.get("THOROUGH"))
only_thorough = pytest.mark.skipif(not THOROUGH, reason="a long proof; THOROUGH=1 runs it")


def sampled(sample, everything):
    """The size of a proof: `sample`, or `everything` with THOROUGH=1."""
    return everything if THOROUGH else sample
