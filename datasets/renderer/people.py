"""Draws of everything that differs from picture to picture: skin, light, clothes, view.

Skin is a three-point ramp from very dark to very light, with a separate ramp for the palm, which
varies much less between people than the back of the hand does. The ends of the ramp were set by eye
to take in the Monk Skin Tone scale (E. Monk, 2019; ten tones) once lit and exposed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import shading as sh
from . import skeleton as sk
from .camera import View

# sRGB of lit skin at tone 0 (darkest), 0.5 and 1 (lightest).
BACK_RAMP = np.array([[66, 43, 33], [176, 122, 88], [238, 198, 172]]) / 255.0
PALM_RAMP = np.array([[150, 105, 84], [206, 154, 122], [242, 204, 184]]) / 255.0
TIP_RAMP = np.array([[138, 82, 66], [204, 124, 98], [236, 160, 142]]) / 255.0
NAIL_RAMP = np.array([[158, 116, 100], [214, 164, 144], [240, 198, 188]]) / 255.0
TONES = 5  # bands of the fairness tables


@dataclass
class Style:
    """How much varies. Plain is the course's, full has everything, two more came from errors.

    An open hand is held close to the camera, palm first, its fingers well apart (see
    `poses.open_hand`). A loose one makes its sign without care (see `poses.loosen`), in dimmer
    light and before greyer walls.
    """

    plain: bool = False
    open: bool = False
    loose: bool = False
    clutter: float = 0.20
    coloured: float = 0.18
    back: float = 0.15
    worn: float = 0.35


FULL = Style()
PLAIN = Style(plain=True, clutter=0.0, coloured=0.22, back=0.05, worn=0.2)
OPEN = Style(open=True, clutter=0.10, coloured=0.15, back=0.06, worn=0.3)
LOOSE = Style(loose=True, clutter=0.12, coloured=0.15, back=0.10)
STYLES = {"full": FULL, "plain": PLAIN, "open": OPEN, "loose": LOOSE}


def to_linear(srgb: np.ndarray) -> np.ndarray:
    """sRGB 0..1 to linear light (a plain 2.2 power)."""
    return np.clip(srgb, 0.0, None) ** 2.2


def ramp(table: np.ndarray, tone: float) -> np.ndarray:
    """A colour of a three-point ramp, linear RGB."""
    place = np.clip(tone, 0, 1) * 2
    low = min(int(place), 1)
    return to_linear(table[low] + (place - low) * (table[low + 1] - table[low]))


def draw_skin(rng: np.random.Generator, tone: float) -> np.ndarray:
    """The six colours of `shading` (6, 3), linear RGB, for a skin tone 0 (dark) to 1 (light)."""
    skin = np.array([ramp(t, tone) for t in (BACK_RAMP, PALM_RAMP, TIP_RAMP, NAIL_RAMP)])
    warmth = rng.normal(0.0, 0.05)
    yellow = rng.normal(0.0, 0.07)
    tint = np.array([1 + warmth, 1 + 0.25 * yellow, 1 - warmth - yellow])
    skin *= tint
    skin[sh.TIP] += rng.uniform(0.0, 0.7) * (skin[sh.PALM_SIDE] - skin[sh.TIP])
    if rng.random() < 0.07:  # nail polish
        skin[sh.NAIL] = to_linear(rng.uniform(0.02, 0.9, 3))
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


def direction(across: float, up: float) -> np.ndarray:
    """Unit vector towards a lamp `across` degrees to the right and `up` degrees up (+z: camera)."""
    a, b = np.deg2rad([across, up])
    return np.array([np.sin(a) * np.cos(b), np.sin(b), np.cos(a) * np.cos(b)])


def draw_light(rng: np.random.Generator, style: Style) -> dict[str, np.ndarray]:
    """Lamp, fill and sky: directions and linear colours, about 1 on skin that faces the lamp."""
    warm = rng.normal(0.0, 0.05 if style.plain else 0.09)
    colour = np.array([1 + warm, 1.0, 1 - 1.3 * warm])
    share = rng.uniform(0.35, 0.75)
    cool = rng.normal(0.0, 0.04)
    ambient = (0.95 - share) * np.array([1 - cool, 1.0, 1 + cool])
    wide = 45 if style.plain else 62
    return {
        "lamp": direction(rng.normal(0, wide), rng.normal(32, 24)),
        "lamp_colour": share * colour,
        "fill": direction(rng.uniform(-90, 90), rng.uniform(-40, 60)),
        "fill_colour": rng.uniform(0.05, 0.35) * colour[::-1] * rng.uniform(0.9, 1.1, 3) * 0.6,
        "sky": ambient * rng.uniform(1.0, 1.35),
        "ground": ambient * rng.uniform(0.55, 1.0),
    }


def draw_look(rng: np.random.Generator) -> np.ndarray:
    """The `look` array of `shading`."""
    look = np.empty(10)
    look[sh.CREASE] = rng.uniform(0.25, 1.0)
    look[sh.SPECULAR] = rng.uniform(0.01, 0.12)
    look[sh.WRAP] = rng.uniform(0.12, 0.42)
    look[sh.OCCLUSION] = rng.uniform(0.75, 1.25)
    look[sh.BLOTCH] = rng.uniform(0.06, 0.26)
    look[sh.NAIL_GLOSS] = rng.uniform(0.2, 1.5)
    look[sh.NAIL_LENGTH] = rng.uniform(0.72, 1.0)
    look[sh.SHADOW] = rng.uniform(0.35, 0.95)
    look[sh.SOFTNESS] = rng.uniform(0.15, 0.6)
    look[sh.SEED] = rng.integers(1, 1_000_000)
    return look


def draw_view(rng: np.random.Generator, sign: int, style: Style) -> tuple[View, bool]:
    """A camera for `sign`; the second value says whether the back of the hand is shown."""
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
    """The O is shown from the side, so that one can look through it; mostly the thumb's side."""
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
    arm = cones[cones[:, sk.GROUP] == sk.FOREARM]
    lower = arm[arm[:, sk.SEGMENT] == 1]
    sleeve = rng.random() < 0.6
    start = rng.uniform(0.12, 1.0) if sleeve else rng.uniform(0.02, 0.3)
    length = 3.0 if sleeve else rng.uniform(0.03, 0.10)
    extra = []
    for b in lower:
        along = b[sk.END] - b[sk.START]
        size = np.linalg.norm(along)
        first = b[sk.START] + along / size * (start - 0.25)
        last = first + along / size * length
        slope = (b[sk.R1] - b[sk.R0]) / size
        radius = b[sk.R0] + slope * max(start - 0.25, 0.0)
        grow = rng.uniform(0.04, 0.10) if sleeve else 0.025
        row = b.copy()
        row[sk.START], row[sk.END] = first, last
        row[sk.R0], row[sk.R1] = radius + grow, radius + slope * length + grow
        row[sk.GROUP], row[sk.SEGMENT] = (sk.SLEEVE if sleeve else sk.BRACELET), 0
        if not sleeve:  # a band hugs the arm: keep its ends from bulging
            row[sk.R0] = row[sk.R1] = radius + grow
        extra.append(row)
    return np.vstack([cones, extra]), "sleeve" if sleeve else "bracelet"
