"""`gradient_norms`: its reference, its mistakes, and the networks it is tested on."""

from __future__ import annotations

from grading.catalogue.entry import Numbers
from grading.catalogue.gradient_norms_mistakes import MISTAKES
from grading.catalogue.gradient_norms_networks import STORED, arguments, draw
from grading.catalogue.gradient_norms_reference import reference

ENTRY = Numbers(
    mistakes=MISTAKES,
    reference=reference,
    stored=STORED,
    arguments=arguments,
    draw=draw,
)
