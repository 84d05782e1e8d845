"""Compare a submission's architecture with the reference, and name its mistake."""

__all__ = ["judge", "marking", "mistake_index", "sampling", "verdict_cache", "watchdog"]
