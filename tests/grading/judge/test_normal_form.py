"""The normal form computes what the JSON does, and equal normal forms are equal functions."""

import json
import random

import keras
import pytest
from json_mutants import NOT_BUILT, SMALL, mutants, networks, spelled
from proof_sizes import sampled

from grading.judge import allowed
from grading.judge.allowed import ArchitectureError
from grading.judge.architecture import build
from grading.judge.description import read
from grading.judge.judge import Judge, verdict_by_signature
from grading.judge.references import reference_text, with_blocks
from grading.judge.signature import signature
from grading.sandbox.answer_schema import Answer
from resnets.checks.attempt import Attempt, record
from resnets.checks.compare import same_record

pytestmark = pytest.mark.slow

MUTANTS = sampled(4, 20)  # of each network


@pytest.fixture(scope="module")
def texts():
    return networks()


def test_every_unchanged_network_is_accepted(texts):
    assert {name for name, text in texts.items() if build(read(text, placeholders=True))} == set(
        texts
    )


def test_every_mutant_is_read_or_refused(texts):
    tried = refused = 0
    for text in texts.values():
        for mutant in mutants(text)[:: sampled(60, 1)]:
            tried += 1
            try:
                signature(read(mutant.text, placeholders=True))
            except ArchitectureError:
                refused += 1
    assert 0 < refused < tried


def computed(model):
    """Return the record of a model, with the reference's blocks in place of placeholders."""
    attempt = with_blocks(model)
    shape = list(attempt.start.shape[1:])
    return record(Attempt("tensor", attempt.start, attempt.tensors[0]), {"input": shape, "seed": 7})


def as_keras_reads_it(text):
    """Return the record of the JSON's own model, or None if Keras cannot read or run it."""
    keras.backend.clear_session()
    try:
        return computed(keras.models.model_from_json(text))
    except Exception:
        return None


def as_the_judge_builds_it(text):
    """Return the record of the JSON's normal form, or None if it is refused or cannot be run."""
    keras.backend.clear_session()
    try:
        return computed(build(read(text, placeholders=True)))
    except Exception:
        return None


@pytest.mark.parametrize("name", list(networks()))
def test_an_unchanged_network_is_built_as_keras_reads_it(texts, name):
    by_judge, by_keras = as_the_judge_builds_it(texts[name]), as_keras_reads_it(texts[name])
    # The tests of mutants take None for a refusal: without this one they could test nothing.
    assert by_judge is not None and by_keras is not None
    assert same_record(by_judge, by_keras)


def without_builds(text):
    """Return the JSON without the shapes that Keras stores for each layer."""

    def without(part):
        part.pop("build_config", None)
        return part

    return json.dumps(json.loads(text, object_hook=without))


def is_never_built(path):
    """Return whether a change is in a part that the judge leaves out."""
    ends = allowed.OVERRULED
    return any(key in NOT_BUILT or str(key).endswith(ends) for key in path)


def check_mutant(path, text):
    """Fail unless the judge computes the same as Keras, or refuses the mutant."""
    by_judge = as_the_judge_builds_it(text)
    if by_judge is None:
        return
    by_keras = as_keras_reads_it(text)
    if by_keras is None:  # a layer is called on another shape than the stored one
        by_keras = as_keras_reads_it(without_builds(text))
    if by_keras is None:
        assert is_never_built(path), path
    elif "trainable" not in path:  # Keras applies a model's own flag to its layers once more
        assert same_record(by_judge, by_keras), path


def check_key(path, text, original, expected):
    """Return whether a mutant has the original's normal form; fail if it is another function."""
    try:
        description = read(text, placeholders=True)
    except ArchitectureError:
        return False
    if description.text != original.text:
        return False
    by_keras = as_keras_reads_it(text)
    if by_keras is None:
        assert is_never_built(path), path
    else:
        assert same_record(by_keras, expected), path
    return True


NAMES = list(networks())


