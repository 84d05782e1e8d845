"""Find and read what students handed in, whatever it is packed in."""

__all__ = ["students", "submissions", "unread"]
