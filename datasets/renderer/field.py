"""The hand as a signed distance field, and the tracing of rays through it.

Cones of one finger melt together tightly, fingers melt into the palm widely, neighbouring fingers
hardly at all: that is what the four smooth-minimum radii of `Melt` say. Sphere tracing and the
smooth minimum are Inigo Quilez's and John Hart's ("Sphere Tracing", The Visual Computer 1996).

Speed: a tile of 8x8 pixels is traced against only the cones whose outline comes near the tile.
Everything is float64 without reordering, so one seed gives one picture whatever runs beside it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

FAR = 1e3
TILE = 8
# Columns of the prepared cones that the inner loops read (see `prepare`).
WIDTH = 12


class Melt(NamedTuple):
    """Smooth-minimum radii in palm lengths."""

    palm: float = 0.13
    finger: float = 0.045
    root: float = 0.10
    touch: float = 0.018


def prepare(cones: np.ndarray) -> np.ndarray:
    """Cone table to what the inner loops need: start, unit axis, length, radius, slope, group."""
    axis = cones[:, 3:6] - cones[:, 0:3]
    length = np.linalg.norm(axis, axis=1)
    out = np.zeros((len(cones), WIDTH))
    out[:, 0:3] = cones[:, 0:3]
    out[:, 3:6] = axis / length[:, None]
    out[:, 6] = length
    out[:, 7] = cones[:, 6]
    slope = (cones[:, 7] - cones[:, 6]) / length
    out[:, 8] = slope
    out[:, 9] = slope / np.sqrt(1.0 - np.minimum(slope**2, 0.8))
    out[:, 10] = cones[:, 8]
    out[:, 11] = cones[:, 9]
    return out


@njit(cache=True, inline="always")
def cone_distance(x, y, z, c, row):
    """Exact distance to a round cone, and how far along its axis (palm lengths) it is nearest."""
    dx, dy, dz = x - c[row, 0], y - c[row, 1], z - c[row, 2]
    along = dx * c[row, 3] + dy * c[row, 4] + dz * c[row, 5]
    square = dx * dx + dy * dy + dz * dz
    away2 = max(square - along * along, 0.0)
    t = along + np.sqrt(away2) * c[row, 9]
    t = min(max(t, 0.0), c[row, 6])
    gap = along - t
    return np.sqrt(away2 + gap * gap) - (c[row, 7] + t * c[row, 8]), t


@njit(cache=True, inline="always")
def melt(a, b, k):
    """Quadratic smooth minimum with radius `k`."""
    h = max(k - abs(a - b), 0.0) / k
    return min(a, b) - h * h * k * 0.25


@njit(cache=True)
def distance(x, y, z, c, rows, count, k_palm, k_finger, k_root, k_touch):
    """Signed distance of a point to the hand made of cones `rows[:count]` (sorted by group)."""
    palm, base, chains, worn = FAR, FAR, FAR, FAR
    current, root, chain = -1.0, FAR, FAR
    for k in range(count):
        row = rows[k]
        d, _ = cone_distance(x, y, z, c, row)
        group = c[row, 10]
        if group == 0.0 or group == 6.0:
            palm = melt(palm, d, k_palm)
        elif group >= 7.0:
            worn = min(worn, d)
        else:
            if group != current:
                if current > 0.0:
                    base, chains = min(base, root), melt(chains, chain, k_touch)
                current, root, chain = group, palm, FAR
            if c[row, 11] == 0.0:
                root = melt(palm, d, k_root)
            chain = melt(chain, d, k_finger)
    if current > 0.0:
        base, chains = min(base, root), melt(chains, chain, k_touch)
    return min(melt(min(base, palm), chains, k_touch), worn)


@njit(cache=True)
def nearest(x, y, z, c, rows, count):
    """Row of the cone nearest to a point, and how far along it."""
    best, found, where = FAR, -1, 0.0
    for k in range(count):
        d, t = cone_distance(x, y, z, c, rows[k])
        if d < best:
            best, found, where = d, rows[k], t
    return found, where


@njit(cache=True)
def choose(c, centre_u, centre_v, half, reach, rows):
    """Cones that come within `reach` of the bundle of rays through a tile; camera looks down -z.

    Writes their numbers to `rows`; returns how many, and the depths to search between.
    """
    count, near, far = 0, FAR, 0.0
    for row in range(c.shape[0]):
        za = -c[row, 2]
        zb = -(c[row, 2] + c[row, 6] * c[row, 5])
        if min(za, zb) < 0.3:
            za, zb = max(za, 0.3), max(zb, 0.3)
        ua, va = c[row, 0] / za, c[row, 1] / za
        ub = (c[row, 0] + c[row, 6] * c[row, 3]) / zb
        vb = (c[row, 1] + c[row, 6] * c[row, 4]) / zb
        du, dv = ub - ua, vb - va
        square = du * du + dv * dv
        t = 0.0
        if square > 1e-12:
            t = min(max(((centre_u - ua) * du + (centre_v - va) * dv) / square, 0.0), 1.0)
        eu, ev = ua + t * du - centre_u, va + t * dv - centre_v
        radius = max(c[row, 7], c[row, 7] + c[row, 6] * c[row, 8])
        depth = min(za, zb)
        if np.sqrt(eu * eu + ev * ev) < half + 1.06 * (radius + reach) / depth:
            rows[count] = row
            count += 1
            near = min(near, depth - radius)
            far = max(far, max(za, zb) + radius)
    return count, near, far


@njit(cache=True, nogil=True)
def trace(
    c, size_v, size_u, focal, shift_u, shift_v, kp, kf, kr, kt, steps, creep, depth, part, along
):  # fmt: skip
    """First hit of every pixel's ray: fills `depth` (0 where none), `part` (cone), `along`.

    Args:
        c: prepared cones in camera space (the camera at the origin looks down -z).
        focal, shift_u, shift_v: pixel (i, j) looks at u = ((j + .5) / size_u - .5 - shift_u)
            / focal, v likewise upwards, at depth 1 (units of `size_u` for both).
        steps: how often a ray may move on.
        creep: a ray whose steps run out while it creeps along an edge, closer than this many
            pixels, has hit it.
    """
    rows = np.empty(c.shape[0], np.int64)
    pixel = 1.0 / (size_u * focal)
    half = pixel * TILE * 0.7072
    for top in range(0, size_v, TILE):
        for left in range(0, size_u, TILE):
            centre_u = ((left + TILE / 2) / size_u - 0.5 - shift_u) / focal
            centre_v = -((top + TILE / 2 - size_v / 2) / size_u + shift_v) / focal
            count, near, far = choose(c, centre_u, centre_v, half, 0.16, rows)
            if count == 0:
                continue
            for i in range(top, min(top + TILE, size_v)):
                v = -((i + 0.5 - size_v / 2) / size_u + shift_v) / focal
                for j in range(left, min(left + TILE, size_u)):
                    u = ((j + 0.5) / size_u - 0.5 - shift_u) / focal
                    scale = 1.0 / np.sqrt(1.0 + u * u + v * v)
                    t = near
                    for step in range(steps):
                        d = distance(
                            u * t * scale, v * t * scale, -t * scale, c, rows, count, kp, kf, kr, kt
                        )
                        if d < 0.25 * pixel * t or (step == steps - 1 and d < creep * pixel * t):
                            row, where = nearest(
                                u * t * scale, v * t * scale, -t * scale, c, rows, count
                            )
                            depth[i, j], part[i, j], along[i, j] = t, row, where
                            break
                        t += d
                        if t > far * 1.2:
                            break


@njit(cache=True)
def shadowers(x, y, z, lx, ly, lz, c, rows):
    """Cones that may stand between a lamp and the points near (x, y, z); fills `rows`."""
    count = 0
    for row in range(c.shape[0]):
        for step in range(6):
            t = 0.1 + 0.23 * step
            d, _ = cone_distance(x + lx * t, y + ly * t, z + lz * t, c, row)
            if d < 0.12 + 0.45 * t:
                rows[count] = row
                count += 1
                break
    return count


@njit(cache=True)
def lit(x, y, z, lx, ly, lz, c, rows, count, softness):
    """How much of a lamp in direction (lx, ly, lz) a point sees, 0..1 (soft shadow).

    Cones are not melted here: in a shadow it cannot be told.
    """
    result, t = 1.0, 0.05
    for _ in range(9):
        d = 0.25
        for k in range(count):
            this, _ = cone_distance(x + lx * t, y + ly * t, z + lz * t, c, rows[k])
            d = min(d, this)
        result = min(result, 0.5 + 0.5 * d / (softness * t))
        if result <= 0.0:
            return 0.0
        t += min(max(d, 0.05), 0.25)
        if t > 1.3:
            break
    return result * result * (3.0 - 2.0 * result)
