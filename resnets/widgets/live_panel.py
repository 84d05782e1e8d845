"""The browser's sides of lesson 6's widgets: anywidgets whose modules stand in two or three files.

Who calls it: `live_hand` and `cover`. Images and answers are messages, which no notebook stores.
"""

from __future__ import annotations

import anywidget
import traitlets

from resnets.widgets.browser_module import FOLDER, browser_module


class LivePanel(anywidget.AnyWidget):
    """The controls of the camera.

    Attributes:
        spec: how many classes there are, the image's size, from when an answer is sure, and how
            many images a training needs.
    """

    _esm = browser_module("parts.js", "live_camera.js", "live_hand.js")
    _css = FOLDER / "live_hand.css"
    spec = traitlets.Dict().tag(sync=True)


class CoverPanel(anywidget.AnyWidget):
    """An image of which a place can be covered.

    Attributes:
        spec: how many classes there are, the image's size, and the number of places in a row.
    """

    _esm = browser_module("parts.js", "cover.js")
    _css = FOLDER / "live_hand.css"
    spec = traitlets.Dict().tag(sync=True)
