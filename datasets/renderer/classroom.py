"""One classroom: the same people before the same wall in the same light, again and again.

Real sets are taken like this. Somebody calls a class to the camera, and everybody shows all
the signs; so within a sign the hands, their skin and their sleeves repeat, and from image to image
little changes but the pose, its place in the image, and a few percent of exposure.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from . import poses, postprocess, sampling
from . import skeleton as sk
from .camera import View
from .sdf import BlendRadii
from .shading import Lights
from .skin import Look

ROOM_SEED = 20_261  # the room of the course's own files
YAW, PITCH, ROLL = 8.0, 6.0, 6.0  # degrees, standard deviations
EXPOSURE = 0.06  # stops, standard deviation: 4 %


@dataclass(frozen=True)
class Person:
    """What stays the same in all images of a person.

    Attributes:
        number: the person's number.
        tone: skin tone from 0 (dark) to 1 (light).
        left: whether the left hand is shown.
        body: the proportions of the hand.
        colours: skin, nails, sleeve and bracelet (6, 3), linear RGB.
        look: how the skin reacts to light.
        blend: how softly fingers and palm blend.
        dress_seed: draws the sleeve or the bracelet.
    """

    number: int
    tone: float
    left: bool
    body: sk.Body
    colours: np.ndarray
    look: Look
    blend: BlendRadii
    dress_seed: int


@dataclass(frozen=True)
class Room:
    """Light, wall and camera of a classroom.

    Attributes:
        lights: lamp, fill and sky.
        wall: linear RGB (height, width, 3).
        camera_seed: draws what the camera does to every image alike.
    """

    lights: Lights
    wall: np.ndarray
    camera_seed: int


@functools.cache
def person(number: int) -> Person:
    """The person of this number; ten in a row have every tone band and hand once."""
    rng = np.random.default_rng([ROOM_SEED, 1, number])
    tone = (number % sampling.TONES + float(rng.uniform())) / sampling.TONES
    return Person(
        number=number,
        tone=tone,
        left=(number // sampling.TONES) % 2 == 1,
        body=poses.draw_body(rng, 0.8),
        colours=sampling.draw_skin(rng, tone),
        look=sampling.draw_look(rng),
        blend=sampling.draw_blend(rng),
        dress_seed=int(rng.integers(1 << 31)),
    )


@functools.cache
def room(height: int, width: int) -> Room:
    """The classroom of the course's files, for images of this size."""
    rng = np.random.default_rng([ROOM_SEED, 2])
    lights = sampling.draw_light(rng, sampling.CLASSROOM)
    wall, _ = postprocess.wall(rng, (height, width), sampling.CLASSROOM)
    return Room(lights, wall, int(rng.integers(1 << 31)))


def mirrored(lights: Lights) -> Lights:
    """The lights with right and left exchanged."""
    across = np.array([-1.0, 1.0, 1.0])
    return lights._replace(
        lamp=sampling.triple(across * lights.lamp), fill=sampling.triple(across * lights.fill)
    )


def draw_view(rng: np.random.Generator, sign: int) -> View:
    """A view of a hand that somebody holds up to the camera, palm first."""
    yaw = sampling.draw_ring_yaw(rng, plain=True) if sign == 0 else rng.normal(0, YAW)
    fill = rng.uniform(0.71, 0.9)
    free = max(0.98 - fill, 0.06) / 2
    return View(
        yaw=float(yaw),
        pitch=float(rng.normal(0, PITCH)),
        roll=float(rng.normal(0, ROLL)),
        distance=float(np.exp(rng.uniform(np.log(4.5), np.log(7.0)))),
        fill=float(fill),
        offset=(float(rng.uniform(-free, free)), float(rng.uniform(-free, free))),
    )


def develop(rng: np.random.Generator, linear: np.ndarray, camera_seed: int) -> np.ndarray:
    """What the room's camera makes of linear RGB: uint8 sRGB, with a few percent of exposure."""
    exposed = linear * 2 ** rng.normal(0.0, EXPOSURE)
    camera = np.random.default_rng(camera_seed)
    return postprocess.develop(camera, exposed, sampling.CLASSROOM, grain=rng)
