"""Light on the hand: the colour of every point that the rays have hit.

Colours are linear RGB. Light is one lamp (wrapped around the form and reddened where it fades, a
cheap substitute for light scattered under the skin), a second weak lamp, and a sky that the
surroundings shut out (ambient occlusion).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from .camera import direction
from .cones import SLEEVE
from .sdf import BlendRadii, distance
from .skin import Look, Point, Triple, cloth_colour, palm_side, skin_colour
from .tracing import choose, lit, shadowers

TILE = 4
# Corners of a tetrahedron: four distances around a point give the gradient of the field there.
CORNERS = ((1.0, -1.0, -1.0), (-1.0, -1.0, 1.0), (-1.0, 1.0, -1.0), (1.0, 1.0, 1.0))


class Lights(NamedTuple):
    """Unit vectors towards lamp and fill, and the colours of all lights."""

    lamp: Triple
    lamp_colour: Triple
    fill: Triple
    fill_colour: Triple
    sky: Triple
    ground: Triple


class Scene(NamedTuple):
    """Everything that a point's colour depends on, in camera space.

    `cones` are prepared, `to_hand` (3, 4) leads to the hand's own axes (for creases and noise),
    and `colours` (6, 3) has the rows that `skin` names.
    """

    cones: np.ndarray
    blend: BlendRadii
    to_hand: np.ndarray
    lights: Lights
    colours: np.ndarray
    look: Look


class Tile(NamedTuple):
    """Rows of the cones near a tile's pixels, and of those that may shadow them."""

    near: np.ndarray
    near_count: int
    blockers: np.ndarray
    blocker_count: int


@njit(cache=True, nogil=True)
def shade(scene, pinhole, hits, out):
    """Colour every traced pixel.

    Args:
        scene: a `Scene`.
        pinhole: the `Pinhole` that the hits were traced with.
        hits: `Hits` of `tracing.trace`.
        out: (height, width, 3), written where `hits.depth` > 0.
    """
    cones = scene.cones
    near = np.empty(cones.shape[0], np.int64)
    blockers = np.empty(cones.shape[0], np.int64)
    albedo = np.empty(3)
    half = TILE * 0.7072 / (pinhole.width * pinhole.focal)
    for top in range(0, pinhole.height, TILE):
        for left in range(0, pinhole.width, TILE):
            tile = Tile(near, -1, blockers, 0)
            for i in range(top, min(top + TILE, pinhole.height)):
                for j in range(left, min(left + TILE, pinhole.width)):
                    depth = hits.depth[i, j]
                    if depth == 0.0:
                        continue
                    u, v = direction(pinhole, i + 0.5, j + 0.5)
                    t = depth / np.sqrt(1.0 + u * u + v * v)
                    position = (u * t, v * t, -t)
                    if tile.near_count < 0:
                        centre_u, centre_v = direction(pinhole, top + TILE / 2, left + TILE / 2)
                        count, _, _ = choose(cones, centre_u, centre_v, half, 0.24, near)
                        shades = shadowers(position, scene.lights.lamp, cones, blockers)
                        tile = Tile(near, count, blockers, shades)
                    point = Point(
                        position, normal(scene, tile, position), in_hand(scene.to_hand, position)
                    )
                    gloss = colour(scene, tile, point, hits.cone[i, j], hits.along[i, j], albedo)
                    light(scene, tile, point, (u, v), gloss, albedo, out[i, j])


@njit(cache=True)
def normal(scene, tile, p):
    """Unit normal of the hand at the point `p`."""
    x, y, z = 0.0, 0.0, 0.0
    for cx, cy, cz in CORNERS:
        d = distance(
            p[0] + 0.006 * cx,
            p[1] + 0.006 * cy,
            p[2] + 0.006 * cz,
            scene.cones,
            tile.near,
            tile.near_count,
            scene.blend,
        )
        x += d * cx
        y += d * cy
        z += d * cz
    size = np.sqrt(x * x + y * y + z * z) + 1e-12
    return x / size, y / size, z / size


