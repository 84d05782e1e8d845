"""The numbers that the figures state, against formulas and the stored measurements."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from math import hypot, log

import pytest

from images import (
    FOLDER,
    blocks,
    fast_training,
    hero,
    nested_classes,
    photos,
    resnet50,
    vanishing_gradient,
)

ALT = json.loads((FOLDER / "alt.json").read_text(encoding="utf-8"))


def figure(name: str) -> str:
    source = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    return re.sub(r"<[^>]+>", "\n", source)


def test_resnet50_has_the_classic_number_of_parameters():
    assert resnet50.total_parameters() == 23_600_006


def test_resnet50_shapes_are_those_of_the_model():
    assert resnet50.stem_shapes() == [(70, 70, 3), (32, 32, 64), (15, 15, 64)]
    shapes = [resnet50.stage_shape(stage) for stage in resnet50.STAGES]
    assert shapes == [(15, 15, 256), (8, 8, 512), (4, 4, 1024), (2, 2, 2048)]


def test_resnet50_stage_by_stage_against_layers_counted_one_by_one():
    """Counts weights layer by layer, as Keras would, independently of the figure's formulas."""
    channels = 64
    for stage, (filters, blocks_, _) in resnet50.STAGES.items():
        total = 0
        for block in range(blocks_):
            layers = [(1, channels, filters[0]), (3, filters[0], filters[1])]
            layers.append((1, filters[1], filters[2]))
            if block == 0:
                layers.append((1, channels, filters[2]))
            for kernel, before, after in layers:
                total += kernel**2 * before * after + after  # convolution with bias
                total += 2 * after + 2 * after  # gamma, beta; moving mean, variance
            channels = filters[2]
        assert resnet50.stage_parameters(stage) == total


@pytest.mark.parametrize("text", [figure("resnet50"), ALT["resnet50.svg"]], ids=["svg", "alt"])
def test_resnet50_states_the_computed_numbers(text):
    for stage in resnet50.STAGES:
        assert f"{resnet50.stage_parameters(stage):,}" in text
        assert "×".join(map(str, resnet50.stage_shape(stage))) in text
    assert "9,728" in text and "12,294" in text and "23,600,006" in text


@pytest.mark.parametrize("text", [figure("fast_training"), ALT["fast_training.svg"]])
def test_fast_training_states_the_measured_seconds(text):
    measured = fast_training.seconds()
    assert {len(values) for values in measured.values()} == {3}
    for values in measured.values():
        for value in values.values():
            assert f"{value:.2f} s" in text or f"{value:.1f} s" in text


def test_lesson_5_reads_the_measured_seconds_back():
    path = FOLDER.parent / "notebooks" / "solutions" / "5_train_on_signs.ipynb"
    (cell,) = [
        cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["id"] == "fast-read"
    ]
    prose = "".join(cell["source"]).partition(".svg)")[2]
    first, step = fast_training.seconds().values()
    told = [f"{first['bfloat16']:.0f}", f"{first['keras']:.0f}"]
    told += [f"{step[way]:.2f}" for way in ("bfloat16", "keras", "float32")]
    assert re.findall(r"(?<![\w.])\d+(?:\.\d+)?", prose) == told


@pytest.mark.parametrize("stage", resnet50.STAGES)
def test_resnet50_draws_every_block(stage):
    row = next(row for row in resnet50.table_rows() if row[0] == f"Stage {stage}")
    labels = [chip.labels[0] for chip in row[2]]
    assert labels == ["Conv"] + ["ID"] * (resnet50.STAGES[stage][1] - 1)


def test_blocks_have_the_classic_layer_names():
    for draw in (blocks.identity_block_3, blocks.convolutional_block):
        text = draw().svg()
        for branch in ("2a", "2b", "2c"):
            assert f"res{{stage}}{{block}}_branch{branch}<" in text
            assert f"bn{{stage}}{{block}}_branch{branch}<" in text
    assert "res{stage}{block}_branch1<" in text and "bn{stage}{block}_branch1<" in text
    assert "branch1<" not in blocks.identity_block_3().svg()


def test_only_the_nested_classes_are_nested():
    for inner, outer in pairwise(nested_classes.NESTED):
        assert all(outer.holds(point) for point in inner.outline())
    for inner, outer in pairwise(nested_classes.APART):
        assert not all(outer.holds(point) for point in inner.outline())


def test_distances_fall_only_in_the_nested_classes():
    nested = nested_classes.distances(nested_classes.NESTED)
    assert nested == sorted(nested, reverse=True)
    apart = nested_classes.distances(nested_classes.APART)
    assert apart != sorted(apart, reverse=True) and apart[-1] > apart[0]


def test_goal_lies_outside_of_every_class():
    for shape in nested_classes.NESTED + nested_classes.APART:
        assert not shape.holds(nested_classes.GOAL)
        x, y = shape.nearest(nested_classes.GOAL)
        assert hypot(x - nested_classes.GOAL[0], y - nested_classes.GOAL[1]) > 15


def test_gradient_vanishes_as_the_alt_text_says():
    data = vanishing_gradient.measured()
    depth, norms = data["setting"]["depth"], data["norms"]
    assert {len(step) for step in norms} == {depth + 1}
    assert len(norms) == len(data["losses"]) == 60
    lost = vanishing_gradient.decades_lost(norms, depth)
    text = ALT["vanishing_gradient.svg"]
    assert f"about {lost:.0f} powers of ten" in text
    assert f"{depth} sigmoid convolutions over {len(norms)} training steps" in text
    assert all(step[0] < step[9] < step[19] for step in norms), "at every step, says the text"


def test_measured_plain_network_does_not_learn():
    """Six classes guessed at random cost log 6; the network stays there."""
    losses = vanishing_gradient.measured()["losses"]
    assert sum(losses[-10:]) / 10 == pytest.approx(log(6), abs=0.05)


def test_hero_shows_the_model_s_probabilities_for_its_image():
    result = json.loads(hero.RESULT.read_text(encoding="utf-8"))
    again = "run `python -m images.measure_hero` and `python -m images hero`"
    if (photos.DATASETS.parent / "models" / "ResNet50.h5").exists():
        assert result["source"] == "models/ResNet50.h5", again
    probabilities = result["probabilities"]
    assert len(probabilities) == 6 and sum(probabilities) == pytest.approx(1, abs=1e-3)
    assert result["image"] == hero.SHOWN in hero.TILES, again
    assert result["label"] == photos.signs("test")[1][hero.SHOWN] == 3, again
    assert max(probabilities) == probabilities[3] > 0.5, "the alt text says so"


def test_sheet_shows_images_of_the_label_above_them():
    labels = photos.signs()[1]
    for label in range(6):
        chosen = photos.examples(label, 4)
        assert len(set(chosen)) == 4 and (labels[chosen] == label).all()
    assert f"{len(labels)} rendered images" in figure("signs_sheet")
