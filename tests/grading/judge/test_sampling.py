"""Drawn arguments and seeds: nobody can foresee them, and they hide no mistake."""

import keras
import pytest
from proof_sizes import sampled

from grading.catalogue.entries import CATALOGUE
from grading.catalogue.fingerprints import make_record
from grading.judge import sampling
from resnets.checks.compare import same_record

SEED = 20_000  # used nowhere else, so nothing has been tuned to it


@pytest.mark.parametrize("exercise", ["identity_block", "convolutional_block", "ResNet50"])
def test_equal_seeds_draw_equal_calls_and_others_do_not(exercise):
    first = sampling.calls(exercise, 1, 5)
    assert first == sampling.calls(exercise, 1, 5)
    drawn = {str(sampling.calls(exercise, seed, 5)[1:]) for seed in range(30)}
    assert len(drawn) > min(6, CATALOGUE[exercise].pool - 1)
    assert first != sampling.calls(exercise, 1, 6)


@pytest.mark.parametrize("exercise", ["identity_block", "convolutional_block"])
def test_a_class_shares_its_arguments_but_not_its_weights(exercise):
    def without_seeds(class_seed):
        drawn = [sampling.calls(exercise, seed, class_seed)[1:] for seed in range(400)]
        seeds = {call.pop("seed") for pair in drawn for call in pair}
        assert len(seeds) == 800
        return {str(pair) for pair in drawn}

    assert len(without_seeds(5)) <= 40
    assert len(without_seeds(5) & without_seeds(6)) <= 1


@pytest.mark.parametrize("exercise", ["identity_block", "convolutional_block"])
def test_two_draws_of_a_block_have_no_number_in_common(exercise):
    for seed in range(200):
        _, first, second = sampling.calls(exercise, seed, 1)
        assert first["f"] != second["f"]
        assert len({*first["filters"], *second["filters"]}) == 6
        assert first["block"] != second["block"]
        assert first.get("s", 2) != second.get("s", 2) or exercise == "identity_block"
        assert ("s" in first) == ("s" in second) == (exercise == "convolutional_block")


@pytest.mark.parametrize("exercise", ["identity_block", "convolutional_block"])
def test_no_draw_has_the_lessons_own_filters(exercise):
    """Filters that are hard-coded as in the lesson are wrong in every other call."""
    own = CATALOGUE[exercise].lesson["filters"]
    drawn = [
        call["filters"]
        for class_seed in range(20)
        for seed in range(100)
        for call in sampling.calls(exercise, seed, class_seed)[1:]
    ]
    assert len(drawn) == 4000 and own not in drawn


def test_the_drawn_images_of_a_network_hide_no_mistake():
    for seed in range(200):
        plain, drawn = sampling.calls("ResNet50", seed, class_seed=seed // 10)
        rows, columns, channels = drawn["input_shape"]
        assert rows % 2 == 0
        assert rows >= 72
        assert channels != 3
        assert drawn["classes"] != 6
        assert (plain["input_shape"], plain["classes"]) == ([64, 64, 3], 6)


@pytest.mark.parametrize("exercise", ["identity_block", "convolutional_block", "se_block"])
def test_no_catalogued_mistake_is_right_for_drawn_arguments(exercise):
    _, *drawn = sampling.calls(exercise, SEED, 1)
    right = [make_record(exercise, arguments) for arguments in drawn]
    hidden = []
    for entry in CATALOGUE[exercise].mistakes[:: sampled(9, 1)]:
        keras.backend.clear_session()
        edits = entry.variants[0]
        records = [make_record(exercise, arguments, edits) for arguments in drawn]
        if all(map(same_record, records, right)):
            hidden.append(entry.id)
    assert hidden == []


@pytest.mark.parametrize("exercise", ["identity_block", "convolutional_block", "ResNet50"])
def test_the_lessons_call_comes_first_and_a_class_shares_it(exercise):
    first = sampling.calls(exercise, 1, 7)[0]
    assert first == {**CATALOGUE[exercise].lesson, "seed": first["seed"]}
    assert first == sampling.calls(exercise, 2, 7)[0]
    assert first != sampling.calls(exercise, 1, 8)[0]


def test_a_class_shares_pairs_of_networks_one_with_batch_norm():
    def drawn(class_seed):
        pairs = [sampling.calls("gradient_norms", seed, class_seed) for seed in range(300)]
        assert all([draw["batch_norm"] for draw in pair] == [False, True] for pair in pairs)
        return {str(pair) for pair in pairs}

    assert len(drawn(5)) == 20
    assert not drawn(5) & drawn(6)
