"""The browser's sides of lesson 6's widgets: anywidgets whose modules stand in two or three files.

Who calls it: `live_hand` and `cover`. Images and answers are messages, which no notebook stores.
"""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

_FOLDER = Path(__file__).parent


def _module(*names: str) -> str:
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)


class LivePanel(anywidget.AnyWidget):
    """The controls of the camera.

    Attributes:
        spec: how many classes there are, the image's size, from when an answer is sure, and how
            many images a training needs.
    """

    _esm = _module("parts.js", "live_camera.js", "live_hand.js")
    _css = _FOLDER / "live_hand.css"
    spec = traitlets.Dict().tag(sync=True)


class CoverPanel(anywidget.AnyWidget):
    """An image of which a place can be covered.

    Attributes:
        spec: how many classes there are, the image's size, and the number of places in a row.
    """

    _esm = _module("parts.js", "cover.js")
    _css = _FOLDER / "live_hand.css"
    spec = traitlets.Dict().tag(sync=True)
