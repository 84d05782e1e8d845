"""The camera of lesson 6: what the network answers to a moving hand, and what corrections teach it.

    live = utils.live_hand(model, image)     # shows this image until Start is pressed
    live.model                               # the network, or the one trained on corrections

Who calls it: lesson 6. The browser sends the newest image, 64 by 64 pixels, as soon as the answer
to the last one has come. Images stay in the kernel's memory; nothing is written to a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from IPython.display import display

from resnets.heat_map import prepare_gradcam
from resnets.images import SIZE, ImageError, load_image, to_input
from resnets.plots.predictions import plot_live_answer
from resnets.training.fine_tuning import LEAST_IMAGES, FineTuningError, Judged, fine_tune
from resnets.training.progress import in_notebook
from resnets.training.stored import outputs_are_stored
from resnets.widgets.movable import show_view

MOST_KEPT = 100
"""More images would not make the training better, and each is drawn on the page."""
_ECHOED = (("view", "view"), ("number", "number"), ("what", "do"))

_current: LiveHand | None = None


def live_hand(model: keras.Model, example: Any, sure: float = 0.8) -> LiveHand:
    """Show the camera's controls and the answer for an example image; return the `LiveHand`.

    The camera is off until the learner presses Start. A second call closes the first camera and
    takes over its kept images. While outputs are stored or compared, there is only the example.

    Args:
        model: a classifier of images (64, 64, 3) that ends in a softmax.
        example: an image as for `load_image`.
        sure: from which probability on the answer counts as sure.
    """
    global _current
    kept = []
    if _current is not None:
        kept = _current.kept
        _current.close()
    _current = LiveHand(model, load_image(example), sure)
    _current.kept = kept
    _current.show()
    return _current


class LiveHand:
    """The kernel's side of the camera: it answers images, keeps corrections and trains on them.

    Attributes:
        model: the network that answers now.
        kept: pairs of an image, uint8 of shape (64, 64, 3), and the label that it was given.
    """

    def __init__(self, model: keras.Model, example: np.ndarray, sure: float) -> None:
        self.model = model
        self.kept: list[tuple[np.ndarray, int]] = []
        self._example, self._sure = example, sure
        self._classes = model.output_shape[-1]
        self._given, self._trained = model, None
        self._looks: dict[bool, Callable] = {}  # compiled for the given and the trained network
        self._panel = None  # the controls, once they are shown

    def show(self) -> None:
        """Show the controls; without a notebook or where outputs are stored, the example only."""
        probabilities, heat = self._look(self._example)
        figure = plot_live_answer(self._example, heat, probabilities)
        if outputs_are_stored() or not in_notebook():
            display(figure)
            return
        from resnets.widgets.live_panel import LivePanel

        spec = {
            "classes": self._classes,
            "size": SIZE,
            "sure": self._sure,
            "least": LEAST_IMAGES,
        }
        self._panel = LivePanel(spec=spec)
        self._panel.on_msg(self._receive)
        show_view(self._panel, figure, "Run this cell to use the camera.")

    def close(self) -> None:
        """Take the controls off the page, which turns the camera off."""
        if self._panel is not None:
            self._panel.close()
            self._panel = None

    # --- messages ----------------------------------------------------------------------------

    def _receive(self, _: Any, content: Mapping[str, Any], buffers: list) -> None:
        """Do what the browser asks for, and tell it if that fails."""
        actions = {
            "open": self._open,
            "look": self._answer,
            "file": self._answer_file,
            "keep": self._keep,
            "remove": self._remove,
            "train": self._train,
            "choose": self._choose,
        }
        try:
            actions[content["do"]](content, buffers)
        except (ImageError, FineTuningError) as error:
            self._say("refused", text=str(error), **_address(content))
        except Exception as error:  # otherwise the page would wait for an answer for ever
            text = f"The kernel could not do this: {type(error).__name__}: {error}"
            self._say("refused", text=text, **_address(content))

    def _open(self, content: Mapping[str, Any], buffers: list) -> None:
        self._tell_answer(self._example, content, with_image=True)
        self._tell_kept()
        self._tell_choice()

    def _answer(self, content: Mapping[str, Any], buffers: list) -> None:
        self._tell_answer(_as_image(buffers), content)

    def _answer_file(self, content: Mapping[str, Any], buffers: list) -> None:
        file = {"name": content.get("name", "The file"), "content": buffers[0]}
        self._tell_answer(load_image([file]), content, with_image=True)

    def _keep(self, content: Mapping[str, Any], buffers: list) -> None:
        label = content.get("label")
        if label not in range(self._classes):
            raise ImageError(f"expected a label from 0 to {self._classes - 1}, got {label!r}.")
        if len(self.kept) >= MOST_KEPT:
            raise ImageError(f"{MOST_KEPT} images are kept, and no more fit. Remove some first.")
        self.kept.append((_as_image(buffers), label))
        self._tell_kept()

    def _remove(self, content: Mapping[str, Any], buffers: list) -> None:
        place = content.get("place")
        if place in range(len(self.kept)):
            del self.kept[place]
        self._tell_kept()

    def _train(self, content: Mapping[str, Any], buffers: list) -> None:
        """Train the given network's last stage on the kept images; the trained one answers then."""
        images = np.array([image for image, _ in self.kept]).reshape(-1, SIZE, SIZE, 3)
        labels = [label for _, label in self.kept]

        def tell(text: str) -> None:
            self._say("progress", text=text)

        self._trained, rows = fine_tune(self._given, images, labels, tell)
        self._looks.pop(True, None)
        self._say("trained", rows=[_in_numbers(row) for row in rows])
        self._use(self._trained)

    def _choose(self, content: Mapping[str, Any], buffers: list) -> None:
        trained = content.get("trained") and self._trained is not None
        self._use(self._trained if trained else self._given)

    # --- answers -----------------------------------------------------------------------------

    def _use(self, model: keras.Model) -> None:
        self.model = model
        self._tell_choice()

    def _look(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The probabilities for an image and its Grad-CAM map, by the network that answers now."""
        is_trained = self.model is self._trained
        if is_trained not in self._looks:
            self._looks[is_trained] = prepare_gradcam(self.model)
        return self._looks[is_trained](to_input(image))

    def _tell_answer(
        self, image: np.ndarray, content: Mapping[str, Any], with_image: bool = False
    ) -> None:
        probabilities, heat = self._look(image)
        self._say(
            "answer",
            [np.uint8(255 * heat).tobytes(), *([image.tobytes()] if with_image else [])],
            probabilities=[float(p) for p in probabilities],
            side=len(heat),
            **_address(content),
        )

    def _tell_kept(self) -> None:
        images = [image.tobytes() for image, _ in self.kept]
        self._say("kept", images, labels=[label for _, label in self.kept])

    def _tell_choice(self) -> None:
        exists = self._trained is not None
        self._say("choice", exists=exists, trained=exists and self.model is self._trained)

    def _say(self, kind: str, buffers: list | None = None, **values: Any) -> None:
        if self._panel is not None and self._panel.comm is not None:
            self._panel.send({"say": kind, **values}, buffers or [])


def _address(content: Mapping[str, Any]) -> dict[str, Any]:
    """Who asked for what, and with which image, so that the answer finds its way back."""
    return {name: content.get(key) for name, key in _ECHOED}


def _as_image(buffers: list) -> np.ndarray:
    data = bytes(buffers[0]) if buffers else b""
    if len(data) != SIZE * SIZE * 3:
        raise ImageError(
            f"expected an image of {SIZE * SIZE * 3} bytes, got {len(data)}. Press Start again."
        )
    return np.frombuffer(data, np.uint8).reshape(SIZE, SIZE, 3)


def _in_numbers(row: Judged) -> dict[str, Any]:
    return {"name": row.name, "images": row.images, "before": row.before, "after": row.after}
