"""The hand's bones: proportions of people, joint angles, and the cones that follow from them.

Lengths are in units of one palm length (wrist crease to the crease at the root of the middle
finger, about 108 mm). Axes of a right hand: x to the thumb's side, y to the fingertips, z out of
the palm.

Proportions are rounded from surveys of hand dimensions (T. M. Greiner, "Hand Anthropometry of
U.S. Army Personnel", Natick TR-92/011, 1991: hand length 1.75 palm lengths, breadth 0.8) and from
textbook lengths of the phalanges; joint ranges stay inside those of the American Academy of
Orthopaedic Surgeons ("Joint Motion", 1965: MCP 90, PIP 100, DIP 70-90 degrees of flexion; the
tightest folds here add what soft tissue gives). Everything is scaled by each person's own factors.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .cones import CONE, FINGERS, FOREARM, PALM, THUMB, cone

# Knuckles (MCP joints) and the carpal ends of the metacarpals, index to little.
KNUCKLES = np.array(
    [[0.265, 0.83, 0.0], [0.085, 0.845, -0.03], [-0.095, 0.80, -0.02], [-0.265, 0.72, 0.01]]
)
CARPALS = np.array(
    [[0.13, 0.06, 0.0], [0.045, 0.03, -0.01], [-0.045, 0.03, -0.01], [-0.13, 0.06, 0.0]]
)
# Proximal, middle and distal phalanx; the last ends at the centre of the fingertip's sphere.
PHALANGES = np.array(
    [[0.40, 0.235, 0.150], [0.435, 0.27, 0.160], [0.405, 0.255, 0.160], [0.32, 0.185, 0.140]]
)
# Radii at MCP, PIP, DIP and tip.
FINGER_RADII = np.array(
    [
        [0.103, 0.089, 0.077, 0.061],
        [0.105, 0.091, 0.078, 0.062],
        [0.099, 0.085, 0.073, 0.058],
        [0.087, 0.074, 0.063, 0.051],
    ]
)
THUMB_BASE = np.array([0.17, 0.13, 0.05])
THUMB_LENGTHS = np.array([0.42, 0.31, 0.20])
THUMB_RADII = np.array([0.135, 0.112, 0.098, 0.073])
# Degrees each finger leans to the thumb's side at a spread of 1.
LEAN = np.array([8.0, 1.5, -5.5, -13.0])


@dataclass
class Body:
    """One person's hand: factors on lengths and thickness, all near 1."""

    bones: np.ndarray = field(default_factory=lambda: np.ones((4, 3)))
    thickness: float = 1.0
    finger_length: float = 1.0
    breadth: float = 1.0
    thumb: float = 1.0
    wrist: float = 1.0


@dataclass
class Pose:
    """Joint angles in degrees: `flexion` (4, 3) for MCP, PIP, DIP and `lean` (4,) sideways.

    `thumb` is (radial abduction, palmar abduction, MCP flexion, IP flexion, roll of the pad).
    `wrist` is (sideways, forwards) between hand and forearm.
    """

    flexion: np.ndarray
    lean: np.ndarray
    thumb: np.ndarray
    wrist: tuple[float, float] = (0.0, 0.0)


def finger_cones(body: Body, pose: Pose, finger: int) -> np.ndarray:
    """The three phalanges of finger 0 to 3, starting at the knuckle."""
    point = KNUCKLES[finger] * (body.breadth, 1.0, 1.0)
    lengths = PHALANGES[finger] * body.bones[finger] * body.finger_length
    radii = FINGER_RADII[finger] * body.thickness
    lean = np.deg2rad(pose.lean[finger])
    bend, phalanges = 0.0, []
    for segment in range(3):
        bend += np.deg2rad(pose.flexion[finger, segment])
        along = np.array([np.sin(lean) * np.cos(bend), np.cos(lean) * np.cos(bend), np.sin(bend)])
        palmar = (-np.sin(lean) * np.sin(bend), -np.cos(lean) * np.sin(bend), np.cos(bend))
        end = point + lengths[segment] * along
        ends = radii[segment : segment + 2]
        phalanges.append(cone(point, end, ends, FINGERS[finger], segment, palmar))
        point = end
    return np.array(phalanges)


