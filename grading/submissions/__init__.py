"""Find and read what students handed in: notebooks, folders and archives."""

__all__ = ["deadline", "students", "submissions", "unread"]
