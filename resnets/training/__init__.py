"""Tools around a training: progress, an estimate of its time, expected ranges, the fast path."""

__all__ = ["estimates", "fast", "fused", "progress", "stored"]
