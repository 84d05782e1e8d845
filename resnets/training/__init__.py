"""Tools around a training: progress, an estimate of its time, expected ranges, fine-tuning."""

__all__ = ["estimates", "fine_tuning", "progress", "stored"]
