"""Samples everything that differs from image to image: skin, light, clothes, view.

Skin is a three-point ramp from very dark to very light, with a separate ramp for the palm, which
varies much less between people than the back of the hand does. The ends of the ramp were set by eye
to include the Monk Skin Tone scale (E. Monk, 2019; ten tones) once lit and exposed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .camera import View
from .cones import BRACELET, FOREARM, SLEEVE
from .sdf import BlendRadii
from .shading import Lights
from .skin import NAIL, PALM_SIDE, TIP, Look, Triple

# sRGB of lit skin at tone 0 (darkest), 0.5 and 1 (lightest).
BACK_RAMP = np.array([[66, 43, 33], [176, 122, 88], [238, 198, 172]]) / 255.0
PALM_RAMP = np.array([[150, 105, 84], [206, 154, 122], [242, 204, 184]]) / 255.0
TIP_RAMP = np.array([[138, 82, 66], [204, 124, 98], [236, 160, 142]]) / 255.0
NAIL_RAMP = np.array([[158, 116, 100], [214, 164, 144], [240, 198, 188]]) / 255.0
TONES = 5  # bands of the fairness tables


@dataclass
class Style:
    """How much varies; the numbers from `clutter` on are probabilities.

    Plain varies person, room and light a little from image to image, and full varies everything.
    The errors of trained networks led to three more: an open hand is held close to the camera, palm
    first, with its fingers well apart (see `poses.open_hand`); a loose hand makes its sign without
    care (see `poses.loosen`), in dimmer light and before greyer walls; a tricky hand has a
    misleading thumb or an odd place in the image (see `tricky`). In a classroom, the same
    `people`, from the one of number `first_person` on, are drawn again and again in one room (see
    `classroom`). In other rooms everything varies, and a hand may also be in the dark (`dark`) or
    partly behind something (`covered`).
    """

    people: int = 0
    first_person: int = 0
    plain: bool = False
    open: bool = False
    loose: bool = False
    tricky: bool = False
    clutter: float = 0.20
    coloured: float = 0.18
    back: float = 0.15
    worn: float = 0.35
    dark: float = 0.0
    covered: float = 0.0


FULL = Style()
PLAIN = Style(plain=True, clutter=0.0, coloured=0.22, back=0.05, worn=0.2)
OPEN = Style(open=True, clutter=0.10, coloured=0.15, back=0.06, worn=0.3)
LOOSE = Style(loose=True, clutter=0.12, coloured=0.15, back=0.10)
TRICKY = Style(tricky=True, back=0.05)
CLASSROOM = Style(people=20, plain=True, clutter=0.0, coloured=0.0, back=0.0, worn=0.5)
NEW_PEOPLE = replace(CLASSROOM, first_person=1000)
OTHER_ROOMS = Style(loose=True, clutter=0.25, coloured=0.25, dark=0.25, covered=0.25)
STYLES = {
    "full": FULL,
    "plain": PLAIN,
    "open": OPEN,
    "loose": LOOSE,
    "tricky": TRICKY,
    "classroom": CLASSROOM,
    "new people": NEW_PEOPLE,
    "other rooms": OTHER_ROOMS,
}


def to_linear(srgb: np.ndarray) -> np.ndarray:
    """sRGB 0..1 to linear light (a plain 2.2 power)."""
    return np.clip(srgb, 0.0, None) ** 2.2


def ramp(table: np.ndarray, tone: float) -> np.ndarray:
    """A colour of a three-point ramp, linear RGB."""
    position = np.clip(tone, 0, 1) * 2
    low = min(int(position), 1)
    return to_linear(table[low] + (position - low) * (table[low + 1] - table[low]))


def draw_skin(rng: np.random.Generator, tone: float) -> np.ndarray:
    """Colours of the hand for a skin tone from 0 (dark) to 1 (light): (6, 3), linear RGB.

    The rows are named in `skin`: BACK, PALM_SIDE, TIP, NAIL, CLOTH, BAND.
    """
    skin = np.array([ramp(t, tone) for t in (BACK_RAMP, PALM_RAMP, TIP_RAMP, NAIL_RAMP)])
    warmth = rng.normal(0.0, 0.05)
    yellow = rng.normal(0.0, 0.07)
    tint = np.array([1 + warmth, 1 + 0.25 * yellow, 1 - warmth - yellow])
    skin *= tint
    skin[TIP] += rng.uniform(0.0, 0.7) * (skin[PALM_SIDE] - skin[TIP])
    if rng.random() < 0.07:  # nail polish
        skin[NAIL] = to_linear(rng.uniform(0.02, 0.9, 3))
    cloth = to_linear(hue(rng, rng.uniform(0, 0.6), rng.uniform(0.08, 0.9)))
    band = to_linear(
        hue(rng, rng.uniform(0, 0.5), rng.uniform(0.05, 0.25))
        if rng.random() < 0.6
        else hue(rng, rng.uniform(0.1, 0.9), rng.uniform(0.5, 0.95))
    )
    return np.vstack([skin, cloth, band])


def hue(rng: np.random.Generator, saturation: float, value: float) -> np.ndarray:
    """A random colour of the given saturation and value, sRGB 0..1."""
    angle = rng.uniform(0, 6)
    rgb = np.clip(np.abs((angle + np.array([0.0, 4.0, 2.0])) % 6 - 3) - 1, 0, 1)
    return value * (1 - saturation + saturation * rgb)


def triple(values: np.ndarray) -> Triple:
    """The three values as Python floats."""
    return tuple(values.tolist())


def unit_vector(across: float, up: float) -> np.ndarray:
    """Direction of a lamp `across` degrees to the right and `up` degrees up (+z: camera)."""
    a, b = np.deg2rad([across, up])
    return np.array([np.sin(a) * np.cos(b), np.sin(b), np.cos(a) * np.cos(b)])


def draw_light(rng: np.random.Generator, style: Style) -> Lights:
    """Lamp, fill and sky; colours are about 1 on skin that faces the lamp."""
    warm = rng.normal(0.0, 0.05 if style.plain else 0.09)
    colour = np.array([1 + warm, 1.0, 1 - 1.3 * warm])
    share = rng.uniform(0.35, 0.75)
    cool = rng.normal(0.0, 0.04)
    ambient = (0.95 - share) * np.array([1 - cool, 1.0, 1 + cool])
    wide = 45 if style.plain else 62
    return Lights(
        lamp=triple(unit_vector(rng.normal(0, wide), rng.normal(32, 24))),
        lamp_colour=triple(share * colour),
        fill=triple(unit_vector(rng.uniform(-90, 90), rng.uniform(-40, 60))),
        fill_colour=triple(rng.uniform(0.05, 0.35) * colour[::-1] * rng.uniform(0.9, 1.1, 3) * 0.6),
        sky=triple(ambient * rng.uniform(1.0, 1.35)),
        ground=triple(ambient * rng.uniform(0.55, 1.0)),
    )


def draw_look(rng: np.random.Generator) -> Look:
    """How a person's skin reacts to light."""
    return Look(
        crease=rng.uniform(0.25, 1.0),
        specular=rng.uniform(0.01, 0.12),
        wrap=rng.uniform(0.12, 0.42),
        occlusion=rng.uniform(0.75, 1.25),
        blotch=rng.uniform(0.06, 0.26),
        nail_gloss=rng.uniform(0.2, 1.5),
        nail_length=rng.uniform(0.72, 1.0),
        shadow=rng.uniform(0.35, 0.95),
        softness=rng.uniform(0.15, 0.6),
        seed=int(rng.integers(1, 1_000_000)),
    )


