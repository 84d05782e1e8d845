"""Run code that nobody has read, and bring back what it claims to have built."""

__all__ = ["block_placeholder", "isolation", "outcome", "sandbox"]
