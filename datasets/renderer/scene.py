"""One image from beginning to end: sample a scene, trace it, reject it or shade it.

A scene is sampled with `numpy.random.default_rng([seed, index, attempt])`, so image `index` of a
set does not depend on which process draws it, nor on the images before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from . import camera, classroom, cones, poses, postprocess, sampling, shading, tracing, tricky
from . import skeleton as sk
from .sdf import BlendRadii

SUPERSAMPLE = 2
ATTEMPTS = 40
# In a large image one would see the rays that ran out of steps.
SMALL, LARGE = tracing.Effort(48, 0.0), tracing.Effort(160, 6.0)
MIN_SHARE = 0.014  # of the hand's pixels: what a finger that counts must at least show


@dataclass
class Attributes:
    """What was drawn: the columns of a set's `attributes` table."""

    sign: int
    person: int
    tone: float
    left: bool
    back: bool
    yaw: float
    pitch: float
    roll: float
    fill: float
    background: str
    worn: str
    covered: bool
    attempts: int


class Unclear(RuntimeError):
    """No attempt gave an image that shows the sign clearly."""


@dataclass
class Traced:
    """A hand in front of the camera and what each ray hit; `cones` are prepared."""

    cones: np.ndarray
    framed: camera.Framed
    blend: BlendRadii
    hits: tracing.Hits


def trace(
    hand: np.ndarray, view: camera.View, blend: BlendRadii, height: int, width: int
) -> Traced:
    """Frame the hand with the camera and find what every pixel sees."""
    framed = camera.frame(hand, view, height, width)
    prepared = cones.prepare(framed.cones)
    hits = tracing.no_hits(height, width)
    tracing.trace(prepared, framed.pinhole, blend, LARGE if height > 256 else SMALL, hits)
    return Traced(prepared, framed, blend, hits)


def is_clear(traced: Traced, sign: int) -> bool:
    """Whether every finger that makes the sign shows enough of itself, apart from the others."""
    groups, hits = traced.cones["group"], traced.hits
    shown = np.bincount(hits.cone[hits.cone >= 0], minlength=len(groups))
    hand = shown[groups < cones.FOREARM].sum()
    if hand < 0.03 * hits.cone.size:
        return False
    tips = []
    for finger in poses.EXTENDED[sign]:
        own = groups == cones.FINGERS[finger]
        outer = own & (traced.cones["segment"] > 0)
        if shown[own].sum() < 2.2 * MIN_SHARE * hand or shown[outer].sum() < MIN_SHARE * hand:
            return False
        tips.append(tip_position(traced, cones.FINGERS[finger]))
    if sign in poses.THUMB_OUT:
        if shown[groups == cones.THUMB].sum() < 2.0 * MIN_SHARE * hand:
            return False
        tips.append(tip_position(traced, cones.THUMB))
    if sign == 0 and shown[groups == cones.THUMB].sum() < MIN_SHARE * hand:
        return False
    palm = traced.framed.pinhole.focal / np.median(hits.depth[hits.depth > 0])
    return all(
        np.hypot(*(tips[a] - tips[b])) >= 0.09 * palm for a in range(len(tips)) for b in range(a)
    )


def has_hole(traced: Traced) -> bool:
    """Whether one can look through the ring of thumb and fingers."""
    outline = Image.fromarray(np.pad((traced.hits.depth > 0).astype(np.uint8), 1))
    ImageDraw.floodfill(outline, (0, 0), 2)
    filled = np.asarray(outline)
    return (filled == 0).sum() > 0.02 * (filled == 1).sum()


def tip_position(traced: Traced, group: int) -> np.ndarray:
    """Position of a finger's tip in the image (parts of its width)."""
    cone = traced.cones[traced.cones["group"] == group][-1]
    end = cone["start"] + cone["length"] * cone["axis"]
    return traced.framed.pinhole.focal * end[:2] / -end[2]


