"""Predictions: a learner commits to a guess before a measurement, and compares it afterwards."""

__all__ = ["all_questions", "guess_file", "predictions", "questions"]