@pytest.mark.parametrize("name", NAMES)
def test_a_mutant_is_built_as_keras_reads_it(texts, name):
    every = mutants(texts[name])
    for mutant in random.Random(2).sample(every, min(MUTANTS, len(every))):
        check_mutant(mutant.path, mutant.text)


@pytest.mark.parametrize("name", NAMES)
def test_a_mutant_with_the_same_key_is_the_same_function(texts, name):
    text = texts[name]
    original, expected = read(text, placeholders=True), as_keras_reads_it(text)
    every = mutants(text)
    random.Random(3).shuffle(every)
    same = 0
    for mutant in every:
        same += check_key(mutant.path, mutant.text, original, expected)
        if same == MUTANTS:
            break
    assert same > 3  # otherwise almost nothing was tested


@pytest.mark.parametrize("exercise", SMALL)
def test_a_verdict_without_building_agrees_with_the_verdict_after_building(exercise):
    arguments = SMALL[exercise]
    text = reference_text(exercise, arguments, False)
    expected = as_keras_reads_it(text)
    counts, enough = {True: 0, False: 0}, {True: MUTANTS, False: MUTANTS}
    every = mutants(text)
    random.Random(4).shuffle(every)
    for mutant in every:
        if counts == enough:
            break
        try:
            network = read(mutant.text)
        except ArchitectureError:
            continue
        verdict = verdict_by_signature(exercise, arguments, network, False)
        if not verdict or counts[verdict.right] == MUTANTS:
            continue
        counts[verdict.right] += 1
        by_keras = as_keras_reads_it(mutant.text)
        if by_keras is not None or not is_never_built(mutant.path):
            same = by_keras is not None and same_record(by_keras, expected)
            assert verdict.right == same, mutant.path
    assert counts == enough


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (lambda add, top: add["config"].update(dtype="bfloat16"), "another"),
        (lambda add, top: top.update(registered_name="evil>Model"), "refused"),
        (lambda add, top: add.update(registered_name="evil>Add"), "refused"),
        (lambda add, top: top.update(compile_config={"loss": "x"}), "unsure"),
        (lambda add, top: add["config"].update(activity_regularizer={
            "module": "os", "class_name": "system", "config": {}}), "unsure"),
        (lambda add, top: add["config"].update(quantization_config={"module": "os"}), "refused"),
        (lambda add, top: add["config"].update(dtype={
            "module": "keras", "class_name": "QuantizedDTypePolicy",
            "config": {"mode": "int8"}}), "refused"),
    ],
)  # fmt: skip
def test_a_foreign_value_is_never_right_without_building(change, seen):
    top = json.loads(reference_text("identity_block", SMALL["identity_block"], False))
    original = signature(read(json.dumps(top)))
    (add,) = (layer for layer in top["config"]["layers"] if layer["class_name"] == "Add")
    change(add, top)
    try:
        changed = signature(read(json.dumps(top)))
    except ArchitectureError:
        assert seen == "refused"
    else:
        assert seen == ("unsure" if changed is None else "another")
        assert changed is None or changed.function != original.function


@pytest.mark.parametrize("other", ["dtype", "frozen", "epsilon"])
def test_a_similar_network_does_not_get_a_classmates_verdict(other):
    arguments = SMALL["identity_block"]
    right = spelled("identity_block", "1x1 with same")
    top = json.loads(right)
    described = top["config"]["layers"]
    (add,) = (layer for layer in described if layer["class_name"] == "Add")
    change = {"dtype": (add, {"dtype": "bfloat16"}), "frozen": (described[2], {"trainable": False}),
              "epsilon": (described[2], {"epsilon": 0.5})}[other]  # fmt: skip
    change[0]["config"].update(change[1])
    judge = Judge()
    attacker = judge.architecture("identity_block", arguments, Answer(model=json.dumps(top)))
    assert not attacker.right
    assert judge.architecture("identity_block", arguments, Answer(model=right)).right
