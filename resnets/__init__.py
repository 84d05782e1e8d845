"""The library behind `resnets_utils`, the module that lessons import.

Each room here and in `grading/` lists in `__all__` the modules that other rooms may import.
`tests/house/test_rooms.py` enforces this.
"""

__all__ = [
    "boxes",
    "checks",
    "data",
    "exercises",
    "graph",
    "heat_map",
    "holding",
    "images",
    "initializers",
    "lessons",
    "measured",
    "plots",
    "offer",
    "reader",
    "silent_channels",
    "sizes",
    "stand_ins",
    "start_page",
    "startup",
    "training",
    "widgets",
    "words",
]
