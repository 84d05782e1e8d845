"""Skin, nails, creases, cloth and light: the colour of every point the rays have found.

Colours are linear RGB. Light is one lamp (wrapped around the form and reddened where it fades, the
cheap stand-in for light scattered under the skin), a second weak lamp, and a sky that the
surroundings shut out (ambient occlusion).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .field import choose, cone_distance, distance, lit, shadowers

# Rows of the `skin` array handed to `shade`.
BACK, PALM_SIDE, TIP, NAIL, CLOTH, BAND = range(6)
# Entries of the `look` array.
CREASE, SPECULAR, WRAP, OCCLUSION, BLOTCH, NAIL_GLOSS, NAIL_LENGTH = range(7)
SHADOW, SOFTNESS, SEED = range(7, 10)


@njit(cache=True, inline="always")
def hash3(i, j, k, seed):
    """Pseudo-random number 0..1 of a lattice point."""
    n = (i * 73856093) ^ (j * 19349663) ^ (k * 83492791) ^ (seed * 2654435761)
    n = (n ^ (n >> 13)) * 1274126177
    n = n ^ (n >> 16)
    return (n & 0xFFFF) / 65535.0


@njit(cache=True)
def value_noise(x, y, z, seed):
    """Smooth noise 0..1 with features about 1 unit wide."""
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
    """The heart, head and life line at a point of the palm (palm lengths), 0..1."""
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
    """Flexion creases of a finger at `t` along a phalanx of `length`: at both joints, doubled."""
    dark = 0.0
    if segment == 0 and group != 5:
        dark = line(t - 0.42 * length, 0.02)
    elif segment == 0:
        dark = 0.8 * line(t - 0.12 * length, 0.02)
    else:
        dark = max(line(t - 0.004, 0.016), 0.7 * line(t - 0.036, 0.014))
    if segment < 2 and not (group == 5 and segment == 1):
        dark = max(dark, line(t - length + 0.006, 0.016))
    return dark


@njit(cache=True)
def palm_side(c, palmar, rows, count, p, n):
    """How much a point belongs to the pale side of the hand, 0..1, smooth across the cones."""
    total, facing = 1e-9, 0.0
    for k in range(count):
        row = rows[k]
        if c[row, 10] >= 7.0:
            continue
        d, _ = cone_distance(p[0], p[1], p[2], c, row)
        if d > 0.16:
            continue
        weight = (1.0 - max(d, 0.0) / 0.16) ** 4
        this = n[0] * palmar[row, 0] + n[1] * palmar[row, 1] + n[2] * palmar[row, 2]
        pale = min(max(this * 1.3 + 0.40, 0.0), 1.0)
        if c[row, 10] == 6.0:
            pale *= 0.6 - 0.35 * c[row, 11]
        total += weight
        facing += weight * pale
    return facing / total


@njit(cache=True)
def skin_colour(c, palmar, row, t, p, n, local, side, skin, look, out):
    """Albedo of a point of the hand, to `out`; returns the gloss there."""
    group, segment, length = c[row, 10], c[row, 11], c[row, 6]
    if group >= 7.0:
        which = CLOTH if group == 7.0 else BAND
        weave = 0.85 + 0.3 * value_noise(local[0] * 30, local[1] * 30, local[2] * 30, 7)
        for k in range(3):
            out[k] = skin[which, k] * (weave if which == CLOTH else 1.0)
        return 0.1 if which == CLOTH else 1.5
    facing = n[0] * palmar[row, 0] + n[1] * palmar[row, 1] + n[2] * palmar[row, 2]
    fingers = 1.0 <= group <= 5.0
    last = (group == 5.0 and segment == 1.0) or (group != 5.0 and segment == 2.0)
    seed = int(look[SEED])
    noise = value_noise(local[0] * 7, local[1] * 7, local[2] * 7, seed) - 0.5
    fine = value_noise(local[0] * 24, local[1] * 24, local[2] * 24, seed + 1) - 0.5
    warm = 0.0
    if fingers and last:
        warm = 0.75 * min(max(t / length * 1.5 - 0.3, 0.0), 1.0)
    elif fingers or group == 0.0:
        warm = 0.30 * max(noise, 0.0) * 2.0
    if fingers and facing < 0.0:  # knuckles are redder and wrinkled
        warm += 0.35 * line(t, 0.09)
    dark = 0.0
    if facing > 0.1:
        if fingers:
            dark = finger_creases(t, length, segment, group) * min(facing * 1.6 - 0.1, 1.0)
        elif group == 0.0 and local[1] > 0.02:
            dark = palm_creases(local[0], local[1]) * min(facing, 1.0)
    elif fingers and not last:
        dark = 0.45 * line(t - length, 0.05) * (0.5 + fine)
    if group == 6.0 and facing > 0.0:
        dark = 0.7 * line(local[1] + 0.02, 0.02)
    dark *= look[CREASE]
    tone = 1.0 + look[BLOTCH] * (noise + 0.6 * fine)
    for k in range(3):
        value = skin[BACK, k] + side * (skin[PALM_SIDE, k] - skin[BACK, k])
        value += warm * (skin[TIP, k] - value)
        crease = 0.42 + 0.12 * (2 - k)
        out[k] = value * tone * (1.0 - dark * (1.0 - crease))
    if last:
        return nail(c, palmar, row, t, p, facing, skin, look, out)
    return 1.0


@njit(cache=True)
def nail(c, palmar, row, t, p, facing, skin, look, out):
    """Paint the nail on the back of a fingertip; returns the gloss."""
    radius = c[row, 7] + c[row, 6] * c[row, 8]
    if facing > -0.45:
        return 1.0
    ax, ay, az = c[row, 3], c[row, 4], c[row, 5]
    px, py, pz = palmar[row, 0], palmar[row, 1], palmar[row, 2]
    sx, sy, sz = ay * pz - az * py, az * px - ax * pz, ax * py - ay * px
    dx, dy, dz = p[0] - c[row, 0], p[1] - c[row, 1], p[2] - c[row, 2]
    u = (dx * ax + dy * ay + dz * az - c[row, 6]) / radius  # 0 at the tip's centre
    v = (dx * sx + dy * sy + dz * sz) / radius
    top = look[NAIL_LENGTH]
    inside_u = min(u + 1.15, top - u)
    inside = min(inside_u, 0.80 - abs(v) - 0.12 * max(u, 0.0))
    edge = min(max(inside / 0.14, 0.0), 1.0)
    white = min(max((u - 0.62) / 0.1, 0.0), 1.0) * 0.5
    for k in range(3):
        plate = skin[NAIL, k] + white * max(0.75 - skin[NAIL, k], 0.0) * (1 - look[NAIL_GLOSS] / 4)
        out[k] += edge * (plate - out[k])
        if 0.0 < inside < 0.10:
            out[k] *= 0.84
    return 1.0 + 2.0 * edge * look[NAIL_GLOSS]


@njit(cache=True, nogil=True)
def shade(
    c, palmar, to_hand, size_v, size_u, focal, shift_u, shift_v, melts, depth, part, along,
    lamp, lamp_colour, fill, fill_colour, sky, ground, skin, look, out,
):  # fmt: skip
    """Colour every traced pixel.

    Args:
        palmar: (cones, 3) palmar directions in camera space.
        to_hand: (3, 4) camera space to the hand's own axes, for creases and noise.
        lamp, fill: unit directions towards the two lamps; `*_colour` linear RGB.
        sky, ground: light from above and below, linear RGB.
        out: (size_v, size_u, 3), written where `depth` > 0.
    """
    rows, blockers = np.empty(c.shape[0], np.int64), np.empty(c.shape[0], np.int64)
    albedo, p, n, local = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    corners = np.array([[1.0, -1.0, -1.0], [-1.0, -1.0, 1.0], [-1.0, 1.0, -1.0], [1.0, 1.0, 1.0]])
    kp, kf, kr, kt = melts[0], melts[1], melts[2], melts[3]
    half = 4 * 0.7072 / (size_u * focal)
    for top in range(0, size_v, 4):
        for left in range(0, size_u, 4):
            count, shades = -1, 0
            for i in range(top, min(top + 4, size_v)):
                v = -((i + 0.5 - size_v / 2) / size_u + shift_v) / focal
                for j in range(left, min(left + 4, size_u)):
                    if depth[i, j] == 0.0:
                        continue
                    u = ((j + 0.5) / size_u - 0.5 - shift_u) / focal
                    t = depth[i, j] / np.sqrt(1.0 + u * u + v * v)
                    p[0], p[1], p[2] = u * t, v * t, -t
                    if count < 0:
                        cu = ((left + 2) / size_u - 0.5 - shift_u) / focal
                        cv = -((top + 2 - size_v / 2) / size_u + shift_v) / focal
                        count, _, _ = choose(c, cu, cv, half, 0.24, rows)
                        shades = shadowers(p[0], p[1], p[2], lamp[0], lamp[1], lamp[2], c, blockers)
                    n[:] = 0.0
                    for corner in range(4):
                        d = distance(
                            p[0] + 0.006 * corners[corner, 0],
                            p[1] + 0.006 * corners[corner, 1],
                            p[2] + 0.006 * corners[corner, 2],
                            c, rows, count, kp, kf, kr, kt,
                        )  # fmt: skip
                        for k in range(3):
                            n[k] += d * corners[corner, k]
                    size = np.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]) + 1e-12
                    for k in range(3):
                        n[k] /= size
                        local[k] = to_hand[k, 3]
                        for m in range(3):
                            local[k] += to_hand[k, m] * p[m]
                    side = palm_side(c, palmar, rows, count, p, n)
                    gloss = skin_colour(
                        c, palmar, part[i, j], along[i, j], p, n, local, side, skin, look, albedo
                    )
                    shut = 0.0
                    for step in (0.05, 0.13, 0.22):
                        d = distance(
                            p[0] + n[0] * step, p[1] + n[1] * step, p[2] + n[2] * step,
                            c, rows, count, kp, kf, kr, kt,
                        )  # fmt: skip
                        shut += max(step - d, 0.0) / step / 3
                    open_sky = max(1.0 - look[OCCLUSION] * shut, 0.0)
                    light(
                        p, n, u, v, c, blockers, shades, lamp, lamp_colour, fill, fill_colour, sky,
                        ground, look, gloss, open_sky, albedo, out[i, j],
                    )  # fmt: skip


@njit(cache=True)
def light(
    p, n, u, v, c, blockers, shades, lamp, lamp_colour, fill, fill_colour, sky, ground, look,
    gloss, open_sky, albedo, out,
):  # fmt: skip
    """Light one point: lamp with soft shadow, fill, sky, and a highlight."""
    facing = n[0] * lamp[0] + n[1] * lamp[1] + n[2] * lamp[2]
    wrap = look[WRAP]
    seen = 1.0
    if look[SHADOW] > 0.0 and facing > -wrap:
        seen = lit(
            p[0] + 0.03 * n[0], p[1] + 0.03 * n[1], p[2] + 0.03 * n[2],
            lamp[0], lamp[1], lamp[2], c, blockers, shades, look[SOFTNESS],
        )  # fmt: skip
        seen = 1.0 - look[SHADOW] * (1.0 - seen)
    second = max((n[0] * fill[0] + n[1] * fill[1] + n[2] * fill[2] + 0.3) / 1.3, 0.0)
    back = 1.0 / np.sqrt(1.0 + u * u + v * v)
    hx, hy, hz = lamp[0] - u * back, lamp[1] - v * back, lamp[2] + back
    size = np.sqrt(hx * hx + hy * hy + hz * hz) + 1e-12
    shine = max((n[0] * hx + n[1] * hy + n[2] * hz) / size, 0.0)
    shine = (shine**26 + 0.35 * shine**8) * seen * max(facing, 0.0)
    shine *= look[SPECULAR] * gloss
    up = 0.5 + 0.5 * n[1]
    for k in range(3):
        w = wrap * (1.45 - 0.45 * k)  # red light goes further round the form than blue
        key = max((facing + w) / (1.0 + w), 0.0)
        red = 1.0 - (1.0 - seen) * (0.86 + 0.07 * k)
        bounce = open_sky + (1.0 - open_sky) * 0.25 * (1.0 - 0.45 * k)
        light_in = key * red * lamp_colour[k] * (0.55 + 0.45 * open_sky)
        light_in += second * fill_colour[k] * open_sky
        light_in += (ground[k] + up * (sky[k] - ground[k])) * bounce
        out[k] = albedo[k] * light_in + shine * lamp_colour[k]
