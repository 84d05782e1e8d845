"""The signature recognises networks that equal the reference layer by layer, and no others."""

import json

import keras
import pytest
from keras import layers
from proof_sizes import sampled

from grading.catalogue.entries import CATALOGUE, find
from grading.catalogue.reference_blocks import Builder
from grading.judge import judge as judging
from grading.judge import sampling
from grading.judge import signature as signatures
from grading.judge.allowed import ArchitectureError
from grading.judge.description import read
from grading.judge.judge import Claim, Judge
from grading.judge.references import PlaceholderBuilder, reference_text
from grading.judge.verdict_cache import VerdictCache
from grading.programs import classic, spellings
from grading.sandbox.answer_schema import Answer
from resnets.checks.attempt import attempt_architecture
from resnets.checks.compare import fingerprints, same_record, stored_calls

pytestmark = pytest.mark.slow

BLOCKS = ("identity_block", "convolutional_block")


def signature(text):
    """Return the signature of a network's JSON, or None if the JSON is refused."""
    try:
        return signatures.signature(read(text, placeholders=True))
    except ArchitectureError:
        return None


def text(exercise, function, arguments):
    """Return the JSON of the network that a function builds, or None if it builds none."""
    with keras.StatelessScope(initialize_variables=False):
        attempt = attempt_architecture(exercise, function, arguments)
        if attempt.state not in ("tensor", "model"):
            return None
        return keras.Model(attempt.start, attempt.tensors).to_json()


def first(exercise):
    """Return the first stored set of arguments, and the reference's signature for it."""
    arguments = stored_calls(exercise)[0]
    return arguments, signature(reference_text(exercise, arguments, placeholders=False))


@pytest.mark.parametrize("exercise", BLOCKS)
def test_a_mistake_has_the_references_signature_only_if_it_computes_the_same(exercise):
    arguments, right = first(exercise)
    stored = fingerprints(exercise)
    with_signature = different = 0
    pairs = list(zip(CATALOGUE[exercise].mistakes, stored.mistakes, strict=True))
    for entry, known in pairs[:: sampled(4, 1)]:
        for edits, records in zip(entry.variants, known.variants, strict=True):
            network = text(exercise, CATALOGUE[exercise].reference(edits), arguments)
            wrong = network and signature(network)
            same_function = same_record(records[0], stored.reference[0])
            assert bool(wrong and wrong.function == right.function) == same_function, entry.id
            with_signature += wrong is not None
            different += bool(wrong) and wrong.differs_from(right)
    assert with_signature > sampled(10, 50)
    assert different > sampled(3, 20)


@pytest.mark.parametrize(
    "mistake", ["stage4_blocks", "stage3_stride", "no_softmax", "max_pool_window", "kernel_size"]
)
@pytest.mark.parametrize("placeholders", [False, True])
def test_a_wrong_network_does_not_have_the_references_signature(mistake, placeholders):
    arguments = stored_calls("ResNet50")[0]
    right = signature(reference_text("ResNet50", arguments, placeholders))
    builder = PlaceholderBuilder() if placeholders else None
    edits = find("ResNet50", mistake).variants[0]
    wrong = signature(text("ResNet50", CATALOGUE["ResNet50"].reference(edits, builder), arguments))
    assert right is not None
    assert wrong is not None
    assert wrong.function != right.function


@pytest.mark.parametrize(
    "spelling", ["as taught", "axis -1", "ReLU layer", "plus the other way round", "keras.ops.relu",
                 "other momentum and epsilon", "the course's initialiser", "a weight decay",
                 "keras.activations.relu", "maximum with 0", "no biases"]
)  # fmt: skip
def test_usual_spellings_are_recognised(spelling):
    arguments, right = first("identity_block")
    block = spellings.make_identity(**spellings.SPELLINGS[spelling])
    spelled = signature(text("identity_block", block, arguments))
    assert spelled.function == right.function
    assert spelled.names != right.names  # its layers have other names


