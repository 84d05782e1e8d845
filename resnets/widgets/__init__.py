"""What a learner commits to, moves and shows: predictions, figures one can move, and the camera."""

__all__ = ["live_hand", "predictions", "questions"]