@njit(cache=True)
def in_hand(to_hand, p):
    """The point `p` in the hand's own axes."""
    x = to_hand[0, 3] + to_hand[0, 0] * p[0] + to_hand[0, 1] * p[1] + to_hand[0, 2] * p[2]
    y = to_hand[1, 3] + to_hand[1, 0] * p[0] + to_hand[1, 1] * p[1] + to_hand[1, 2] * p[2]
    z = to_hand[2, 3] + to_hand[2, 0] * p[0] + to_hand[2, 1] * p[1] + to_hand[2, 2] * p[2]
    return x, y, z


@njit(cache=True)
def colour(scene, tile, point, row, along, albedo):
    """Write the albedo of a point on the cone in `row`; returns the gloss there."""
    cone = scene.cones[row]
    if cone.group >= SLEEVE:
        return cloth_colour(cone, point.local, scene.colours, albedo)
    pale = palm_side(scene.cones, tile.near, tile.near_count, point)
    return skin_colour(cone, along, point, pale, scene.colours, scene.look, albedo)


@njit(cache=True)
def open_sky(scene, tile, point):
    """How much of the sky a point sees, 0 to 1: less where another part of the hand is near."""
    p, n = point.position, point.normal
    shut = 0.0
    for step in (0.05, 0.13, 0.22):
        d = distance(
            p[0] + n[0] * step,
            p[1] + n[1] * step,
            p[2] + n[2] * step,
            scene.cones,
            tile.near,
            tile.near_count,
            scene.blend,
        )
        shut += max(step - d, 0.0) / step / 3
    return max(1.0 - scene.look.occlusion * shut, 0.0)


@njit(cache=True)
def light(scene, tile, point, view, gloss, albedo, out):
    """Write the linear RGB of one point: lamp with soft shadow, fill, sky, and a highlight.

    `view` is the direction (u, v) in which the camera sees the point.
    """
    lights, look = scene.lights, scene.look
    p, n, lamp, fill = point.position, point.normal, lights.lamp, lights.fill
    sky_share = open_sky(scene, tile, point)
    facing = n[0] * lamp[0] + n[1] * lamp[1] + n[2] * lamp[2]
    seen = 1.0
    if look.shadow > 0.0 and facing > -look.wrap:
        x, y, z = p[0] + 0.03 * n[0], p[1] + 0.03 * n[1], p[2] + 0.03 * n[2]
        seen = lit(x, y, z, lamp, scene.cones, tile.blockers, tile.blocker_count, look.softness)
        seen = 1.0 - look.shadow * (1.0 - seen)
    second = max((n[0] * fill[0] + n[1] * fill[1] + n[2] * fill[2] + 0.3) / 1.3, 0.0)
    u, v = view
    back = 1.0 / np.sqrt(1.0 + u * u + v * v)
    hx, hy, hz = lamp[0] - u * back, lamp[1] - v * back, lamp[2] + back
    size = np.sqrt(hx * hx + hy * hy + hz * hz) + 1e-12
    shine = max((n[0] * hx + n[1] * hy + n[2] * hz) / size, 0.0)
    shine = (shine**26 + 0.35 * shine**8) * seen * max(facing, 0.0)
    shine *= look.specular * gloss
    up = 0.5 + 0.5 * n[1]
    for k in range(3):
        wrap = look.wrap * (1.45 - 0.45 * k)  # red light goes further round the form than blue
        key = max((facing + wrap) / (1.0 + wrap), 0.0)
        red = 1.0 - (1.0 - seen) * (0.86 + 0.07 * k)
        bounce = sky_share + (1.0 - sky_share) * 0.25 * (1.0 - 0.45 * k)
        light_in = key * red * lights.lamp_colour[k] * (0.55 + 0.45 * sky_share)
        light_in += second * lights.fill_colour[k] * sky_share
        light_in += (lights.ground[k] + up * (lights.sky[k] - lights.ground[k])) * bounce
        out[k] = albedo[k] * light_in + shine * lights.lamp_colour[k]
