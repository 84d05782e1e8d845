"""The six signs as joint angles, and the thumb that reaches for its target.

Signs: 0 an O of thumb and fingers, 1 index, 2 index and middle, 3 thumb, index and middle,
4 four fingers with the thumb folded over the palm, 5 all five.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from . import skeleton as sk

EXTENDED = {0: (), 1: (0,), 2: (0, 1), 3: (0, 1), 4: (0, 1, 2, 3), 5: (0, 1, 2, 3)}
THUMB_OUT = {3, 5}
# Limits of the thumb: radial and palmar abduction, MCP flexion, IP flexion (degrees).
THUMB_LIMITS = np.array([[-35.0, 65.0], [0.0, 62.0], [-5.0, 62.0], [-8.0, 82.0]])


class Thumb(NamedTuple):
    """The thumb's base (3,), its bones' lengths (3,) and the radii at its joints and tip (4,)."""

    base: np.ndarray
    lengths: np.ndarray
    radii: np.ndarray


def draw_body(rng: np.random.Generator, variety: float = 1.0) -> sk.Body:
    """A random person: bone lengths vary by about 10 %, thickness by 15 %, times `variety`."""

    def factor(width, size=None):
        return np.clip(1.0 + rng.normal(0.0, width / 2, size) * variety, 1 - width, 1 + width)

    return sk.Body(
        bones=factor(0.06, (4, 3)),
        thickness=float(factor(0.17)),
        finger_length=float(factor(0.10)),
        breadth=float(factor(0.09)),
        thumb=float(factor(0.09)),
        wrist=float(factor(0.14)),
    )


def draw_pose(rng: np.random.Generator, sign: int, body: sk.Body, plain: bool = False) -> sk.Pose:
    """Joint angles for `sign`; `plain` leaves out the loosest and the most cramped hands."""
    flexion, lean = np.zeros((4, 3)), np.zeros(4)
    curl = abs(rng.normal(0.0, 6.0 if plain else 8.0))
    closed = rng.random() < (0.12 if plain else 0.28)
    spread = rng.uniform(-0.25, 0.15) if closed else rng.uniform(0.5 if plain else 0.2, 1.8)
    loose = rng.random() < (0.35 if plain else 0.5)
    if sign == 0:
        flexion, lean = ring_of_fingers(rng)
    else:
        for finger in range(4):
            if finger in EXTENDED[sign]:
                flexion[finger] = extended(rng, curl)
                lean[finger] = sk.LEAN[finger] * spread + rng.normal(0, 1.5)
            else:
                flexion[finger] = folded(rng, loose)
                lean[finger] = -0.35 * sk.LEAN[finger] + rng.normal(0, 2.5)
        if sign in (2, 3) and not closed:
            opening = rng.uniform(1.0, 9.0)
            lean[0] += opening * 0.6
            lean[1] -= opening * 0.7
    pose = sk.Pose(flexion, lean, np.zeros(5))
    pose.wrist = (rng.normal(0, 9), rng.normal(0, 10))
    pose.thumb = draw_thumb(rng, sign, body, pose, plain)
    return pose


def open_hand(rng: np.random.Generator, sign: int, body: sk.Body, pose: sk.Pose) -> None:
    """Make a hand broad and strong, its straight fingers well apart, and solve its thumb again."""
    body.breadth *= rng.uniform(1.0, 1.18)
    body.thickness *= rng.uniform(0.95, 1.14)
    body.finger_length *= rng.uniform(0.88, 1.02)
    body.thumb *= rng.uniform(0.95, 1.12)
    straight = list(EXTENDED[sign])
    if straight and rng.random() < 0.75:
        pose.lean[straight] = sk.LEAN[straight] * rng.uniform(0.9, 2.2)
        pose.lean[straight] += rng.normal(0, 2.5, len(straight))
    pose.thumb = draw_thumb(rng, sign, body, pose, plain=False)


def loosen(rng: np.random.Generator, sign: int, body: sk.Body, pose: sk.Pose) -> None:
    """Make a sign careless: fingers neither quite straight nor quite folded, the thumb idle.

    The O (sign 0) keeps its ring; a 4 often lays its thumb along the edge of the palm.
    """
    if sign == 0:
        return
    curl = rng.uniform(0.0, 1.0) if rng.random() < 0.5 else 0.0
    half_open = rng.random() < 0.6
    for finger in range(4):
        if finger in EXTENDED[sign]:
            pose.flexion[finger] += curl * np.array([12.0, 28.0, 16.0]) * rng.uniform(0.6, 1.3)
        elif half_open:
            pose.flexion[finger] = [rng.uniform(42, 82), rng.uniform(68, 108), rng.uniform(12, 58)]
    if sign == 4 and rng.random() < 0.45:
        radial, forward = rng.uniform(-8, 10), rng.uniform(2, 34)
        bends = rng.uniform(-4, 26), rng.uniform(-6, 40)
        pose.thumb = np.array([radial, forward, *bends, pad_roll(forward)])
    else:
        pose.thumb = draw_thumb(rng, sign, body, pose, plain=False)


def extended(rng: np.random.Generator, curl: float) -> np.ndarray:
    """Joint angles of a straight finger; all fingers of a hand share the curl."""
    return np.array([rng.normal(4, 6), curl * rng.uniform(0.6, 1.4), curl * rng.uniform(0.3, 0.9)])


def folded(rng: np.random.Generator, loose: bool) -> np.ndarray:
    """Joint angles of a finger folded into the palm, tightly or loosely."""
    if loose:
        return np.array([rng.uniform(58, 86), rng.uniform(84, 108), rng.uniform(28, 62)])
    return np.array([rng.uniform(70, 92), rng.uniform(96, 112), rng.uniform(45, 70)])


def ring_of_fingers(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Flexion and lean of fingers bent to meet the thumb: one arc, with small differences."""
    arc = np.array([rng.uniform(40, 68), rng.uniform(50, 84), rng.uniform(18, 46)])
    fan = rng.normal(0, 4) + np.arange(4) * rng.normal(0, 3)
    flexion = arc + fan[:, None] + rng.normal(0, 3, (4, 3))
    lean = -0.25 * sk.LEAN * rng.uniform(0.0, 1.6) + rng.normal(0, 1.2, 4)
    return flexion, lean


