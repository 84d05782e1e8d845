"""The figures of the lessons, all in one style, each with a text alternative."""

__all__ = [
    "bars",
    "curves",
    "image_grid",
    "model_diagram",
    "model_input",
    "predictions",
    "seeds",
    "style",
    "training",
]
