"""check_se_block names every catalogued mistake and passes every right program."""

from __future__ import annotations

import keras
import pytest
from proof_sizes import sampled

from grading.catalogue.entries import CATALOGUE
from grading.programs.se_spellings import SPELLINGS
from grading.programs.spellings import function_of
from resnets import checks

EXERCISE = "se_block"


def made(program):
    return function_of(program, keras=keras)


MISTAKES = {entry.id: entry for entry in CATALOGUE[EXERCISE].mistakes}


@pytest.mark.parametrize("mistake", sampled(list(MISTAKES)[::4], list(MISTAKES)))
def test_a_catalogued_mistake_is_refused_and_named(mistake):
    entry = MISTAKES[mistake]
    result = checks.check_se_block(CATALOGUE[EXERCISE].reference(entry.variants[-1]))
    assert not result.passed
    assert result.mistake == mistake
    assert entry.title in result.message and entry.hint.split()[0] in result.message


@pytest.mark.parametrize("spelling", sampled(list(SPELLINGS)[::5], list(SPELLINGS)))
def test_a_right_program_passes_without_a_remark(spelling):
    result = checks.check_se_block(made(SPELLINGS[spelling]))
    assert result.passed, result.message
    assert result.mistake is None and result.remarks == [], result.message


# What a mistake looks like if the gate is written with vectors instead of images of one position.
VECTORS = SPELLINGS["vectors, reshaped"]
CHANGES = {
    "final_relu": ('"sigmoid"', '"relu"'),
    "final_softmax": ('"sigmoid"', '"softmax"'),
    "no_relu_between": ('activation="relu", ', ""),
    "max_squeeze": ("GlobalAveragePooling2D", "GlobalMaxPooling2D"),
    "no_reduction": ("channels // ratio", "channels"),
    "ratio_as_units": ("channels // ratio", "ratio"),
    "added": ("Multiply()", "Add()"),
    "input_added": ("layers.Multiply()([X, s])", "X + X * s"),
}


@pytest.mark.parametrize("mistake", CHANGES)
def test_a_mistake_in_a_gate_of_vectors_has_the_same_name(mistake):
    program = VECTORS.replace(*CHANGES[mistake])
    assert program != VECTORS
    result = checks.check_se_block(made(program))
    assert result.mistake == mistake, result.message


def test_other_names_of_layers_are_a_remark():
    result = checks.check_se_block(made(SPELLINGS["as taught"].replace('"reduce"', '"one"')))
    assert result.passed and result.remarks, result.message


def test_names_that_occur_twice_in_a_network_are_a_mistake():
    program = SPELLINGS["as taught"].replace('f"se{stage}{block}_"', '"se_"')
    result = checks.check_se_block(made(program))
    assert not result.passed and result.mistake == "layer_names_twice", result.message