def draw_thumb(rng, sign: int, body: sk.Body, pose: sk.Pose, plain: bool) -> np.ndarray:
    """The thumb's five angles: held open, or solved so that the tip reaches its target."""
    if sign in THUMB_OUT:
        radial = rng.uniform(36 if plain else 30, 62)
        forward = rng.uniform(0, 22)
        return np.array(
            [radial, forward, rng.uniform(-6, 16), rng.uniform(-12, 14), rng.uniform(-5, 45)]
        )
    fingers = np.concatenate([sk.finger_cones(body, pose, finger) for finger in range(4)])
    return thumb_to(thumb_target(rng, sign, fingers, body), body, pose)


def thumb_to(target: np.ndarray, body: sk.Body, pose: sk.Pose) -> np.ndarray:
    """The thumb's five angles that bring the centre of its tip close to `target` (x, y, z)."""
    fingers = np.concatenate([sk.finger_cones(body, pose, finger) for finger in range(4)])
    # The thumb's own ball, the last cone of the palm, is no obstacle to the thumb.
    palm = sk.palm_cones(body, fingers[0])[:-1]
    thumb = Thumb(
        sk.THUMB_BASE * (body.breadth, 1.0, 1.0),
        sk.THUMB_LENGTHS * body.thumb,
        sk.THUMB_RADII * body.thickness,
    )
    start = np.array([25.0, 40.0, 20.0, 25.0])
    angles = reach(start, target, np.concatenate([fingers, palm]), thumb)
    return np.append(angles, pad_roll(angles[1]))


def thumb_target(rng, sign: int, fingers: np.ndarray, body: sk.Body) -> np.ndarray:
    """Where the centre of the thumb's tip should be (x, y, z)."""
    tip = sk.THUMB_RADII[3] * body.thickness
    if sign == 0:
        chosen = fingers[[2, 5]]  # the distal phalanges of index and middle
        weight = rng.uniform(0.0, 0.7)
        end = (1 - weight) * chosen["end"][0] + weight * chosen["end"][1]
        return end + chosen["palmar"][0] * (tip + chosen["end_radius"][0]) * 0.95
    if sign == 4:
        depth = 0.125 * body.thickness + 0.95 * tip
        return np.array([rng.uniform(-0.20, 0.10), rng.uniform(0.42, 0.72), depth])
    first = 1 if sign == 1 else 2
    finger = first if rng.random() < 0.65 else first + 1
    return on_finger(rng, fingers[3 * finger + 1], body)


