"""An image beside the part that the network gets.

Who calls it: lesson 6.
"""

from __future__ import annotations

from typing import Any

from matplotlib.patches import Rectangle

from resnets.images import SIZE, load_image, load_upright
from resnets.plots.style import VERMILLION, LessonFigure, frame, new_figure, styled


@styled
def show_input(source: Any, alt: str | None = None) -> LessonFigure:
    """The whole image with a frame around the square in use, beside the network's 64 by 64 pixels.

    Args:
        source: a path, the bytes of a file, or the value of an ipywidgets `FileUpload`.
        alt: replaces the usual description.

    Raises:
        ImageError: the file cannot be used as an image.
    """
    whole, small = load_upright(source), load_image(source)
    height, width = whole.shape[:2]
    side = min(height, width)
    fig = new_figure(7.2, 3.9)
    left, right = fig.subplots(1, 2)
    left.imshow(whole)
    corner = ((width - side) / 2 - 0.5, (height - side) / 2 - 0.5)
    left.add_patch(Rectangle(corner, side, side, fill=False, edgecolor=VERMILLION, linewidth=3))
    left.set_title("your image, and the square in it")
    right.imshow(small, interpolation="nearest")
    right.set_title(f"what the network sees: {SIZE} × {SIZE}")
    for ax in (left, right):
        frame(ax)
    fig.alt = alt or (
        "Two images: left the image with a frame around the square in its centre, right "
        f"this square as the network gets it, {SIZE} by {SIZE} pixels."
    )
    return fig
