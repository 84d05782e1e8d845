"""Rays through the distance field: what each pixel sees, and how much of a lamp a point sees.

Sphere tracing is John Hart's ("Sphere Tracing", The Visual Computer 1996). A tile of 8x8 pixels is
traced against only those cones whose outline comes near the tile: that is most of the speed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .camera import direction
from .sdf import FAR, cone_distance, distance, nearest

TILE = 8


class Effort(NamedTuple):
    """How hard a ray tries: at most `steps` steps.

    A ray that runs out of steps while it creeps along an edge, closer than `creep` pixels, counts
    as a hit.
    """

    steps: int
    creep: float


class Hits(NamedTuple):
    """What every pixel's ray hit first, as (height, width) arrays.

    `depth` is the distance from the camera (0 where nothing was hit), `cone` the row of the cone
    (-1 where nothing was hit), and `along` how far along its axis.
    """

    depth: np.ndarray
    cone: np.ndarray
    along: np.ndarray


def no_hits(height: int, width: int) -> Hits:
    """Arrays for `trace` to fill in."""
    depth, along = np.zeros((height, width)), np.zeros((height, width))
    return Hits(depth, np.full((height, width), -1, np.int64), along)


@njit(cache=True)
def choose(cones, centre_u, centre_v, half, reach, rows):
    """Select the cones that come within `reach` of the rays through a tile.

    The tile is a square around (centre_u, centre_v) at depth 1, and `half` is half its diagonal.
    Writes the cones' rows to `rows`; returns their number and the depths to search between.
    """
    count, near, far = 0, FAR, 0.0
    for row in range(cones.shape[0]):
        cone = cones[row]
        za = -cone.start[2]
        zb = -(cone.start[2] + cone.length * cone.axis[2])
        if min(za, zb) < 0.3:
            za, zb = max(za, 0.3), max(zb, 0.3)
        ua, va = cone.start[0] / za, cone.start[1] / za
        ub = (cone.start[0] + cone.length * cone.axis[0]) / zb
        vb = (cone.start[1] + cone.length * cone.axis[1]) / zb
        du, dv = ub - ua, vb - va
        square = du * du + dv * dv
        t = 0.0
        if square > 1e-12:
            t = min(max(((centre_u - ua) * du + (centre_v - va) * dv) / square, 0.0), 1.0)
        eu, ev = ua + t * du - centre_u, va + t * dv - centre_v
        radius = max(cone.radius, cone.radius + cone.length * cone.slope)
        depth = min(za, zb)
        if np.sqrt(eu * eu + ev * ev) < half + 1.06 * (radius + reach) / depth:
            rows[count] = row
            count += 1
            near = min(near, depth - radius)
            far = max(far, max(za, zb) + radius)
    return count, near, far


@njit(cache=True, nogil=True)
def trace(cones, pinhole, blend, effort, hits):
    """Fill `hits` with the first hit of every pixel's ray.

    Args:
        cones: prepared cones in camera space (the camera at the origin looks down -z).
        pinhole: a `Pinhole`.
        blend: the hand's `BlendRadii`.
        effort: an `Effort`.
        hits: `Hits` as `no_hits` makes them.
    """
    rows = np.empty(cones.shape[0], np.int64)
    pixel = 1.0 / (pinhole.width * pinhole.focal)
    half = pixel * TILE * 0.7072
    for top in range(0, pinhole.height, TILE):
        for left in range(0, pinhole.width, TILE):
            centre_u, centre_v = direction(pinhole, top + TILE / 2, left + TILE / 2)
            count, near, far = choose(cones, centre_u, centre_v, half, 0.16, rows)
            if count == 0:
                continue
            for i in range(top, min(top + TILE, pinhole.height)):
                for j in range(left, min(left + TILE, pinhole.width)):
                    u, v = direction(pinhole, i + 0.5, j + 0.5)
                    scale = 1.0 / np.sqrt(1.0 + u * u + v * v)
                    t = near
                    for step in range(effort.steps):
                        x, y, z = u * t * scale, v * t * scale, -t * scale
                        d = distance(x, y, z, cones, rows, count, blend)
                        last = step == effort.steps - 1
                        if d < 0.25 * pixel * t or (last and d < effort.creep * pixel * t):
                            hits.depth[i, j] = t
                            hits.cone[i, j], hits.along[i, j] = nearest(x, y, z, cones, rows, count)
                            break
                        t += d
                        if t > far * 1.2:
                            break


@njit(cache=True)
def shadowers(point, lamp, cones, rows):
    """Fill `rows` with the cones that may stand between a lamp and the points near `point`.

    `lamp` is the unit vector towards the lamp. Returns the number of cones.
    """
    count = 0
    for row in range(cones.shape[0]):
        for step in range(6):
            t = 0.1 + 0.23 * step
            d, _ = cone_distance(
                point[0] + lamp[0] * t, point[1] + lamp[1] * t, point[2] + lamp[2] * t, cones[row]
            )
            if d < 0.12 + 0.45 * t:
                rows[count] = row
                count += 1
                break
    return count


@njit(cache=True)
def lit(x, y, z, lamp, cones, rows, count, softness):
    """How much of a lamp in direction `lamp` a point sees, 0 to 1 (soft shadow).

    Cones are not blended here: in a shadow nobody can see the difference.
    """
    result, t = 1.0, 0.05
    for _ in range(9):
        d = 0.25
        for k in range(count):
            to_cone, _ = cone_distance(
                x + lamp[0] * t, y + lamp[1] * t, z + lamp[2] * t, cones[rows[k]]
            )
            d = min(d, to_cone)
        result = min(result, 0.5 + 0.5 * d / (softness * t))
        if result <= 0.0:
            return 0.0
        t += min(max(d, 0.05), 0.25)
        if t > 1.3:
            break
    return result * result * (3.0 - 2.0 * result)
