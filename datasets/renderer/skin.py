"""The colour of every point of the hand before light falls on it: skin, nails, creases, cloth.

Colours are linear RGB.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .cones import FOREARM, PALM, SLEEVE, THUMB
from .sdf import cone_distance

# Rows of the (6, 3) array of a hand's colours.
BACK, PALM_SIDE, TIP, NAIL, CLOTH, BAND = range(6)

# Tuples and not arrays: compiled code would count the references to an array at every call.
Triple = tuple[float, float, float]


class Look(NamedTuple):
    """How strongly one person's skin shows each effect; `seed` is that of its blotches."""

    crease: float
    specular: float
    wrap: float  # how far the light reaches round the form
    occlusion: float
    blotch: float
    nail_gloss: float
    nail_length: float
    shadow: float
    softness: float  # of the shadow's edge
    seed: int


class Point(NamedTuple):
    """A point of the hand and its normal in camera space, and the point in the hand's axes."""

    position: Triple
    normal: Triple
    local: Triple


@njit(cache=True, inline="always")
def hash3(i, j, k, seed):
    """Pseudo-random number 0..1 of a lattice point."""
    n = (i * 73856093) ^ (j * 19349663) ^ (k * 83492791) ^ (seed * 2654435761)
    n = (n ^ (n >> 13)) * 1274126177
    n = n ^ (n >> 16)
    return (n & 0xFFFF) / 65535.0


@njit(cache=True)
def value_noise(local, scale, seed):
    """Smooth noise 0..1 at `scale` times the point `local`, with features about 1 unit wide."""
    x, y, z = local[0] * scale, local[1] * scale, local[2] * scale
    i, j, k = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    fx, fy, fz = x - i, y - j, z - k
    fx, fy, fz = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy), fz * fz * (3 - 2 * fz)
    total = 0.0
    for a in range(2):
        for b in range(2):
            for d in range(2):
                weight = (fx if a else 1 - fx) * (fy if b else 1 - fy) * (fz if d else 1 - fz)
                total += weight * hash3(i + a, j + b, k + d, seed)
    return total


@njit(cache=True, inline="always")
def line(gap, width):
    """1 on a line, falling smoothly to 0 at `width` from it."""
    t = min(abs(gap) / width, 1.0)
    return (1.0 - t) * (1.0 - t)


@njit(cache=True)
def palm_creases(x, y):
    """How dark the heart, head and life lines are at a point of the palm (palm lengths), 0..1."""
    dark = 0.0
    if -0.36 < x < 0.14:
        s = (x + 0.36) / 0.5
        dark = max(dark, line(y - (0.57 + 0.20 * s * s), 0.022))
    if -0.24 < x < 0.33:
        s = (x + 0.24) / 0.57
        dark = max(dark, line(y - (0.40 + 0.20 * s), 0.020))
    dx, dy = x - 0.40, y - 0.20
    if dx < 0.0 and y < 0.62:
        dark = max(dark, line(np.sqrt(dx * dx + 1.0 * dy * dy) - 0.39, 0.024))
    return dark


@njit(cache=True)
def finger_creases(t, length, segment, group):
    """How dark a finger's creases are at `t` along a phalanx of `length`: two at every joint."""
    dark = 0.0
    if segment == 0 and group != THUMB:
        dark = line(t - 0.42 * length, 0.02)
    elif segment == 0:
        dark = 0.8 * line(t - 0.12 * length, 0.02)
    else:
        dark = max(line(t - 0.004, 0.016), 0.7 * line(t - 0.036, 0.014))
    if segment < 2 and not (group == THUMB and segment == 1):
        dark = max(dark, line(t - length + 0.006, 0.016))
    return dark


@njit(cache=True, inline="always")
def facing_palmar(normal, cone):
    """Cosine between a normal and a cone's palmar direction."""
    return normal[0] * cone.palmar[0] + normal[1] * cone.palmar[1] + normal[2] * cone.palmar[2]


@njit(cache=True)
def palm_side(cones, rows, count, point):
    """How much a point belongs to the pale side of the hand, 0..1, smooth across the cones."""
    total, pale_total = 1e-9, 0.0
    p = point.position
    for k in range(count):
        cone = cones[rows[k]]
        if cone.group >= SLEEVE:
            continue
        d, _ = cone_distance(p[0], p[1], p[2], cone)
        if d > 0.16:
            continue
        weight = (1.0 - max(d, 0.0) / 0.16) ** 4
        pale = min(max(facing_palmar(point.normal, cone) * 1.3 + 0.40, 0.0), 1.0)
        if cone.group == FOREARM:
            pale *= 0.6 - 0.35 * cone.segment
        total += weight
        pale_total += weight * pale
    return pale_total / total


