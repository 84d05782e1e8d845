"""The reference and the mistakes built into it: what the checks and the judge compare with."""

__all__ = ["fingerprints", "gradient_norms", "mistakes", "reference_blocks", "reference_resnet50"]
