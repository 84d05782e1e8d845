"""check_convolutional_block names every catalogued mistake and passes every right program."""

from __future__ import annotations

import pytest
from proof_sizes import sampled

from grading.catalogue.entries import CATALOGUE
from grading.programs.classic import CONVOLUTIONAL
from grading.programs.spellings import SPELLINGS, function_of, make_convolutional
from resnets import checks

pytestmark = pytest.mark.slow

EXERCISE = "convolutional_block"
MISTAKES = {entry.id: entry for entry in CATALOGUE[EXERCISE].mistakes}


@pytest.mark.parametrize("mistake", sampled(list(MISTAKES)[::5], list(MISTAKES)))
def test_a_catalogued_mistake_is_refused_and_named(mistake):
    entry = MISTAKES[mistake]
    result = checks.check_convolutional_block(CATALOGUE[EXERCISE].reference(entry.variants[0]))
    assert not result.passed
    assert result.mistake == mistake
    assert entry.title in result.message and entry.hint.split()[0] in result.message


@pytest.mark.parametrize("spelling", sampled(list(SPELLINGS)[::5], list(SPELLINGS)))
def test_a_right_program_passes_however_it_is_written(spelling):
    result = checks.check_convolutional_block(make_convolutional(**SPELLINGS[spelling]))
    assert result.passed, result.message
    assert result.mistake is None


def test_a_solution_in_the_classics_style_passes_without_a_remark():
    result = checks.check_convolutional_block(function_of(CONVOLUTIONAL))
    assert result.passed, result.message
    assert result.remarks == []


def test_unnamed_layers_get_a_remark_and_pass():
    result = checks.check_convolutional_block(make_convolutional())
    assert result.passed
    assert "no names" in result.remarks[0]
    assert "res2a_branch2a" in result.message


@pytest.mark.parametrize("spelling", ["as taught", "plus", "ZeroPadding2D and valid"])
def test_the_shortcut_may_be_built_first(spelling):
    block = make_convolutional(shortcut_first=True, **SPELLINGS[spelling])
    result = checks.check_convolutional_block(block)
    assert result.passed, result.message


def test_a_missing_step_is_named_although_the_code_raises():
    lines = [line for line in CONVOLUTIONAL.splitlines() if "+ '1'" not in line]
    source = "\n".join(line for line in lines if "padding = 'valid', kernel_init" not in line)
    source = source.replace("layers.add", "layers.concatenate")
    result = checks.check_convolutional_block(function_of(source))
    assert result.mistake is None and "raised ValueError" in result.title
    assert "convolution, shortcut" in dict(result.details)["Where"]
