"""Cover a place of an image by a click, and see what the network answers then.

Who calls it: lesson 6. The places are those of Grad-CAM's map, so that a learner can test the map.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from IPython.display import display

from resnets.heat_map import prepare_gradcam
from resnets.images import SIZE, to_input
from resnets.plots.predictions import plot_live_answer
from resnets.training.progress import in_notebook
from resnets.training.stored import outputs_are_stored
from resnets.widgets.movable import show_view

PLACES = 8  # in a row: as many as the map has
HALF = 12  # pixels: half the side of the square
_GREY = 128


def cover_by_click(model: keras.Model, image: np.ndarray) -> None:
    """Show an image whose places can be covered, with the network's probabilities beside it.

    Args:
        model: a classifier of images (64, 64, 3) that ends in a softmax.
        image: uint8 of shape (64, 64, 3).
    """
    look = prepare_gradcam(model)
    probabilities, heat = look(to_input(image))
    figure = plot_live_answer(image, heat, probabilities)
    if outputs_are_stored() or not in_notebook():
        display(figure)
        return
    from resnets.widgets.live_panel import CoverPanel

    spec = {"classes": model.output_shape[-1], "size": SIZE, "places": PLACES}
    panel = CoverPanel(spec=spec)

    def receive(_: Any, content: Mapping[str, Any], buffers: list) -> None:
        shown, position = covered(image, content.get("position"))
        probabilities, _ = look(to_input(shown))
        text = _in_words(position, probabilities)
        answer = {"position": position, "text": text, "probabilities": probabilities.tolist()}
        panel.send(answer, [shown.tobytes()])

    panel.on_msg(receive)
    show_view(panel, figure, "Run this cell to cover places of the image.")


def covered(image: np.ndarray, position: Any) -> tuple[np.ndarray, list[int] | None]:
    """The image with a grey square over a place, and the place: row and column from 0 to 7.

    Anything that is not a place covers nothing, and None is returned for it.
    """
    is_pair = isinstance(position, list) and len(position) == 2
    if not is_pair or not all(place in range(PLACES) for place in position):
        return image, None
    row, column = (SIZE // PLACES * place + SIZE // PLACES // 2 for place in position)
    result = image.copy()
    result[max(row - HALF, 0) : row + HALF, max(column - HALF, 0) : column + HALF] = _GREY
    return result, position


def _in_words(position: list[int] | None, probabilities: np.ndarray) -> str:
    answer = f"The answer is {probabilities.argmax()}, with {probabilities.max():.0%}."
    if position is None:
        return f"Nothing is covered. {answer}"
    return f"Row {position[0] + 1}, column {position[1] + 1} is covered. {answer}"
