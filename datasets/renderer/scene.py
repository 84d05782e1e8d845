"""One picture from beginning to end: draw a scene, trace it, refuse it or shade it.

A scene is drawn from `numpy.random.default_rng([seed, index, attempt])`, so picture `index` of a
set does not depend on which process draws it, nor on the pictures before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from . import camera, field, people, photo, poses, shading
from . import skeleton as sk

SUPERSAMPLE = 2
ATTEMPTS = 40
# Steps and creep of `field.trace`: in a large picture one would see the rays that ran out of steps.
SMALL, LARGE = (48, 0.0), (160, 6.0)
MIN_SHARE = 0.014  # of the hand's pixels: what a finger that counts must at least show


@dataclass
class Attributes:
    """What was drawn: the columns of a set's `attributes` table."""

    sign: int
    tone: float
    left: bool
    back: bool
    yaw: float
    pitch: float
    roll: float
    fill: float
    background: str
    worn: str
    attempts: int


class Unclear(RuntimeError):
    """No attempt gave a picture in which the sign can be told."""


@dataclass
class Traced:
    """Cones before the camera and what each ray hit."""

    framed: camera.Framed
    prepared: np.ndarray
    melt: field.Melt
    depth: np.ndarray
    part: np.ndarray
    along: np.ndarray


def draw_melt(rng: np.random.Generator) -> field.Melt:
    """Smooth-minimum radii of one person."""
    return field.Melt(
        palm=rng.uniform(0.10, 0.16),
        finger=rng.uniform(0.03, 0.06),
        root=rng.uniform(0.07, 0.13),
        touch=rng.uniform(0.012, 0.03),
    )


def trace(
    cones: np.ndarray, view: camera.View, melt: field.Melt, height: int, width: int
) -> Traced:
    """Place the camera and find what every pixel sees."""
    framed = camera.place(cones, view, height / width)
    prepared = field.prepare(framed.cones)
    depth, along = np.zeros((height, width)), np.zeros((height, width))
    part = np.full((height, width), -1, np.int64)
    field.trace(
        prepared, height, width, framed.focal, framed.shift_u, framed.shift_v, *melt,
        *(LARGE if height > 256 else SMALL), depth, part, along,
    )  # fmt: skip
    return Traced(framed, prepared, melt, depth, part, along)


def is_clear(traced: Traced, sign: int) -> bool:
    """Whether every finger that makes the sign shows enough of itself, apart from the others."""
    groups = traced.prepared[:, 10].astype(int)
    seen = traced.part[traced.part >= 0]
    shown = np.bincount(seen, minlength=len(groups))
    hand = shown[groups < sk.FOREARM].sum()
    if hand < 0.03 * traced.part.size:
        return False
    tips = []
    for finger in poses.EXTENDED[sign]:
        own = groups == sk.FINGERS[finger]
        outer = own & (traced.prepared[:, 11] > 0)
        if shown[own].sum() < 2.2 * MIN_SHARE * hand or shown[outer].sum() < MIN_SHARE * hand:
            return False
        tips.append(tip_position(traced, sk.FINGERS[finger]))
    if sign in poses.THUMB_OUT:
        if shown[groups == sk.THUMB].sum() < 2.0 * MIN_SHARE * hand:
            return False
        tips.append(tip_position(traced, sk.THUMB))
    if sign == 0 and shown[groups == sk.THUMB].sum() < MIN_SHARE * hand:
        return False
    palm = traced.framed.focal / np.median(traced.depth[traced.depth > 0])
    for a in range(len(tips)):
        for b in range(a):
            if np.hypot(*(tips[a] - tips[b])) < 0.09 * palm:
                return False
    return True


def has_hole(traced: Traced) -> bool:
    """Whether one can look through the ring of thumb and fingers."""
    outline = Image.fromarray(np.pad((traced.depth > 0).astype(np.uint8), 1))
    ImageDraw.floodfill(outline, (0, 0), 2)
    filled = np.asarray(outline)
    return (filled == 0).sum() > 0.02 * (filled == 1).sum()


