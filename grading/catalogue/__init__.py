"""The reference and the mistakes built into it: what the checks and the judge compare with."""

__all__ = ["entries", "entry", "fingerprints", "reference_blocks", "reference_resnet50"]
