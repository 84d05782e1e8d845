"""Wall and camera: what is behind the hand, and what lens, sensor and file do to the image."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .sampling import Style, hue, to_linear


def smooth_noise(rng: np.random.Generator, size: tuple[int, int], cells: int) -> np.ndarray:
    """Noise -1..1 with features of about `size / cells` pixels."""
    grid = rng.uniform(-1, 1, (cells + 1, cells + 1)).astype(np.float32)
    image = Image.fromarray(grid).resize((size[1], size[0]), Image.Resampling.BICUBIC)
    return np.asarray(image)


def wall(rng: np.random.Generator, size: tuple[int, int], style: Style) -> tuple[np.ndarray, str]:
    """A background, linear RGB (h, w, 3), and its kind: white, coloured or cluttered."""
    chance = rng.random()
    if chance < style.clutter:
        image, kind = clutter(rng, size), "cluttered"
    elif chance < style.clutter + style.coloured:
        colour = hue(rng, rng.uniform(0.08, 0.30 if style.plain else 0.75), rng.uniform(0.3, 0.9))
        image, kind = np.tile(colour, (*size, 1)), "coloured"
    else:
        grey = rng.uniform(0.40 if style.loose else 0.62, 0.97)
        image, kind = np.tile(grey * (1 + rng.normal(0, 0.02, 3)), (*size, 1)), "white"
    v, u = np.mgrid[-1 : 1 : size[0] * 1j, -1 : 1 : size[1] * 1j]
    angle, slope = rng.uniform(0, 2 * np.pi), abs(rng.normal(0, 0.09))
    shade = 1 + slope * (np.cos(angle) * u + np.sin(angle) * v)
    centre = rng.normal(0, 0.3, 2)
    if rng.random() < 0.5:
        shade -= rng.uniform(0, 0.22) * ((u - centre[0]) ** 2 + (v - centre[1]) ** 2)
    shade += rng.uniform(0, 0.05) * smooth_noise(rng, size, int(rng.integers(2, 7)))
    image = to_linear(np.clip(image * np.maximum(shade, 0.05)[..., None], 0, 1.2))
    if kind != "cluttered" and rng.random() < (0.12 if style.plain else 0.25):
        image = seams(rng, image)
    return image.astype(np.float32), kind


def seams(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Add one to three faint lines: a paper's edge, a wall's corner, a crease."""
    height, width = image.shape[:2]
    mask = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(mask)
    for _ in range(int(rng.integers(1, 4))):
        a, b = rng.uniform(-0.2, 1.2, 2), rng.uniform(-0.2, 1.2, 2)
        draw.line([*(a * width), *(b * width)], fill=255, width=int(rng.integers(1, 3)))
    strength = np.asarray(mask.filter(ImageFilter.GaussianBlur(0.8)), np.float32)[..., None] / 255
    return image * (1 - rng.uniform(0.03, 0.25) * strength)