@pytest.mark.parametrize(
    "relu",
    [
        lambda x: keras.ops.maximum(x, 0.1),
        lambda x: keras.ops.minimum(x, 0.0),
        lambda x: keras.ops.maximum(x, x),
        lambda x: keras.activations.relu(x, max_value=6.0),
        lambda x: keras.activations.relu(x, negative_slope=0.1),
    ],
)
def test_an_operation_that_is_not_a_relu_is_not_rewritten_as_one(relu):
    arguments, right = first("identity_block")
    block = spellings.make_identity(relu=lambda: relu)
    assert signature(text("identity_block", block, arguments)).function != right.function


def test_a_dense_layer_without_a_bias_is_another_function():
    start = keras.Input((4,))
    with_bias, without = layers.Dense(2), layers.Dense(2, use_bias=False)
    both = [signature(keras.Model(start, d(start)).to_json()) for d in (with_bias, without)]
    assert both[0].function != both[1].function


@pytest.mark.parametrize("spelling", list(spellings.SPELLINGS))
def test_no_right_program_is_wrong_without_building(spelling):
    arguments, right = first("identity_block")
    block = spellings.make_identity(**spellings.SPELLINGS[spelling])
    spelled = signature(text("identity_block", block, arguments))
    assert spelled is None or not spelled.differs_from(right)


def test_a_block_written_out_among_placeholders_is_not_wrong_without_building():
    class StageTwoByHand(PlaceholderBuilder):
        def block(self, x, spec, where=""):
            by_hand = spec.label.startswith("2")
            return Builder.block(self, x, spec, where) if by_hand else super().block(x, spec, where)

    arguments = stored_calls("ResNet50")[0]
    function = CATALOGUE["ResNet50"].reference((), StageTwoByHand())
    mixed = signature(text("ResNet50", function, arguments))
    right = signature(reference_text("ResNet50", arguments, placeholders=True))
    assert mixed.roles != right.roles
    assert not mixed.differs_from(right)


def test_the_classic_solution_has_the_references_signature():
    arguments, right = first("identity_block")
    block = spellings.function_of(classic.IDENTITY)
    assert signature(text("identity_block", block, arguments)) == right


def changed(change):
    """Return the signature of the reference's JSON after a change, and that without it."""
    arguments, right = first("identity_block")
    description = json.loads(reference_text("identity_block", arguments, placeholders=False))
    change(description["config"], description["config"]["layers"])
    return signature(json.dumps(description)), right


@pytest.mark.parametrize(
    "change",
    [
        lambda config, parts: parts[2]["config"].update(trainable=False),
        lambda config, parts: parts[2]["config"].update(epsilon=0.5),
        lambda config, parts: parts[3]["config"]["dtype"]["config"].update(name="float16"),
        lambda config, parts: parts[1]["config"].update(groups=2),
        lambda config, parts: parts[2]["inbound_nodes"][0]["kwargs"].update(training=True),
        lambda config, parts: parts[1]["inbound_nodes"].append(parts[1]["inbound_nodes"][0]),
        lambda config, parts: parts[1].update(name="another"),
        lambda config, parts: parts[1].update(module="elsewhere"),
        lambda config, parts: parts[1].update(registered_name="grading>BlockPlaceholder"),
        lambda config, parts: parts[1].update(shared_object_id=1),
        lambda config, parts: parts[2]["config"].update(renorm=True),
        lambda config, parts: parts.append(parts[0]),
        lambda config, parts: config.update(output_layers=[[parts[-2]["name"], 0, 0]]),
        lambda config, parts: config.update(output_layers=[[parts[-1]["name"], 0, 1]]),
        lambda config, parts: config.update(layers=parts[::-1]),
        lambda config, parts: config.clear(),
    ],
)
def test_a_forged_description_is_not_recognised(change):
    forged, right = changed(change)
    assert forged is None or forged.function != right.function


