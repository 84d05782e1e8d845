"""What a notebook defines: one reading for the learner's next lesson and for the grader."""

__all__ = ["notebooks", "slices"]
