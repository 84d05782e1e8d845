"""Hands that trained networks confuse: misleading thumbs, and odd places in the image.

A 4 whose thumb lies along the edge of the palm or only touches it looks like a 5; a 5 with
closed fingers and the thumb beside them looks like a 4; a 1 or 2 whose thumb lies across or beside
the folded fingers looks like a 3. People also hold the hand on its side, or reach into the
image from a corner.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import poses
from . import skeleton as sk
from .camera import View


def set_pose(rng: np.random.Generator, sign: int, body: sk.Body, pose: sk.Pose) -> None:
    """Change a pose of `sign` into a confusing one, in place; the O (sign 0) stays as it is."""
    if sign == 0:
        return
    straight = list(poses.EXTENDED[sign])
    if sign in (4, 5) and rng.random() < (0.7 if sign == 5 else 0.45):
        pose.lean[straight] = sk.LEAN[straight] * rng.uniform(-0.25, 0.3)
        pose.lean[straight] += rng.normal(0, 1.0, len(straight))
    pose.thumb = THUMBS[sign](rng, body, pose)


def thumb_of_five(rng: np.random.Generator, body: sk.Body, pose: sk.Pose) -> np.ndarray:
    """A straight thumb beside the fingers, or a little away from them."""
    return straight_thumb(rng, rng.uniform(14, 42), rng.uniform(0, 12))


def thumb_of_three(rng: np.random.Generator, body: sk.Body, pose: sk.Pose) -> np.ndarray:
    """A straight thumb that is held open, but not far."""
    return straight_thumb(rng, rng.uniform(24, 50), rng.uniform(0, 16))


def straight_thumb(rng: np.random.Generator, radial: float, forward: float) -> np.ndarray:
    """The thumb's five angles for a thumb that points away from the palm."""
    bends = rng.uniform(-6, 10), rng.uniform(-12, 10)
    return np.array([radial, forward, *bends, rng.uniform(-5, 45)])


def thumb_of_four(rng: np.random.Generator, body: sk.Body, pose: sk.Pose) -> np.ndarray:
    """A thumb along the edge of the palm, a tip that only touches the edge, or a far one."""
    chance = rng.random()
    if chance < 0.4:
        return thumb_along(rng, rng.uniform(8, 36), rng.uniform(4, 36))
    depth = 0.125 * body.thickness + 0.95 * sk.THUMB_RADII[3] * body.thickness
    if chance < 0.8:
        edge = rng.uniform(0.0, 1.0)  # at 1 the tip lies against the side of the palm
        across, up = 0.12 + 0.26 * edge, rng.uniform(0.45, 0.78)
        depth *= 1 - 0.6 * edge
    else:
        across, up = rng.uniform(-0.30, -0.10), rng.uniform(0.45, 0.70)
    return poses.thumb_to(np.array([across * body.breadth, up, depth]), body, pose)


def thumb_of_one(rng: np.random.Generator, body: sk.Body, pose: sk.Pose) -> np.ndarray:
    """A thumb beside the folded fingers, or across them."""
    if rng.random() < 0.45:
        return thumb_along(rng, rng.uniform(4, 34), rng.uniform(-6, 24))
    fingers = np.concatenate([sk.finger_cones(body, pose, finger) for finger in range(4)])
    last = rng.integers(2, 4)
    return poses.thumb_to(poses.on_finger(rng, fingers[3 * last + 1], body), body, pose)


def thumb_along(rng: np.random.Generator, forward: float, bend: float) -> np.ndarray:
    """The thumb's five angles for a thumb that points up along the edge of the palm."""
    angles = [rng.uniform(0, 22), forward, rng.uniform(-4, 16), bend]
    return np.array([*angles, poses.pad_roll(forward)])


# A 1 and a 2 have the same thumb.
THUMBS = {
    1: thumb_of_one, 2: thumb_of_one, 3: thumb_of_three, 4: thumb_of_four, 5: thumb_of_five
}  # fmt: skip


def place(rng: np.random.Generator, sign: int, view: View) -> View:
    """The view, in many cases with the hand on its side or reaching in from a corner.

    A hand is turned half as far to the side as in `view`, since its thumb would not show there.
    An O keeps its turn.
    """
    if sign != 0:
        turn = (view.yaw + 90) % 180 - 90  # from the palm or the back, whichever is seen
        view = replace(view, yaw=view.yaw - 0.5 * turn)
    chance = rng.random()
    if chance < 0.3:
        roll = rng.choice([-1.0, 1.0]) * rng.normal(90, 14)
        return replace(view, roll=float(roll))
    if chance < 0.6:
        roll = rng.choice([-1.0, 1.0]) * rng.uniform(25, 65)
        # The forearm points away from the fingertips; the hand moves towards its corner.
        down = np.array([np.sin(np.deg2rad(roll)), -np.cos(np.deg2rad(roll))])
        move = rng.uniform(0.04, 0.16) * down + rng.normal(0, 0.02, 2)
        fill = rng.uniform(0.62, 0.95)
        return replace(view, roll=float(roll), fill=float(fill), offset=tuple(move.tolist()))
    return view