def tip_position(traced: Traced, group: int) -> np.ndarray:
    """Where the tip of a finger lies in the picture (parts of its width)."""
    row = np.flatnonzero(traced.prepared[:, 10] == group)[-1]
    c = traced.prepared[row]
    end = c[0:3] + c[6] * c[3:6]
    return traced.framed.focal * end[:2] / -end[2]


def shade(
    traced: Traced,
    light: dict[str, np.ndarray],
    skin: np.ndarray,
    look: np.ndarray,
    background: np.ndarray,
    supersample: int,
) -> np.ndarray:
    """Colour the hand, average down, and put it over the background: linear RGB."""
    height, width = traced.depth.shape
    out = np.zeros((height, width, 3))
    framed = traced.framed
    shading.shade(
        traced.prepared, np.ascontiguousarray(framed.cones[:, sk.PALMAR]), framed.to_hand,
        height, width, framed.focal, framed.shift_u, framed.shift_v, np.array(traced.melt),
        traced.depth, traced.part, traced.along, light["lamp"], light["lamp_colour"],
        light["fill"], light["fill_colour"], light["sky"], light["ground"], skin, look, out,
    )  # fmt: skip
    cover = photo.halve((traced.depth > 0)[..., None], supersample)
    return photo.halve(out, supersample) + (1 - cover) * background


def draw(
    seed: int,
    index: int,
    sign: int,
    style: people.Style = people.FULL,
    height: int = 64,
    width: int = 64,
    supersample: int = SUPERSAMPLE,
) -> tuple[np.ndarray, Attributes]:
    """Picture `index` of the set with this seed.

    Returns:
        uint8 (height, width, 3) and what was drawn.

    Raises:
        Unclear: no attempt out of `ATTEMPTS` showed the sign well enough.
    """
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng([seed, index, attempt])
        plain = style.plain
        body = poses.draw_body(rng, 0.8 if plain else 1.0)
        pose = poses.draw_pose(rng, sign, body, plain)
        if style.open:
            poses.open_hand(rng, sign, body, pose)
        if style.loose:
            poses.loosen(rng, sign, body, pose)
        cones, worn = people.worn_cones(rng, sk.build(body, pose), style)
        view, back = people.draw_view(rng, sign, style)
        traced = trace(cones, view, draw_melt(rng), height * supersample, width * supersample)
        wants_hole = rng.random() < (0.92 if plain else 0.6)
        if not is_clear(traced, sign) or (sign == 0 and wants_hole and not has_hole(traced)):
            continue
        tone, left = balanced(index, float(rng.uniform()))
        picture, kind = finish(rng, traced, tone, style, supersample)
        if left:
            picture = np.ascontiguousarray(picture[:, ::-1])
        return picture, Attributes(
            sign, tone, left, back, view.yaw, view.pitch, view.roll, view.fill, kind, worn,
            attempt + 1,
        )  # fmt: skip
    raise Unclear(f"seed {seed}, picture {index}: sign {sign} stayed unclear {ATTEMPTS} times")


def balanced(index: int, chance: float) -> tuple[float, bool]:
    """Skin tone and hand of picture `index`: each sign meets each tone band and hand alike.

    60 pictures in a row, drawn with `sign = index % 6`, hold every combination of 6 signs,
    5 tone bands and 2 hands once.
    """
    band = (index // 6) % people.TONES
    return (band + chance) / people.TONES, (index // (6 * people.TONES)) % 2 == 1


def finish(
    rng: np.random.Generator, traced: Traced, tone: float, style: people.Style, supersample: int
) -> tuple[np.ndarray, str]:
    """Light, wall, shadow on the wall, and the camera's own marks."""
    light = people.draw_light(rng, style)
    skin, look = people.draw_skin(rng, tone), people.draw_look(rng)
    mask = photo.halve((traced.depth > 0)[..., None], supersample)[..., 0]
    background, kind = photo.wall(rng, mask.shape, style)
    background = photo.cast_shadow(rng, background, mask, light["lamp"])
    linear = shade(traced, light, skin, look, background, supersample)
    return photo.develop(rng, linear, style), kind
