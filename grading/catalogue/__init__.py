"""The reference and known mistakes in it, with which checks and judge compare student code."""

__all__ = [
    "entries",
    "entry",
    "fingerprints",
    "preactivation_block",
    "reference_blocks",
    "reference_resnet50",
    "se_block",
]
