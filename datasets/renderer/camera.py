"""The camera: it turns the hand and frames it as a person would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from .cones import FOREARM


@dataclass
class View:
    """Turn of the hand (degrees), distance (palm lengths) and framing.

    `yaw` turns about the fingers' direction (180 shows the back), `pitch` tips the fingertips
    to or from the camera, and `roll` turns the image. `fill` is the hand's larger side as a part
    of the frame, and `offset` the position of its middle (parts of the frame).
    """

    yaw: float
    pitch: float
    roll: float
    distance: float = 6.0
    fill: float = 0.8
    offset: tuple[float, float] = (0.0, 0.0)


class Pinhole(NamedTuple):
    """A camera at the origin that looks down -z: its size in pixels, focal length and shift.

    Focal length and shift are in units of the width.
    """

    height: int
    width: int
    focal: float
    shift_u: float
    shift_v: float


@dataclass
class Framed:
    """Cones in camera space, the camera, and the way back to the hand's own axes (3, 4)."""

    cones: np.ndarray
    to_hand: np.ndarray
    pinhole: Pinhole


@njit(cache=True, inline="always")
def direction(pinhole, row, column):
    """Where a position in the image (pixels) looks: right and up, at depth 1."""
    u = (column / pinhole.width - 0.5 - pinhole.shift_u) / pinhole.focal
    v = -((row - pinhole.height / 2) / pinhole.width + pinhole.shift_v) / pinhole.focal
    return u, v


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Matrix (3, 3) for degrees of yaw (about y), pitch (about x), then roll (about z)."""
    a, b, c = np.deg2rad([yaw, pitch, roll])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return about_z @ about_x @ about_y


def frame(cones: np.ndarray, view: View, height: int, width: int) -> Framed:
    """Turn the hand, move it before the camera and choose the focal length that frames it.

    Args:
        cones: records of `skeleton.build`.
        view: turn, distance and framing.
        height, width: size of the image in pixels.
    """
    turn = rotation(view.yaw, view.pitch, view.roll)
    wrist = (cones["group"] == FOREARM) & (cones["segment"] == 0)
    hand = cones[(cones["group"] < FOREARM) | wrist]
    points = np.concatenate([hand["start"], hand["end"]]) @ turn.T
    sizes = np.concatenate([hand["start_radius"], hand["end_radius"]])
    middle = 0.5 * (points.min(axis=0) + points.max(axis=0))
    origin = np.array([0.0, 0.0, -view.distance]) - middle
    moved = cones.copy()
    moved["start"] = cones["start"] @ turn.T + origin
    moved["end"] = cones["end"] @ turn.T + origin
    moved["palmar"] = cones["palmar"] @ turn.T
    points = points + origin
    depth = -points[:, 2]
    low = ((points[:, :2] - sizes[:, None]) / depth[:, None]).min(axis=0)
    high = ((points[:, :2] + sizes[:, None]) / depth[:, None]).max(axis=0)
    extent = high - low
    focal = view.fill / max(extent[0], extent[1] / (height / width))
    centre = 0.5 * (low + high) * focal
    to_hand = np.column_stack([turn.T, -turn.T @ origin])
    shift_u, shift_v = view.offset - centre
    return Framed(moved, to_hand, Pinhole(height, width, focal, shift_u, shift_v))