def test_a_network_that_calls_a_layer_twice_has_no_signature():
    start = keras.Input((4, 4, 2))
    first_layer, second_layer = layers.Conv2D(2, 1), layers.Conv2D(2, 1)
    twice = keras.Model(start, first_layer(first_layer(start)))
    assert signature(twice.to_json()) is None
    assert signature(keras.Model(start, second_layer(first_layer(start))).to_json()) is not None


@pytest.mark.parametrize(
    "nothing", [None, 7, "", "{", "[]", "[" * 100_000, "null", '{"module": 1}']
)
def test_a_text_that_is_not_a_model_has_no_signature(nothing):
    assert signature(nothing) is None


@pytest.mark.parametrize(
    "spelling", ["as taught", "no biases", "maximum with 0", "keras.activations.relu"]
)
def test_verdicts_with_and_without_building_agree(spelling):
    judge, arguments = Judge(), stored_calls("convolutional_block")[1]
    block = spellings.make_convolutional(**spellings.SPELLINGS[spelling])
    answer = Answer(model=text("convolutional_block", block, arguments))
    claim = Claim.of(answer, False)
    long_way = judging.compare("convolutional_block", arguments, claim, False)
    assert long_way.right
    assert judge.architecture("convolutional_block", arguments, answer) == long_way


def counted(monkeypatch):
    """Return a list to which every later comparison and explanation of a judge is added."""
    calls = []
    for name in ("compare", "explain"):
        original = getattr(judging, name)

        def counting(*args, original=original, name=name):
            calls.append(name)
            return original(*args)

        monkeypatch.setattr(judging, name, counting)
    return calls


def renamed(answer, change=lambda layers: None):
    """Return the same answer with another name for one layer, and perhaps another change."""
    old = json.loads(answer.model)["config"]["layers"][-1]["name"]
    description = json.loads(answer.model.replace(f'"{old}"', '"the_last"'))
    change(description["config"]["layers"])
    return Answer(model=json.dumps(description))


def two_averages():
    """Return arguments and an answer: a right block that has to be built to be recognised."""
    spelling = spellings.SPELLINGS["twice the average"]
    arguments = stored_calls("identity_block")[0]
    block = spellings.make_identity(**spelling)
    return arguments, Answer(model=text("identity_block", block, arguments))


def test_the_reference_is_built_once_for_equal_arguments_with_other_weights(monkeypatch):
    built = []

    def building(*question):
        built.append(question)
        return reference_text(*question)

    judging.reference_signature.cache_clear()

    monkeypatch.setattr("grading.judge.judge.reference_text", building)
    judge = Judge()
    arguments = sampling.lesson("identity_block", 1)
    answer = Answer(model=reference_text("identity_block", arguments, placeholders=False))
    for drawn in (arguments, {**arguments, "seed": 2}, {**arguments, "f": 3}):
        right = judge.architecture("identity_block", drawn, answer).right
        assert right == (drawn["f"] == arguments["f"])
    assert [question[1]["f"] for question in built] == [arguments["f"], 3]


def test_equal_networks_are_compared_once_and_explained_once(monkeypatch):
    judge, (arguments, answer) = Judge(), two_averages()
    calls = counted(monkeypatch)
    other = renamed(answer)
    assert other.model != answer.model
    first = judge.architecture("identity_block", arguments, answer)
    assert first.right
    assert judge.architecture("identity_block", arguments, other) == first
    for same in (answer, other):
        judge.mistakes("identity_block", [same] * len(stored_calls("identity_block")))
    assert calls == ["compare", "explain"]


def test_an_explanation_is_shared_with_other_judges(monkeypatch, tmp_path):
    _, answer = two_averages()
    answers = [answer] * len(stored_calls("identity_block"))
    first, second = (Judge(cache=VerdictCache(tmp_path / "new")) for _ in range(2))
    ids = first.mistakes("identity_block", answers)
    calls = counted(monkeypatch)
    assert second.mistakes("identity_block", answers) == ids
    assert second.mistakes("identity_block", [renamed(answer), *answers[1:]]) == ids
    assert calls == []
    second.mistakes("convolutional_block", [answer] * len(stored_calls("convolutional_block")))
    assert calls == ["explain"]


