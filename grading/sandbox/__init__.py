"""Run untrusted student code in isolation, and return what it claims to have built."""

__all__ = ["block_placeholder", "isolation", "outcome", "sandbox"]
