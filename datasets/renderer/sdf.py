"""The hand as a signed distance field (SDF).

Cones of one finger blend tightly, fingers blend into the palm widely, and neighbouring fingers
hardly blend at all: these are the four smooth-minimum radii of `BlendRadii`. The smooth minimum is
Inigo Quilez's. Everything is float64 without reordering, so that a seed gives the same image
whatever else runs on the machine.
"""

from __future__ import annotations

from typing import NamedTuple

from numba import njit
from numpy import sqrt

from .cones import FOREARM, PALM, SLEEVE

FAR = 1e3  # farther than anything in a scene (palm lengths)


class BlendRadii(NamedTuple):
    """Radii of the smooth minimum, in palm lengths."""

    palm: float = 0.13
    finger: float = 0.045
    root: float = 0.10
    touch: float = 0.018


@njit(cache=True, inline="always")
def cone_distance(x, y, z, cone):
    """Exact distance to a round cone, and how far along its axis (palm lengths) it is nearest."""
    dx, dy, dz = x - cone.start[0], y - cone.start[1], z - cone.start[2]
    along = dx * cone.axis[0] + dy * cone.axis[1] + dz * cone.axis[2]
    square = dx * dx + dy * dy + dz * dz
    away2 = max(square - along * along, 0.0)
    t = along + sqrt(away2) * cone.tilt
    t = min(max(t, 0.0), cone.length)
    gap = along - t
    return sqrt(away2 + gap * gap) - (cone.radius + t * cone.slope), t


@njit(cache=True, inline="always")
def smooth_min(a, b, radius):
    """Quadratic smooth minimum: the minimum, rounded where `a` and `b` differ by < `radius`."""
    h = max(radius - abs(a - b), 0.0) / radius
    return min(a, b) - h * h * radius * 0.25


@njit(cache=True)
def distance(x, y, z, cones, rows, count, blend):
    """Signed distance of a point to the hand made of cones `rows[:count]`, sorted by group."""
    palm, base, chains, worn = FAR, FAR, FAR, FAR
    finger, root, chain = -1, FAR, FAR
    for k in range(count):
        cone = cones[rows[k]]
        d, _ = cone_distance(x, y, z, cone)
        group = cone.group
        if group == PALM or group == FOREARM:
            palm = smooth_min(palm, d, blend.palm)
        elif group >= SLEEVE:
            worn = min(worn, d)
        else:
            if group != finger:
                if finger > 0:
                    base, chains = min(base, root), smooth_min(chains, chain, blend.touch)
                finger, root, chain = group, palm, FAR
            if cone.segment == 0:
                root = smooth_min(palm, d, blend.root)
            chain = smooth_min(chain, d, blend.finger)
    if finger > 0:
        base, chains = min(base, root), smooth_min(chains, chain, blend.touch)
    return min(smooth_min(min(base, palm), chains, blend.touch), worn)


@njit(cache=True)
def nearest(x, y, z, cones, rows, count):
    """Row of the cone nearest to a point, and how far along its axis."""
    best, best_row, best_along = FAR, -1, 0.0
    for k in range(count):
        d, t = cone_distance(x, y, z, cones[rows[k]])
        if d < best:
            best, best_row, best_along = d, rows[k], t
    return best_row, best_along
