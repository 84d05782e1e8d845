"""Train a network's last stage a little further, on images that it has read wrongly.

Who calls it: the camera of lesson 6. Half of the learner's images are trained on; the other half
and the course's test sets judge the network before and after. The layers before the last stage stay
as they are, so their output is computed once for each image, and a step takes a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from resnets.data import TEST_SETS, load_dataset, load_test_set
from resnets.graph import blocks, walk
from resnets.silent_channels import without_silent_channels

LEAST_IMAGES = 10
"""With fewer images, an accuracy on half of them says nothing."""
STEPS = 40
BATCH = 32  # half of it the learner's images, half the course's, so that nothing is forgotten
COURSE_IMAGES = 240
VERSIONS = 16  # of each of the learner's images: moved, turned, lighter or darker
_RATE = 2e-4
_AT_ONCE = 120  # images whose features are computed between two messages about the progress


@dataclass(frozen=True)
class Judged:
    """How many images of a set the network reads correctly, before and after.

    Attributes:
        name: what the set is called in a sentence.
        images: how many images it has.
        before, after: how many of them are right.
    """

    name: str
    images: int
    before: int
    after: int


class FineTuningError(ValueError):
    """The network or the images cannot be used for this; the message says why."""


def halves(labels: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Which images to train on and which to judge with: two arrays of positions.

    Of each class, the images that were kept first are trained on. Images that follow each other
    look alike, so it would be too easy to judge with every second one.
    """
    labels = np.asarray(labels)
    trained, judged, more = [], [], 1
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        first = (len(places) + more) // 2
        more = 1 - more if len(places) % 2 else more  # the odd image goes to either half in turn
        trained += list(places[:first])
        judged += list(places[first:])
    return np.array(trained, int), np.array(judged, int)


def fine_tune(
    model: keras.Model,
    images: np.ndarray,
    labels: Sequence[int],
    say: Callable[[str], None] = lambda text: None,
) -> tuple[keras.Model, list[Judged]]:
    """A copy of the network whose last stage has been trained on a half of the images.

    The copy has no silent channels (see `without_silent_channels`). In the course's network no
    gradient reaches them, so they would stay silent.

    Args:
        model: a network of residual blocks that ends in a softmax; it stays as it is.
        images: uint8 of shape (m, 64, 64, 3), in the order in which they were kept.
        labels: m whole numbers.
        say: is told in words what is being done.

    Returns:
        The trained copy, and how it reads each set before and after: first the half of the images
        that was not trained on, then the course's test sets.

    Raises:
        FineTuningError: there are fewer than `LEAST_IMAGES` images, or the network has no stages.
    """
    labels = np.asarray(labels)
    if len(images) != len(labels) or len(images) < LEAST_IMAGES:
        raise FineTuningError(
            f"fine_tune: expected at least {LEAST_IMAGES} images, each with a label, got "
            f"{len(images)} and {len(labels)}. Keep some more images first."
        )
    say("Copying the network.")
    copy = without_silent_channels(model)
    if copy is model:
        copy = keras.models.clone_model(model)
        copy.set_weights(model.get_weights())
    first, last = _cut(copy)
    trained, judged = halves(labels)
    sets = {"your images that it was not trained on": (images[judged], labels[judged])}
    sets |= _course_sets()
    features = {
        name: (_features(first, X, f"Reading {name}", say), Y) for name, (X, Y) in sets.items()
    }
    before = _count_right(last, features)
    _train(first, last, images[trained], labels[trained], say)
    after = _count_right(last, features)
    rows = [Judged(name, len(sets[name][1]), before[name], after[name]) for name in sets]
    return copy, rows


def _course_sets() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The course's test sets, by what a reader calls them."""
    *_, X_test, Y_test, _ = load_dataset()
    sets = {"the course's test images": (X_test, Y_test[0])}
    for name in TEST_SETS:
        X, Y = load_test_set(name)
        sets[f"the test set {name.replace('_', ' ')}"] = (X, Y[0])
    return sets


def _cut(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """The network in two parts: all before its last stage, and the last stage with the head."""
    steps = walk(model)
    found = blocks(steps)
    sizes = [steps[block[-1]].shape[1:3] for block in found]
    before = [block for block, size in zip(found, sizes, strict=True) if size != sizes[-1]]
    if not before:
        raise FineTuningError(
            f"fine_tune: expected a network with several stages of residual blocks, got "
            f"{model.name!r} with {len(found)} blocks of one size. Use the network of lesson 4."
        )
    border = steps[before[-1][-1]].layer.output
    return keras.Model(model.inputs, border), keras.Model(border, model.outputs)


def _features(
    first: keras.Model, images: np.ndarray, doing: str, say: Callable[[str], None]
) -> np.ndarray:
    """The output of the network's first part, in portions."""
    parts = []
    for start in range(0, len(images), _AT_ONCE):
        say(f"{doing}: {start} of {len(images)} images.")
        part = images[start : start + _AT_ONCE].astype(np.float32) / 255
        parts.append(first.predict(part, verbose=0))
    return np.concatenate(parts)


def _count_right(last: keras.Model, features: dict) -> dict[str, int]:
    return {
        name: int(np.sum(last.predict(X, verbose=0).argmax(axis=1) == Y))
        for name, (X, Y) in features.items()
    }


def _train(
    first: keras.Model,
    last: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    say: Callable[[str], None],
) -> None:
    """Train the last stage for `STEPS` steps of the learner's and the course's images."""
    rng = np.random.default_rng(0)
    X, Y, *_ = load_dataset()
    chosen = rng.permutation(len(X))[:COURSE_IMAGES]
    varied = _varied(np.repeat(images, VERSIONS, axis=0))
    own = _features(first, varied, "Reading your images", say)
    course = _features(first, X[chosen], "Reading the course's images", say)
    half = STEPS * BATCH // 2
    order = np.stack(
        [rng.integers(0, len(own), half), len(own) + rng.integers(0, len(course), half)], axis=1
    ).reshape(-1)
    features = np.concatenate([own, course])[order]
    answers = np.concatenate([np.repeat(labels, VERSIONS), Y[0, chosen]])[order]

    # BatchNorm keeps its statistics: those of a few similar images would spoil all other answers.
    norms = [layer for layer in last.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in norms:
        layer.trainable = False
    say(f"Training the last stage: {STEPS} steps.")
    last.compile(keras.optimizers.Adam(_RATE), "sparse_categorical_crossentropy")
    last.fit(features, answers, batch_size=BATCH, shuffle=False, verbose=0)
    for layer in norms:
        layer.trainable = True


def _varied(images: np.ndarray) -> np.ndarray:
    """The images, each moved, turned, and made lighter or darker at random."""
    change = keras.Sequential(
        [
            keras.layers.RandomTranslation(0.08, 0.08, fill_mode="nearest", seed=1),
            keras.layers.RandomRotation(0.04, fill_mode="nearest", seed=2),
            keras.layers.RandomZoom(0.1, fill_mode="nearest", seed=3),
            keras.layers.RandomBrightness(0.15, value_range=(0, 255), seed=4),
        ]
    )
    return np.asarray(change(images.astype(np.float32), training=True)).clip(0, 255)
