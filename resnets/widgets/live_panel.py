"""The browser's side of the camera: an anywidget whose module stands in two files.

Who calls it: `live_hand`.
"""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets


class LivePanel(anywidget.AnyWidget):
    """The controls of the camera; images and answers are messages, which no notebook stores.

    Attributes:
        spec: how many classes there are, the image's size, from when an answer is sure, and how
            many images a training needs.
    """

    _esm = "\n".join(
        Path(__file__).with_name(name).read_text(encoding="utf-8")
        for name in ("live_camera.js", "live_hand.js")
    )
    _css = Path(__file__).with_name("live_hand.css")
    spec = traitlets.Dict().tag(sync=True)
