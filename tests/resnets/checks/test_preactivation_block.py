"""check_preactivation_block names every catalogued mistake and passes every right program."""

from __future__ import annotations

import keras
import pytest
from keras.layers import Activation, Add, BatchNormalization, Conv2D
from proof_sizes import sampled

from grading.catalogue.entries import CATALOGUE
from grading.programs.spellings import SPELLINGS, make_identity, make_preactivation
from resnets import checks

pytestmark = pytest.mark.slow

EXERCISE = "preactivation_block"
MISTAKES = {entry.id: entry for entry in CATALOGUE[EXERCISE].mistakes}


@pytest.mark.parametrize("mistake", sampled(list(MISTAKES)[1::5], list(MISTAKES)))
def test_a_catalogued_mistake_is_refused_and_named(mistake):
    entry = MISTAKES[mistake]
    result = checks.check_preactivation_block(CATALOGUE[EXERCISE].reference(entry.variants[0]))
    assert not result.passed
    assert result.mistake == mistake
    assert entry.title in result.message and entry.hint.split()[0] in result.message


@pytest.mark.parametrize("spelling", sampled(list(SPELLINGS)[::5], list(SPELLINGS)))
def test_a_right_program_passes_however_it_is_written(spelling):
    result = checks.check_preactivation_block(make_preactivation(**SPELLINGS[spelling]))
    assert result.passed, result.message
    assert result.mistake is None


def test_the_block_of_lesson_2_is_recognised():
    result = checks.check_preactivation_block(make_identity())
    assert result.mistake == "postactivation", result.message


def named(X, F, f, names, stage, block):  # noqa: N803
    """One component of a student's block, with the lesson's names."""
    X = BatchNormalization(axis=3, name=f"bn{stage}{block}_branch{names}")(X)  # noqa: N806
    X = Activation("relu")(X)  # noqa: N806
    name = f"res{stage}{block}_branch{names}"
    return Conv2D(F, f, padding="same", name=name)(X)


def test_a_solution_with_the_lessons_names_passes_without_a_remark():
    def block(X, f, filters, stage, block):  # noqa: N803
        x = named(X, filters[0], 1, "2a", stage, block)
        x = named(x, filters[1], f, "2b", stage, block)
        return Add()([named(x, filters[2], 1, "2c", stage, block), X])

    result = checks.check_preactivation_block(block)
    assert result.passed and result.remarks == [], result.message


def test_a_shortcut_that_starts_after_the_first_relu_is_named():
    def block(X, f, filters, stage, block):  # noqa: N803
        X = keras.layers.ReLU()(BatchNormalization()(X))  # noqa: N806
        x = Conv2D(filters[0], 1)(X)
        x = Conv2D(filters[1], f, padding="same")(keras.layers.ReLU()(BatchNormalization()(x)))
        x = Conv2D(filters[2], 1)(keras.layers.ReLU()(BatchNormalization()(x)))
        return x + X

    result = checks.check_preactivation_block(block)
    assert result.mistake == "shortcut_late", result.message
