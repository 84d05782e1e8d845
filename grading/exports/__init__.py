"""Hand marks on to nbgrader, Gradescope and Canvas."""

__all__ = ["canvas", "common", "gradescope", "nbgrader"]