def thumb_frame(angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Direction of the thumb's metacarpal and of its pad for the angles of `Pose.thumb`."""
    radial, forward, _, _, roll = np.deg2rad(angles)
    along = np.array(
        [np.sin(radial) * np.cos(forward), np.cos(radial) * np.cos(forward), np.sin(forward)]
    )
    pad = np.array([-np.cos(roll), 0.0, np.sin(roll)])
    pad -= along * (pad @ along)
    return along, pad / np.linalg.norm(pad)


def thumb_cones(body: Body, angles: np.ndarray) -> np.ndarray:
    """The thumb's metacarpal (part of the palm), proximal phalanx and distal phalanx."""
    along, pad = thumb_frame(angles)
    lengths = THUMB_LENGTHS * body.thumb
    radii = THUMB_RADII * body.thickness
    point = THUMB_BASE * (body.breadth, 1.0, 1.0)
    bends = np.deg2rad([0.0, angles[2], angles[3]])
    bend, bones = 0.0, []
    for segment in range(3):
        bend += bends[segment]
        direction = np.cos(bend) * along + np.sin(bend) * pad
        palmar = np.cos(bend) * pad - np.sin(bend) * along
        end = point + lengths[segment] * direction
        group, part = (PALM, 3) if segment == 0 else (THUMB, segment - 1)
        bones.append(cone(point, end, radii[segment : segment + 2], group, part, palmar))
        point = end
    return np.array(bones)


def palm_cones(body: Body, thumb_metacarpal: np.ndarray) -> np.ndarray:
    """Four metacarpals, the little finger's ball and the thumb's ball."""
    wide, thick = np.array([body.breadth, 1.0, 1.0]), body.thickness
    cones = []
    for finger in range(4):
        radii = (0.145 * thick, (0.125, 0.125, 0.118, 0.108)[finger] * thick)
        cones.append(cone(CARPALS[finger] * wide, KNUCKLES[finger] * wide, radii, PALM, 0))
    start, end = np.array([-0.15, 0.10, 0.06]) * wide, np.array([-0.235, 0.55, 0.05]) * wide
    cones.append(cone(start, end, (0.13 * thick, 0.10 * thick), PALM, 1))
    start = np.array([0.09, 0.16, 0.08]) * wide
    end = 0.35 * np.array([0.09, 0.42, 0.07]) + 0.65 * thumb_metacarpal["end"]
    cones.append(cone(start, end, (0.12 * thick, 0.095 * thick), PALM, 2))
    return np.array(cones)


def forearm_cones(body: Body, pose: Pose) -> np.ndarray:
    """Wrist and forearm, two cones side by side so that the cross-section is an oval."""
    side, forward = np.deg2rad(pose.wrist)
    down = np.array([np.sin(side), -np.cos(side) * np.cos(forward), np.sin(forward)])
    across = np.array([np.cos(side), np.sin(side), 0.0])
    width = body.wrist
    cones = []
    for sign in (1.0, -1.0):
        top = sign * 0.105 * width * across
        bend = sign * 0.11 * width * across + 0.30 * down
        end = sign * 0.21 * width * across + 4.0 * down
        cones.append(cone(top, bend, (0.16 * width, 0.16 * width), FOREARM, 0))
        cones.append(cone(bend, end, (0.16 * width, 0.36 * width), FOREARM, 1))
    return np.array(cones)


def build(body: Body, pose: Pose) -> np.ndarray:
    """All cones of a hand, sorted by group: records of type `cones.CONE`."""
    thumb = thumb_cones(body, pose.thumb)
    fingers = [finger_cones(body, pose, finger) for finger in range(4)]
    palm, forearm = palm_cones(body, thumb[0]), forearm_cones(body, pose)
    cones = np.concatenate([palm, thumb, *fingers, forearm], dtype=CONE)
    # `sdf.distance` blends fingers into palm and forearm, so it needs these two first.
    order = np.where(cones["group"] == FOREARM, 0.5, cones["group"])
    return cones[np.argsort(order, kind="stable")]
