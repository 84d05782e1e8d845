"""Tools around a training: progress, time, expected ranges, the fast path, fine-tuning."""

__all__ = ["estimates", "fast", "fine_tuning", "fused", "progress", "stored"]
