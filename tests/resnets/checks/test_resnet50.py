"""check_resnet50 names every catalogued mistake and passes right networks."""

from __future__ import annotations

import keras
import pytest
from keras import layers
from proof_sizes import sampled

from grading.catalogue.entries import CATALOGUE
from grading.programs.classic import IDENTITY
from grading.programs.spellings import BLOCKS, function_of, network
from resnets import checks

pytestmark = pytest.mark.slow

EXERCISE = "ResNet50"
MISTAKES = {entry.id: entry for entry in CATALOGUE[EXERCISE].mistakes}


@pytest.fixture(autouse=True)
def _free_memory():
    """Free the networks of each test: the weights of one take 100 MB."""
    yield
    keras.backend.clear_session()


@pytest.mark.parametrize("mistake", sampled(list(MISTAKES)[::12], list(MISTAKES)))
def test_a_catalogued_mistake_is_refused_and_named(mistake):
    result = checks.check_resnet50(CATALOGUE[EXERCISE].reference(MISTAKES[mistake].variants[0]))
    assert not result.passed
    assert result.mistake == mistake, result.message
    assert MISTAKES[mistake].title in result.message


def test_a_network_with_the_learners_own_blocks_passes():
    result = checks.check_resnet50(network(*BLOCKS))
    assert result.passed, result.message
    assert result.mistake is None and result.remarks == []


def test_other_block_letters_pass_and_are_named_as_a_mistake():
    result = checks.check_resnet50(network(*BLOCKS, letters="stuvwx"))
    assert result.passed, result.message
    assert result.mistake == "names"
    assert "`res2s_branch2a`" in result.remarks[0]


def test_blocks_with_the_same_letter_are_refused():
    result = checks.check_resnet50(network(*BLOCKS, letters="abbbbb"))
    assert not result.passed
    assert result.mistake == "layer_names_twice"


def test_average_pooling_without_arguments_is_explained():
    result = checks.check_resnet50(network(*BLOCKS, pool=lambda: layers.AveragePooling2D()))
    assert not result.passed and result.mistake is None
    assert "`AveragePooling2D()` used a pool_size of 2" in result.message
    assert "`x = pool()(x)`" in dict(result.details)["Your line"]


def test_a_mistake_in_a_block_is_traced_to_the_block_and_the_step():
    wrong = function_of(IDENTITY.replace("Add()([X, X_shortcut])", "X"))
    result = checks.check_resnet50(network(BLOCKS[0], wrong))
    assert not result.passed and result.mistake is None
    assert "stage 2, block b: addition of main path and shortcut" in result.message
    assert "(23, 15, 256)" in result.message
    assert "`checks.check_identity_block(identity_block)`" in dict(result.details)["Try"]


def test_the_last_right_step_of_a_network_that_raises_is_named():
    def stopped(*args, **kwargs):
        raise ValueError("no more blocks")

    result = checks.check_resnet50(network(BLOCKS[0], stopped))
    assert not result.passed
    assert "no more blocks" in result.message
    assert "agrees up to this step: stage 2, block a: ReLU" in result.message


def test_a_tensor_instead_of_a_model_is_refused_with_advice():
    def ResNet50(input_shape=(64, 64, 3), classes=6):  # noqa: N802
        return layers.Flatten()(keras.Input(input_shape))

    result = checks.check_resnet50(ResNet50)
    assert result.mistake == "wrong_return" and "Make a Model" in result.message
