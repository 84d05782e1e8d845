"""What a learner commits to, moves and shows: predictions, figures one can move, and the camera."""

__all__ = [
    "all_questions",
    "block_explorer",
    "cover",
    "field_explorer",
    "gradient_explorer",
    "guess_file",
    "live_hand",
    "network_builder",
    "predictions",
    "questions",
    "threshold_explorer",
]