@njit(cache=True)
def cloth_colour(cone, local, colours, albedo):
    """Write the albedo of a sleeve or bracelet to `albedo`; returns the gloss there."""
    if cone.group == SLEEVE:
        weave = 0.85 + 0.3 * value_noise(local, 30, 7)
        for k in range(3):
            albedo[k] = colours[CLOTH, k] * weave
        return 0.1
    for k in range(3):
        albedo[k] = colours[BAND, k]
    return 1.5


@njit(cache=True)
def paint_nail(cone, position, colours, look, albedo):
    """Paint the nail over `albedo` on the back of a fingertip; returns the gloss there."""
    radius = cone.radius + cone.length * cone.slope
    ax, ay, az = cone.axis[0], cone.axis[1], cone.axis[2]
    px, py, pz = cone.palmar[0], cone.palmar[1], cone.palmar[2]
    sx, sy, sz = ay * pz - az * py, az * px - ax * pz, ax * py - ay * px
    dx, dy, dz = (
        position[0] - cone.start[0],
        position[1] - cone.start[1],
        position[2] - cone.start[2],
    )
    u = (dx * ax + dy * ay + dz * az - cone.length) / radius  # 0 at the tip's centre
    v = (dx * sx + dy * sy + dz * sz) / radius
    inside_u = min(u + 1.15, look.nail_length - u)
    inside = min(inside_u, 0.80 - abs(v) - 0.12 * max(u, 0.0))
    edge = min(max(inside / 0.14, 0.0), 1.0)
    white = min(max((u - 0.62) / 0.1, 0.0), 1.0) * 0.5
    for k in range(3):
        colour = colours[NAIL, k]
        plate = colour + white * max(0.75 - colour, 0.0) * (1 - look.nail_gloss / 4)
        albedo[k] += edge * (plate - albedo[k])
        if 0.0 < inside < 0.10:
            albedo[k] *= 0.84
    return 1.0 + 2.0 * edge * look.nail_gloss


@njit(cache=True)
def skin_colour(cone, t, point, pale, colours, look, albedo):
    """Write the albedo of a point of the hand to `albedo`; returns the gloss there.

    Args:
        cone: the cone that the point belongs to.
        t: how far along the cone's axis the point is.
        point: a `Point`.
        pale: what `palm_side` says.
        colours: (6, 3), as `sampling.draw_skin` makes them.
        look: a `Look`.
        albedo: (3,), linear RGB.
    """
    group, segment, length, local = cone.group, cone.segment, cone.length, point.local
    facing = facing_palmar(point.normal, cone)
    finger = PALM < group <= THUMB
    last = (group == THUMB and segment == 1) or (group != THUMB and segment == 2)
    noise = value_noise(local, 7, look.seed) - 0.5
    fine = value_noise(local, 24, look.seed + 1) - 0.5
    warm = 0.0
    if finger and last:
        warm = 0.75 * min(max(t / length * 1.5 - 0.3, 0.0), 1.0)
    elif finger or group == PALM:
        warm = 0.30 * max(noise, 0.0) * 2.0
    if finger and facing < 0.0:  # knuckles are redder and wrinkled
        warm += 0.35 * line(t, 0.09)
    dark = 0.0
    if facing > 0.1:
        if finger:
            dark = finger_creases(t, length, segment, group) * min(facing * 1.6 - 0.1, 1.0)
        elif group == PALM and local[1] > 0.02:
            dark = palm_creases(local[0], local[1]) * min(facing, 1.0)
    elif finger and not last:
        dark = 0.45 * line(t - length, 0.05) * (0.5 + fine)
    if group == FOREARM and facing > 0.0:
        dark = 0.7 * line(local[1] + 0.02, 0.02)
    dark *= look.crease
    tone = 1.0 + look.blotch * (noise + 0.6 * fine)
    for k in range(3):
        value = colours[BACK, k] + pale * (colours[PALM_SIDE, k] - colours[BACK, k])
        value += warm * (colours[TIP, k] - value)
        crease = 0.42 + 0.12 * (2 - k)
        albedo[k] = value * tone * (1.0 - dark * (1.0 - crease))
    if last and facing <= -0.45:
        return paint_nail(cone, point.position, colours, look, albedo)
    return 1.0
