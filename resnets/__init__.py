"""The library behind `resnets_utils`, which is what a lesson imports.

Each room below, and each room of `grading/`, names in `__all__` the modules that other rooms may
import. `tests/house/test_rooms.py` holds this.
"""

__all__ = [
    "checks",
    "data",
    "exercises",
    "graph",
    "images",
    "lessons",
    "plots",
    "reader",
    "startup",
    "training",
    "words",
]
