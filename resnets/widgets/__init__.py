"""What a learner commits to, moves and shows: predictions, figures one can move, and the camera."""

__all__ = [
    "block_explorer",
    "cover",
    "field_explorer",
    "gradient_explorer",
    "live_hand",
    "network_builder",
    "predictions",
    "questions",
    "threshold_explorer",
]