def test_a_wrong_verdict_is_shared_with_other_judges_but_not_a_right_one(monkeypatch, tmp_path):
    arguments, answer = two_averages()
    wrong = renamed(answer, lambda parts: parts[2]["config"].update(epsilon=0.5))
    first, second = (Judge(cache=VerdictCache(tmp_path)) for _ in range(2))
    verdicts = [first.architecture("identity_block", arguments, one) for one in (wrong, answer)]
    assert [verdict.right for verdict in verdicts] == [False, True]
    calls = counted(monkeypatch)
    assert second.architecture("identity_block", arguments, wrong) == verdicts[0]
    assert calls == []
    assert second.architecture("identity_block", arguments, answer) == verdicts[1]
    assert calls == ["compare"]  # a verdict that earns points is never shared
    other = {**arguments, "seed": arguments["seed"] + 1}
    assert not second.architecture("identity_block", other, wrong).right
    assert calls == ["compare"] * 2


@pytest.mark.parametrize(
    "damage",
    [
        b"[true]",
        b'["wrong"]',
        b'["wrong", 1, ""]',
        b'["wrong", "", true]',
        b'["right", true]',
        b"{}",
    ],
)
def test_a_damaged_verdict_is_computed_again(monkeypatch, tmp_path, damage):
    arguments, answer = two_averages()
    wrong = renamed(answer, lambda parts: parts[2]["config"].update(epsilon=0.5))
    verdict = Judge(cache=VerdictCache(tmp_path)).architecture("identity_block", arguments, wrong)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    second = Judge(cache=VerdictCache(tmp_path))
    calls = counted(monkeypatch)
    assert second.architecture("identity_block", arguments, wrong) == verdict
    assert calls == ["compare"]


@pytest.mark.parametrize(
    "damage",
    sampled(
        [b"\xff", None],
        [b"", b"\xff", b"{}", b'["mistakes", 1]', b'["mistakes", "no_shortcut"', None],
    ),
)
def test_a_damaged_explanation_is_computed_again(monkeypatch, tmp_path, damage):
    _, answer = two_averages()
    answers = [answer] * len(stored_calls("identity_block"))
    ids = Judge(cache=VerdictCache(tmp_path)).mistakes("identity_block", answers)
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    if damage is None:  # neither readable nor writable
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes(damage)
    second = Judge(cache=VerdictCache(tmp_path))
    calls = counted(monkeypatch)
    assert second.mistakes("identity_block", answers) == ids
    assert calls == ["explain"]
    assert damage is None or file.read_bytes() == content


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts[-1]["config"].update(x2=0.0),
        lambda parts: parts[1]["config"].update(activation="relu"),
        lambda parts: parts[2]["config"].update(epsilon=0.5),
    ],
)
def test_another_function_does_not_get_a_cached_verdict(change):
    judge, (arguments, answer) = Judge(), two_averages()
    assert judge.architecture("identity_block", arguments, answer).right
    assert not judge.architecture("identity_block", arguments, renamed(answer, change)).right


def test_a_refusal_is_not_cached_for_the_same_function():
    def forge(parts):
        parts[1]["config"]["activation"] = {
            "module": "builtins", "class_name": "function", "config": "f", "registered_name": "f"
        }  # fmt: skip

    judge, (arguments, answer) = Judge(), two_averages()
    assert (
        "only standard Keras layers"
        in judge.architecture("identity_block", arguments, renamed(answer, forge)).reason
    )
    assert judge.architecture("identity_block", arguments, answer).right


def test_the_key_of_a_verdict_is_not_accepted_as_an_answer():
    judge, (arguments, answer) = Judge(), two_averages()
    assert judge.architecture("identity_block", arguments, answer).right
    forged = Answer(model=read(answer.model).text)
    assert not judge.architecture("convolutional_block", arguments, forged).right
    forged = Answer(model=json.dumps(Claim.of(answer, False).essence))
    assert not judge.architecture("identity_block", arguments, forged).right
