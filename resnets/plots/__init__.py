"""The figures that lessons draw, in one style, each with a text alternative."""

__all__ = ["bars", "curves", "figures", "model_diagram", "model_input", "style"]