def clutter(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A room out of focus: overlapping boxes, ellipses, stripes and gradients, sRGB 0..1."""
    height, width = size
    image = Image.new("RGB", (width, height), colour8(rng))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(4, 16))):
        centre = rng.uniform(-0.1, 1.1, 2) * (width, height)
        extent = np.exp(rng.uniform(np.log(0.04), np.log(0.7), 2)) * width / 2
        box = [*(centre - extent), *(centre + extent)]
        kind = rng.integers(0, 4)
        if kind == 0:
            draw.ellipse(box, fill=colour8(rng))
        elif kind == 1:
            draw.rectangle(box, fill=colour8(rng))
        elif kind == 2:
            corners = centre + rng.normal(0, 1, (int(rng.integers(3, 6)), 2)) * extent
            draw.polygon([tuple(c) for c in corners], fill=colour8(rng))
        else:
            ends = centre + rng.normal(0, 1, (2, 2)) * extent * 2
            draw.line([tuple(e) for e in ends], fill=colour8(rng), width=int(rng.integers(1, 12)))
    image = image.filter(ImageFilter.GaussianBlur(float(np.exp(rng.uniform(-1.0, 2.0)))))
    pixels = np.asarray(image, np.float32) / 255
    texture = smooth_noise(rng, size, int(rng.integers(8, 40)))
    return np.clip(pixels + rng.uniform(0, 0.15) * texture[..., None], 0, 1)


def colour8(rng: np.random.Generator) -> tuple[int, int, int]:
    """A random 8-bit colour, from greys and skin-like browns to strong ones."""
    rgb = hue(rng, rng.uniform(0, 0.8) * rng.random(), rng.uniform(0.05, 1.0))
    return tuple(int(255 * c) for c in rgb)


def cast_shadow(
    rng: np.random.Generator, image: np.ndarray, mask: np.ndarray, lamp: np.ndarray
) -> np.ndarray:
    """Darken the wall by the hand's shadow: its outline, moved away from the lamp and blurred."""
    height, width = mask.shape
    gap = rng.uniform(0.02, 0.30) * width
    toward = max(lamp[2], 0.25)
    move = np.clip(np.array([-lamp[0], lamp[1]]) / toward * gap, -0.5 * width, 0.5 * width)
    shadow = Image.fromarray((mask * 255).astype(np.uint8))
    shadow = shadow.transform(
        (width, height), Image.Transform.AFFINE, (1, 0, -move[0], 0, 1, -move[1])
    )
    shadow = shadow.filter(ImageFilter.GaussianBlur(float(0.6 + gap * rng.uniform(0.10, 0.45))))
    depth = rng.uniform(0.0, 0.65) * np.asarray(shadow, np.float32)[..., None] / 255
    close = Image.fromarray((mask * 255).astype(np.uint8))
    close = close.filter(ImageFilter.GaussianBlur(0.05 * width))
    depth = depth + rng.uniform(0, 0.2) * np.asarray(close, np.float32)[..., None] / 255
    return image * (1 - np.minimum(depth, 0.85))


def cover(rng: np.random.Generator, image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Hide a part of the hand behind a flat card of one colour.

    The card's centre lies on the hand, and its sides take 12 to 40 % of the image's width.

    Args:
        image: linear RGB (height, width, 3).
        mask: where the hand is, (height, width), above 0.5.
    """
    height, width = mask.shape
    rows, columns = np.nonzero(mask > 0.5)
    middle = rng.integers(len(rows))
    centre = np.array([columns[middle], rows[middle]])
    half, angle = rng.uniform(0.06, 0.20, 2) * width, rng.uniform(0, np.pi)
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]])
    corners = [
        centre + a * half[0] * along + b * half[1] * across
        for a, b in ((-1, -1), (-1, 1), (1, 1), (1, -1))
    ]
    card = Image.new("L", (4 * width, 4 * height), 0)
    ImageDraw.Draw(card).polygon([tuple(4 * corner) for corner in corners], fill=255)
    hidden = average_down(np.asarray(card, np.float32)[..., None] / 255, 4)
    colour = to_linear(hue(rng, rng.uniform(0, 0.7), rng.uniform(0.15, 0.95)))
    return image * (1 - hidden) + colour * hidden


def average_down(image: np.ndarray, factor: int) -> np.ndarray:
    """Average blocks of `factor` x `factor` pixels: (h, w, n) to (h / factor, w / factor, n)."""
    height, width = image.shape[0] // factor, image.shape[1] // factor
    blocks = image.reshape(height, factor, width, factor, -1)
    total = np.zeros(blocks[:, 0, :, 0].shape)
    for i in range(factor):
        for j in range(factor):
            total += blocks[:, i, :, j]
    return total / factor**2


def develop(
    rng: np.random.Generator,
    linear: np.ndarray,
    style: Style,
    grain: np.random.Generator | None = None,
) -> np.ndarray:
    """Exposure, white balance, contrast, focus, noise, JPEG: linear RGB to uint8 sRGB.

    Args:
        rng: draws what the camera does.
        grain: draws the noise of the pixels, where a camera's settings are used again; by default
            `rng` draws both.
    """
    plain = style.plain
    balance = 1 + rng.normal(0, 0.025 if plain else 0.05, 3)
    dim = rng.uniform(0.0, 1.0) if style.loose else 0.0
    if style.dark and rng.random() < style.dark:
        dim += rng.uniform(0.7, 2.0)
    linear = linear * balance * 2 ** (rng.normal(0.15, 0.22 if plain else 0.38) - dim)
    srgb = np.clip(linear, 0, None) ** (1 / 2.2)
    srgb = np.where(srgb > 0.8, 0.8 + 0.25 * np.tanh((srgb - 0.8) / 0.25), srgb)
    contrast = rng.normal(1.05, 0.08 if plain else 0.14)
    srgb = np.clip((srgb - 0.5) * contrast + 0.5, 0, 1)
    grey = srgb.mean(axis=2, keepdims=True)
    srgb = np.clip(grey + (srgb - grey) * rng.normal(1.0, 0.08 if plain else 0.15), 0, 1)
    image = Image.fromarray((srgb * 255 + 0.5).astype(np.uint8))
    chance, scale = rng.random(), linear.shape[1] / 64
    if chance < 0.35:
        radius = rng.uniform(0.2, 0.6 if plain else 0.9) * scale
        image = image.filter(ImageFilter.GaussianBlur(radius))
    elif chance < 0.75:
        percent = int(rng.uniform(30, 80 if plain else 170))
        image = image.filter(ImageFilter.UnsharpMask(rng.uniform(0.5, 1.3) * scale, percent, 1))
    pixels = np.asarray(image, np.float32)
    noise = abs(rng.normal(0, 1.5 if plain else 3.5))
    pixels = pixels + noise * (grain or rng).standard_normal(pixels.shape, dtype=np.float32)
    image = Image.fromarray(np.clip(pixels + 0.5, 0, 255).astype(np.uint8))
    if rng.random() < (0.5 if plain else 0.7):
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=int(rng.uniform(70 if plain else 45, 97)))
        image = Image.open(buffer)
    return np.asarray(image)
