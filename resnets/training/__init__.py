"""What goes with a training: its progress, and how long it will take."""

__all__ = ["estimates", "progress"]
