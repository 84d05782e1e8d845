"""Compare what was built with the reference, and name the mistake in it."""

__all__ = ["judge", "marking", "mistake_index", "sampling", "verdict_cache", "watchdog"]
