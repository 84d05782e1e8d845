"""Export marks to nbgrader, Gradescope and Canvas."""

__all__ = ["canvas", "common", "gradescope", "nbgrader"]
