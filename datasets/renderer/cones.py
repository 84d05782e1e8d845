"""Round cones, the parts that a hand is built from, as NumPy records with named fields.

A round cone is a sphere that slides along a bone while its radius changes. The hand's cones are in
units of one palm length; `prepare` turns them into what the compiled loops read.
"""

from __future__ import annotations

import numpy as np

# The part of the hand that a cone belongs to. Fingers are 1 to 4, from index to little.
PALM, INDEX, MIDDLE, RING, LITTLE, THUMB, FOREARM, SLEEVE, BRACELET = range(9)
FINGERS = (INDEX, MIDDLE, RING, LITTLE)

CONE = np.dtype(
    [
        ("start", np.float64, 3),
        ("end", np.float64, 3),
        ("start_radius", np.float64),
        ("end_radius", np.float64),
        ("group", np.int64),
        ("segment", np.int64),  # counted from the knuckle; 1 is the forearm below the wrist
        ("palmar", np.float64, 3),  # unit vector to the pale side of the hand
    ],
    align=True,
)

# The same cone with what the inner loops would otherwise compute at every step of a ray.
PREPARED_CONE = np.dtype(
    [
        ("start", np.float64, 3),
        ("axis", np.float64, 3),  # unit vector from start to end
        ("length", np.float64),
        ("radius", np.float64),  # at the start
        ("slope", np.float64),  # change of the radius for each unit of length
        ("tilt", np.float64),  # tangent of the angle between the surface and the axis
        ("group", np.int64),
        ("segment", np.int64),
        ("palmar", np.float64, 3),
    ],
    align=True,
)


def cone(start, end, radii, group, segment, palmar=(0.0, 0.0, 1.0)) -> np.ndarray:
    """A record of type `CONE`; `radii` are those at the start and at the end."""
    return np.array((start, end, *radii, group, segment, palmar), dtype=CONE)


def prepare(cones: np.ndarray) -> np.ndarray:
    """Records of type `PREPARED_CONE` for an array of type `CONE`."""
    axis = cones["end"] - cones["start"]
    length = np.linalg.norm(axis, axis=1)
    slope = (cones["end_radius"] - cones["start_radius"]) / length
    prepared = np.zeros(len(cones), PREPARED_CONE)
    prepared["axis"] = axis / length[:, None]
    prepared["length"] = length
    prepared["radius"] = cones["start_radius"]
    prepared["slope"] = slope
    prepared["tilt"] = slope / np.sqrt(1.0 - np.minimum(slope**2, 0.8))
    for name in ("start", "group", "segment", "palmar"):
        prepared[name] = cones[name]
    return prepared
