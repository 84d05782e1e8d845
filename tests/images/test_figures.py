"""The committed figures: what the scripts draw, accessible, and laid out without a collision."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ElementTree
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image

from images import FIGURES, FOLDER, draw, style
from images import __main__ as command
from images.canvas import Canvas
from images.font_metrics import text_width
from images.geometry import Box

SVG = "{http://www.w3.org/2000/svg}"
PHOTO = re.compile(r"data:image/jpeg;base64,([A-Za-z0-9+/=]+)")
COLOR = re.compile(r'(?:fill|stroke)="([^"]+)"')
LARGEST = {"signs_sheet": 300_000, "hero": 200_000}  # bytes
LARGEST_DRAWING = 60_000
ALT = json.loads((FOLDER / "alt.json").read_text(encoding="utf-8"))

figures = pytest.mark.parametrize("name", FIGURES)
PALETTE = {
    style.ORANGE, style.SKY, style.GREEN, style.YELLOW, style.BLUE, style.VERMILLION, style.PURPLE,
    style.BLACK, style.INK, style.GREY, style.RULE, style.WHITE, style.NIGHT,
}  # fmt: skip


def committed(name: str) -> str:
    return (FOLDER / f"{name}.svg").read_text(encoding="utf-8")


def pixels(svg: str) -> list[np.ndarray]:
    """The photographs in a figure, decoded."""
    return [
        np.asarray(Image.open(io.BytesIO(b64decode(code))).convert("RGB"), dtype=int)
        for code in PHOTO.findall(svg)
    ]


def differences(stored: str, drawn: str) -> str:
    """How two figures differ; "" when they are the same.

    Photographs are compared by their pixels: another build of the JPEG library may encode them in
    other bytes.
    """
    if PHOTO.sub("photo", stored) != PHOTO.sub("photo", drawn):
        return "another drawing"
    for old, new in zip(pixels(stored), pixels(drawn), strict=True):
        if old.shape != new.shape or np.abs(old - new).mean() > 2:
            return "another photograph"
    return ""


@figures
def test_committed_figure_is_what_its_script_draws(name):
    problem = differences(committed(name), draw(name).svg())
    assert not problem, f"{problem}: run `python -m images {name}` and commit images/{name}.svg"


@figures
def test_drawing_twice_gives_the_same_bytes(name):
    assert draw(name).svg() == draw(name).svg()


def test_a_changed_figure_is_noticed():
    stored = committed("identity_block_3")
    assert differences(stored, stored.replace("stride 1", "stride 2", 1))
    sheet = committed("signs_sheet")
    first, second = PHOTO.findall(sheet)[:2]
    assert differences(sheet, sheet.replace(first, second))


def test_every_drawing_in_the_folder_has_a_script():
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(FIGURES)


@figures
def test_figure_is_an_accessible_self_contained_svg(name):
    source = committed(name)
    root = ElementTree.fromstring(source)
    assert root.tag == f"{SVG}svg" and root.get("role") == "img"
    named = {child.get("id"): child for child in root if child.get("id")}
    for part in root.get("aria-labelledby").split():
        assert len(named[part].text) > 5
    assert root[0].tag == f"{SVG}title" and root[1].tag == f"{SVG}desc"
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    links = [e.get("href") for e in root.iter() if e.get("href")]
    assert all(link.startswith("data:image/jpeg;base64,") for link in links)
    assert not re.search(r"url\(|<script|<style|<foreignObject|xlink", source)


@figures
def test_colours_come_from_the_palette(name):
    used = set(COLOR.findall(committed(name))) - {"none"}
    assert used and used <= PALETTE


@figures
def test_text_is_large_enough_to_read_at_700_pixels(name):
    source = committed(name)
    root = ElementTree.fromstring(source)
    scale = 700 / float(root.get("width"))
    texts = list(root.iter(f"{SVG}text"))
    assert texts
    for text in texts:
        assert float(text.get("font-size")) * scale >= 11.5, "".join(text.itertext())


@figures
def test_no_text_overflows_or_collides(name):
    assert draw(name).problems() == []


@figures
def test_figure_is_a_small_file(name):
    size = (FOLDER / f"{name}.svg").stat().st_size
    assert 1000 < size < LARGEST.get(name, LARGEST_DRAWING)


def test_alt_texts_are_complete():
    images = {path.name for path in FOLDER.iterdir() if path.suffix in (".svg", ".jpg", ".png")}
    assert set(ALT) == images
    for name, text in ALT.items():
        assert len(text) >= 40, name
        assert text == text.strip() and text.endswith("."), name
        # It must survive in Markdown's ![...](...) and in an HTML attribute.
        assert not set(text) & set('[]"<>\n\\'), name
    assert len(set(ALT.values())) == len(ALT)


def blank() -> Canvas:
    return Canvas(200, 100, "A title", "A description")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda c: c.text(150, 50, "far too long to fit"), "leaves the image"),
        (lambda c: c.layer(Box(20, 20, 60, 60), style.BLUE, "Conv2D"), "overflows its box"),
        (lambda c: (c.text(50, 50, "one"), c.text(60, 52, "two")), "collides with"),
        (lambda c: (c.text(50, 50, "one"), c.line([(20, 50), (180, 51)])), "a line crosses"),
        (lambda c: (c.text(50, 50, "one"), c.rect(Box(60, 20, 90, 80))), "a line crosses"),
    ],
)
def test_layout_check_notices_a_spoilt_layout(spoil, problem):
    canvas = blank()
    spoil(canvas)
    assert any(problem in line for line in canvas.problems())


def test_layout_check_accepts_a_sound_layout():
    canvas = blank()
    canvas.layer(Box(20, 20, 120, 60), style.BLUE, "Conv2D", "1×1")
    canvas.text(20, 80, "below")
    assert canvas.problems() == []


def test_text_width_adds_up_its_characters():
    assert text_width("AV", 10) == pytest.approx(text_width("A", 10) + text_width("V", 10))
    assert text_width("ab", 10) == pytest.approx(12.48)  # 613 and 635 thousandths
    assert text_width("ab", 10, bold=True) > text_width("ab", 10)
    assert text_width("iW", 10, mono=True) == pytest.approx(12.04)


def test_markup_of_scripts_and_special_characters():
    canvas = blank()
    canvas.text(20, 50, "F_{1} < 10^{−3} & more")
    root = ElementTree.fromstring(canvas.svg())
    (text,) = root.iter(f"{SVG}text")
    assert "".join(text.itertext()) == "F1 < 10−3 & more"
    shifts = [float(span.get("dy")) for span in text]
    assert shifts[0] == -shifts[1] > 0 and shifts[2] == -shifts[3] < 0


def test_an_unknown_figure_is_named():
    with pytest.raises(KeyError, match="no figure called 'resnet51'.*resnet50"):
        draw("resnet51")


def test_the_command_writes_the_figures_it_is_asked_for(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "FOLDER", tmp_path)
    assert command.main(["skip_connection"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["skip_connection.svg"]
    assert (tmp_path / "skip_connection.svg").read_text(encoding="utf-8") == committed(
        "skip_connection"
    )
    assert command.main(["resnet51"]) == 2
    assert "no figure called resnet51" in capsys.readouterr().out
