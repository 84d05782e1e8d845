"""The library behind `resnets_utils`, the module that lessons import.

Each room here and in `grading/` lists in `__all__` the modules that other rooms may import.
`tests/house/test_rooms.py` enforces this.
"""

__all__ = [
    "checks",
    "data",
    "exercises",
    "graph",
    "holding",
    "images",
    "lessons",
    "measured",
    "plots",
    "offer",
    "reader",
    "stand_ins",
    "startup",
    "training",
    "widgets",
    "words",
]