def draw(
    seed: int,
    index: int,
    sign: int,
    style: sampling.Style = sampling.FULL,
    height: int = 64,
    width: int = 64,
    supersample: int = SUPERSAMPLE,
) -> tuple[np.ndarray, Attributes]:
    """Draw image `index` of the set with this seed.

    Returns:
        uint8 (height, width, 3) and what was drawn.

    Raises:
        Unclear: none of `ATTEMPTS` attempts showed the sign clearly.
    """
    who = None
    if style.people:
        who = classroom.person(style.first_person + (index // len(poses.EXTENDED)) % style.people)
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng([seed, index, attempt])
        plain = style.plain
        body = who.body if who else poses.draw_body(rng, 0.8 if plain else 1.0)
        pose = poses.draw_pose(rng, sign, body, plain)
        if style.open:
            poses.open_hand(rng, sign, body, pose)
        if style.loose:
            poses.loosen(rng, sign, body, pose)
        if style.tricky:
            tricky.set_pose(rng, sign, body, pose)
        dresser = np.random.default_rng(who.dress_seed) if who else rng
        hand, worn = sampling.worn_cones(dresser, sk.build(body, pose), style)
        if who:
            view, back, blend = classroom.draw_view(rng, sign), False, who.blend
        else:
            view, back = sampling.draw_view(rng, sign, style)
            view = tricky.place(rng, sign, view) if style.tricky else view
            blend = sampling.draw_blend(rng)
        traced = trace(hand, view, blend, height * supersample, width * supersample)
        wants_hole = rng.random() < (0.92 if plain else 0.6)
        if not is_clear(traced, sign) or (sign == 0 and wants_hole and not has_hole(traced)):
            continue
        if who:
            tone, left, kind, covered = who.tone, who.left, "classroom", False
            image = finish_in_room(rng, traced, who, left, supersample)
        else:
            tone, left = balanced(index, float(rng.uniform()))
            image, kind, covered = finish(rng, traced, tone, style, supersample)
            image = image[:, ::-1] if left else image
        return np.ascontiguousarray(image), Attributes(
            sign, who.number if who else -1, tone, left, back, view.yaw, view.pitch, view.roll,
            view.fill, kind, worn, covered, attempt + 1,
        )  # fmt: skip
    raise Unclear(f"seed {seed}, image {index}: sign {sign} was unclear in {ATTEMPTS} attempts")


def balanced(index: int, chance: float) -> tuple[float, bool]:
    """Skin tone of image `index`, and whether it shows a left hand, balanced over the set.

    60 images in a row, drawn with `sign = index % 6`, hold every combination of 6 signs,
    5 tone bands and 2 hands once.
    """
    band = (index // 6) % sampling.TONES
    return (band + chance) / sampling.TONES, (index // (6 * sampling.TONES)) % 2 == 1


def finish(
    rng: np.random.Generator, traced: Traced, tone: float, style: sampling.Style, supersample: int
) -> tuple[np.ndarray, str, bool]:
    """Light, wall, shadow on the wall, what hides a part of the hand, and what the camera adds.

    Returns:
        uint8 (height, width, 3), averaged down by `supersample`, the kind of background, and
        whether something hides a part of the hand.
    """
    lights = sampling.draw_light(rng, style)
    colours, look = sampling.draw_skin(rng, tone), sampling.draw_look(rng)
    height, width = traced.hits.depth.shape
    size = height // supersample, width // supersample
    background, kind = postprocess.wall(rng, size, style)
    skin = shading.Scene(traced.cones, traced.blend, traced.framed.to_hand, lights, colours, look)
    linear = before_wall(rng, traced, skin, background, supersample)
    covered = style.covered > 0 and rng.random() < style.covered
    if covered:
        linear = postprocess.cover(rng, linear, outline(traced, supersample))
    return postprocess.develop(rng, linear, style), kind, bool(covered)


def finish_in_room(
    rng: np.random.Generator,
    traced: Traced,
    who: classroom.Person,
    left: bool,
    supersample: int,
) -> np.ndarray:
    """What the classroom's camera sees: uint8 (height, width, 3).

    A left hand is a right one seen in a mirror; room and light are not to be mirrored with it.
    """
    height, width = traced.hits.depth.shape
    room = classroom.room(height // supersample, width // supersample)
    lights = classroom.mirrored(room.lights) if left else room.lights
    background = room.wall[:, ::-1] if left else room.wall
    skin = shading.Scene(
        traced.cones, traced.blend, traced.framed.to_hand, lights, who.colours, who.look
    )
    linear = before_wall(rng, traced, skin, background, supersample)
    return classroom.develop(rng, linear[:, ::-1] if left else linear, room.camera_seed)


def before_wall(
    rng: np.random.Generator,
    traced: Traced,
    skin: shading.Scene,
    background: np.ndarray,
    supersample: int,
) -> np.ndarray:
    """The lit hand before a wall with its shadow: linear RGB (height, width, 3)."""
    hand = outline(traced, supersample)
    background = postprocess.cast_shadow(rng, background, hand, skin.lights.lamp)
    out = np.zeros((*traced.hits.depth.shape, 3))
    shading.shade(skin, traced.framed.pinhole, traced.hits, out)
    return postprocess.average_down(out, supersample) + (1 - hand[..., None]) * background


def outline(traced: Traced, supersample: int) -> np.ndarray:
    """The share of each pixel that the hand covers, (height, width), 0 to 1."""
    hit = (traced.hits.depth > 0)[..., None]
    return postprocess.average_down(hit, supersample)[..., 0]
