"""Measure what hero.svg shows: `python -m images.measure_hero`.

Gives the framed test image to the course's trained model and writes the six probabilities to
hero.json beside this file, from which the figure is drawn. Needs models/ResNet50.h5.
"""

from __future__ import annotations

import json

from . import photos
from .hero import RESULT, SHOWN

MODEL = photos.DATASETS.parent / "models" / "ResNet50.h5"


def main() -> None:
    """Measure and write the result."""
    import keras

    images, labels = photos.signs("test")
    model = keras.models.load_model(MODEL, compile=False)
    (probabilities,) = model.predict(images[SHOWN : SHOWN + 1] / 255.0, verbose=0)
    result = {
        "source": "models/ResNet50.h5",
        "image": SHOWN,
        "label": int(labels[SHOWN]),
        "probabilities": [round(float(value), 4) for value in probabilities],
    }
    RESULT.write_text(json.dumps(result) + "\n", encoding="utf-8")
    print(result)


if __name__ == "__main__":
    main()
