"""Results of measurements that take too long for a lesson, stored with how they were made."""

__all__ = ["results"]
