"""Where the camera stands: turning the hand, and framing it as a person would."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import skeleton as sk


@dataclass
class View:
    """Turn of the hand (degrees), distance (palm lengths) and framing.

    `yaw` turns about the fingers' direction (180 shows the back), `pitch` tips the fingertips
    to or from the camera, `roll` turns the picture. `fill` is the hand's larger side as a part
    of the frame, `offset` where its middle lies (parts of the frame).
    """

    yaw: float
    pitch: float
    roll: float
    distance: float = 6.0
    fill: float = 0.8
    offset: tuple[float, float] = (0.0, 0.0)


@dataclass
class Framed:
    """Cones in camera space and the numbers `field.trace` wants."""

    cones: np.ndarray
    to_hand: np.ndarray
    focal: float
    shift_u: float
    shift_v: float


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Matrix (3, 3) for degrees of yaw (about y), pitch (about x), then roll (about z)."""
    a, b, c = np.deg2rad([yaw, pitch, roll])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return about_z @ about_x @ about_y


def place(cones: np.ndarray, view: View, aspect: float = 1.0) -> Framed:
    """Turn the hand, put it before the camera and choose the focal length that frames it.

    Args:
        cones: table of `skeleton.build`.
        aspect: height of the picture as a multiple of its width.
    """
    turn = rotation(view.yaw, view.pitch, view.roll)
    hand = (cones[:, sk.GROUP] < sk.FOREARM) | (
        (cones[:, sk.GROUP] == sk.FOREARM) & (cones[:, sk.SEGMENT] == 0)
    )
    points = np.concatenate([cones[hand, sk.START], cones[hand, sk.END]]) @ turn.T
    sizes = np.concatenate([cones[hand, sk.R0], cones[hand, sk.R1]])
    middle = 0.5 * (points.min(axis=0) + points.max(axis=0))
    origin = np.array([0.0, 0.0, -view.distance]) - middle
    moved = cones.copy()
    moved[:, sk.START] = cones[:, sk.START] @ turn.T + origin
    moved[:, sk.END] = cones[:, sk.END] @ turn.T + origin
    moved[:, sk.PALMAR] = cones[:, sk.PALMAR] @ turn.T
    points = points + origin
    depth = -points[:, 2]
    low = ((points[:, :2] - sizes[:, None]) / depth[:, None]).min(axis=0)
    high = ((points[:, :2] + sizes[:, None]) / depth[:, None]).max(axis=0)
    extent = high - low
    focal = view.fill / max(extent[0], extent[1] / aspect)
    centre = 0.5 * (low + high) * focal
    to_hand = np.column_stack([turn.T, -turn.T @ origin])
    return Framed(moved, to_hand, focal, view.offset[0] - centre[0], view.offset[1] - centre[1])