def on_finger(rng: np.random.Generator, phalanx: np.ndarray, body: sk.Body) -> np.ndarray:
    """Where the centre of the thumb's tip is when the thumb lies on the back of a phalanx."""
    along = rng.uniform(0.1, 0.8)
    centre = (1 - along) * phalanx["start"] + along * phalanx["end"]
    radius = (1 - along) * phalanx["start_radius"] + along * phalanx["end_radius"]
    tip = sk.THUMB_RADII[3] * body.thickness
    return centre - phalanx["palmar"] * (radius + tip) * 0.97


@njit(cache=True)
def pad_roll(forward):
    """Roll of the thumb's pad in degrees: the further forward, the more it faces the palm."""
    return 25.0 - 1.7 * forward


@njit(cache=True)
def thumb_points(angles, base, lengths):
    """The thumb's joints and tip (4, 3): `skeleton.thumb_cones` in a form that compiles."""
    to_radians = np.pi / 180.0
    radial, forward = angles[0] * to_radians, angles[1] * to_radians
    roll = pad_roll(angles[1]) * to_radians
    along = np.array(
        [np.sin(radial) * np.cos(forward), np.cos(radial) * np.cos(forward), np.sin(forward)]
    )
    pad = np.array([-np.cos(roll), 0.0, np.sin(roll)])
    pad = pad - along * (pad * along).sum()
    pad = pad / np.sqrt((pad * pad).sum())
    points = np.empty((4, 3))
    points[0] = base
    bend = 0.0
    for segment in range(3):
        if segment > 0:
            bend += angles[segment + 1] * to_radians
        points[segment + 1] = points[segment] + lengths[segment] * (
            np.cos(bend) * along + np.sin(bend) * pad
        )
    return points


@njit(cache=True)
def overlap(point, radius, cones):
    """Depth of a sphere inside the nearest cone, beyond a soft 10 %; 0 outside."""
    worst = 0.0
    for row in range(cones.shape[0]):
        cone = cones[row]
        axis = cone.end - cone.start
        offset = point - cone.start
        along = min(max((axis * offset).sum() / (axis * axis).sum(), 0.0), 1.0)
        away = offset - along * axis
        size = cone.start_radius + along * (cone.end_radius - cone.start_radius)
        worst = max(worst, 0.9 * (radius + size) - np.sqrt((away * away).sum()))
    return worst


@njit(cache=True)
def discomfort(angles, target, cones, thumb):
    """What `reach` minimises: distance to the target, overlaps with `cones`, and strain."""
    points = thumb_points(angles, thumb.base, thumb.lengths)
    radii = thumb.radii
    miss = points[3] - target
    cost = (miss * miss).sum()
    for segment in (1, 2):
        middle = 0.5 * (points[segment] + points[segment + 1])
        radius = 0.5 * (radii[segment] + radii[segment + 1])
        cost += 0.6 * overlap(middle, radius, cones) ** 2
    cost += 0.5 * overlap(points[2], radii[2], cones) ** 2
    return cost + 1e-6 * angles[2] ** 2 + 3e-6 * angles[3] ** 2


@njit(cache=True)
def reach(start, target, cones, thumb):
    """Thumb angles (4,) in degrees that bring its tip to `target`: a pattern search."""
    best = start.copy()
    cost = discomfort(best, target, cones, thumb)
    step = 16.0
    while step > 0.6:
        moved = False
        for joint in range(4):
            low, high = THUMB_LIMITS[joint]
            for sign in (-1.0, 1.0):
                trial = best.copy()
                trial[joint] = min(max(trial[joint] + sign * step, low), high)
                value = discomfort(trial, target, cones, thumb)
                if value < cost:
                    best, cost, moved = trial, value, True
        if not moved:
            step *= 0.5
    return best
