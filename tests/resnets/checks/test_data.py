"""The stored fingerprints are up to date, tell mistakes apart, and need no solution beside them."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from proof_sizes import sampled

from grading.catalogue import fingerprints
from grading.catalogue.entries import CATALOGUE
from resnets import checks
from resnets.checks import compare
from resnets.exercises import EXERCISES, NAMES, Kind

pytestmark = pytest.mark.slow

ROOT = Path(compare.__file__).resolve().parents[2]
ARCHITECTURES = [name for name in NAMES if EXERCISES[name].kind is not Kind.NUMBERS]


@pytest.fixture(scope="module")
def stored() -> dict:
    return {name: compare.fingerprints(name) for name in NAMES}


def test_the_catalogue_has_forty_mistakes_and_unique_ids():
    builds = [e.id for name in ARCHITECTURES for e in CATALOGUE[name].mistakes]
    assert len(set(builds)) >= 40
    for name in NAMES:
        ids = [entry.id for entry in CATALOGUE[name].mistakes]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("exercise", NAMES)
def test_the_numbers_are_those_of_the_source(exercise):
    command = f"python -m grading.catalogue.fingerprints {exercise}"
    source = compare.stored_numbers()[exercise]["source"]
    assert source == fingerprints.source_digest(exercise), f"run `{command}`"


@pytest.mark.parametrize("exercise", ARCHITECTURES)
def test_a_record_is_stored_as_it_was_read(stored, exercise):
    content = compare.stored_numbers()[exercise]["reference"]
    assert json.loads(fingerprints.as_json(stored[exercise].reference)) == content
    assert "input" in content[0]


@pytest.mark.parametrize("exercise", NAMES)
def test_the_words_are_those_of_the_catalogue(stored, exercise):
    words = [(e.id, e.title, e.why, e.hint) for e in CATALOGUE[exercise].mistakes]
    stored_words = [(m.id, m.title, m.why, m.hint) for m in stored[exercise].mistakes]
    assert stored_words == words, "run `python -m grading.catalogue.fingerprints --texts`"


@pytest.mark.parametrize("exercise", ARCHITECTURES)
def test_no_variant_of_a_mistake_passes_or_gets_another_name(stored, exercise):
    for mistake in stored[exercise].mistakes:
        for records in mistake.variants:
            reference = stored[exercise].reference
            pairs = zip(records, reference, strict=False)
            assert not all(compare.same_record(*pair) for pair in pairs), mistake.id
            named = compare.matching_mistakes(exercise, records)
            assert mistake.id in [m.id for m in named]
            if named[0].id != mistake.id:
                assert (exercise, mistake.id, named[0].id) in SAME_FUNCTION


# (exercise, mistake, simpler mistake): a variant of the first computes the same as the second.
SAME_FUNCTION = {
    ("ResNet50", "average_pool_window", "no_average_pool"),  # a window of 1
    ("ResNet50", "average_pool_window", "global_average_pool"),  # one window over everything
}


def test_all_mistakes_that_fit_are_mentioned(monkeypatch):
    data = compare.fingerprints("identity_block")
    other = replace(data.mistakes[0], id="other", title="Another way to see it.")
    patched = replace(data, mistakes=[*data.mistakes, other])
    monkeypatch.setattr(compare, "fingerprints", lambda exercise: patched)
    edits = CATALOGUE["identity_block"].mistakes[0].variants[0]
    result = checks.check_identity_block(CATALOGUE["identity_block"].reference(edits))
    assert result.mistake == CATALOGUE["identity_block"].mistakes[0].id
    assert "It could also be: Another way to see it." in result.message


# Two mistakes that together compute exactly the same as a third one.
TOGETHER = {
    ("no_shortcut", "no_final_relu"): "returns_main_path",
    ("returns_shortcut", "relu_on_shortcut"): "main_path_unused",
    ("returns_main_path", "relu_before_add"): "no_shortcut",
    ("returns_main_path", "relu_in_third"): "no_shortcut",
    ("no_final_relu", "relu_in_third"): "relu_before_add",
    ("activation_in_convolution", "no_relu_2a"): "bn_after_relu",
    ("no_component_2a", "no_component_2b"): "third_from_input",
    ("no_component_2c", "third_from_input"): "main_path_unused",
    ("no_relu_2a", "no_relu_2b"): "no_relu",
    ("stride_twice", "no_stride_main"): "stride_second",
    ("no_stride_main", "no_stride_shortcut"): "stride_ignored",
}


def _pairs(exercise: str, number: int) -> list[tuple]:
    entries = CATALOGUE[exercise].mistakes
    every = list(itertools.combinations(range(len(entries)), 2))
    return [(entries[i], entries[j]) for i, j in every[:: len(every) // number]]


@pytest.mark.parametrize("exercise", ["identity_block", "convolutional_block"])
def test_two_mistakes_at_once_are_not_named_as_a_third_one(exercise):
    tried = 0
    for a, b in _pairs(exercise, sampled(10, 30)):
        function = CATALOGUE[exercise].reference(a.variants[0] + b.variants[0])
        check = getattr(checks, f"check_{exercise}")
        result = check(function)
        if "another mistake has removed it" in result.message:
            continue  # the two mistakes exclude each other
        tried += 1
        assert not result.passed, (a.id, b.id)
        named = (None, a.id, b.id, TOGETHER.get((a.id, b.id)))
        assert result.mistake in named, (a.id, b.id, result.mistake)
        if result.mistake is None:
            heading = "Try" if "but not run" in result.title else "Where"
            assert heading in dict(result.details), (a.id, b.id, result.message)
    assert tried >= sampled(5, 20)


def test_the_checks_work_without_the_instructors_folder(tmp_path):
    shutil.copy(ROOT / "resnets_utils.py", tmp_path)
    shutil.copytree(ROOT / "resnets", tmp_path / "resnets")
    code = (
        "from resnets import checks\n"
        "def stub(X, f, filters, stage, block):\n    raise NotImplementedError\n"
        "def returns_x(X, f, filters, stage, block):\n    return X\n"
        "print(checks.check_identity_block(stub).mistake)\n"
        "print(checks.check_identity_block(returns_x).mistake)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert run.stdout.split() == ["unfinished", "returns_shortcut"], run.stderr
