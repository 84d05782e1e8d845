"""What a learner commits to, moves and shows: predictions, figures to move, and the camera."""

__all__ = [
    "all_questions",
    "block_explorer",
    "cover",
    "field_explorer",
    "gradient_explorer",
    "guess_file",
    "live_hand",
    "momentum_explorer",
    "network_builder",
    "predictions",
    "questions",
    "seen_positions",
    "threshold_explorer",
]
