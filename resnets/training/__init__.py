"""Tools around a training: a progress bar, an estimate of its time, and expected ranges."""

__all__ = ["estimates", "progress", "stored"]