def draw_blend(rng: np.random.Generator) -> BlendRadii:
    """How softly a person's fingers and palm blend into each other."""
    return BlendRadii(
        palm=rng.uniform(0.10, 0.16),
        finger=rng.uniform(0.03, 0.06),
        root=rng.uniform(0.07, 0.13),
        touch=rng.uniform(0.012, 0.03),
    )


def draw_view(rng: np.random.Generator, sign: int, style: Style) -> tuple[View, bool]:
    """A view of `sign`, and whether it shows the back of the hand."""
    plain = style.plain
    back = sign != 0 and rng.random() < style.back
    if sign == 0:
        yaw = draw_ring_yaw(rng, plain)
    elif not plain and rng.random() < (0.15 if style.open else 0.3):
        yaw = rng.uniform(-60, 60)
    else:
        yaw = rng.normal(0, 14 if plain else 20)
    roll = rng.normal(0, 10 if plain else 16)
    if rng.random() < (0.12 if plain or style.open else 0.35):
        roll = rng.uniform(-40, 40) if plain else rng.uniform(-90, 90)
    fill = rng.uniform(0.62, 0.92) if plain else rng.uniform(0.5, 0.95)
    near, far = 3.6, 9.0
    if style.open:
        fill, near, far = rng.uniform(0.62, 1.04), 2.7, 6.0
    free = max(0.98 - fill, 0.06) / 2
    view = View(
        yaw=float(yaw + 180 * back),
        pitch=float(rng.normal(0, 9 if plain else 15)),
        roll=float(roll),
        distance=float(np.exp(rng.uniform(np.log(near), np.log(far)))),
        fill=float(fill),
        offset=(float(rng.uniform(-free, free)), float(rng.uniform(-free, free))),
    )
    return view, bool(back)


def draw_ring_yaw(rng: np.random.Generator, plain: bool) -> float:
    """Yaw of an O: seen from the side, mostly the thumb's, so that one can look through it."""
    chance = rng.random()
    if chance < (0.86 if plain else 0.72):
        return -rng.uniform(48, 96)
    if chance < (0.96 if plain else 0.86):
        return rng.uniform(55, 95)
    return rng.normal(0, 30) if not plain else -rng.uniform(35, 60)


def worn_cones(rng: np.random.Generator, cones: np.ndarray, style: Style) -> tuple[np.ndarray, str]:
    """Add a sleeve or a bracelet to the forearm; returns the cones and what was added."""
    if rng.random() > style.worn:
        return cones, "none"
    sleeve = rng.random() < 0.6
    start = rng.uniform(0.12, 1.0) if sleeve else rng.uniform(0.02, 0.3)
    length = 3.0 if sleeve else rng.uniform(0.03, 0.10)
    worn = cones[(cones["group"] == FOREARM) & (cones["segment"] == 1)]
    for cone in worn:
        along = cone["end"] - cone["start"]
        size = np.linalg.norm(along)
        slope = (cone["end_radius"] - cone["start_radius"]) / size
        radius = cone["start_radius"] + slope * max(start - 0.25, 0.0)
        grow = rng.uniform(0.04, 0.10) if sleeve else 0.025
        cone["start"] = cone["start"] + along / size * (start - 0.25)
        cone["end"] = cone["start"] + along / size * length
        cone["start_radius"] = radius + grow
        # A band hugs the arm: with the arm's slope its ends would bulge.
        cone["end_radius"] = radius + slope * length + grow if sleeve else radius + grow
        cone["group"], cone["segment"] = (SLEEVE if sleeve else BRACELET), 0
    return np.concatenate([cones, worn]), "sleeve" if sleeve else "bracelet"
