"""The training's parts: batches, rate, augmentation, checkpoints, export, and measuring."""

import keras
import numpy as np
import pytest
import tensorflow as tf

pytest.importorskip("numba", reason="training reads sets through the renderer")
pytest.importorskip("tqdm", reason="training needs the extra 'render'")

from datasets.renderer import dataset  # noqa: E402
from models import (  # noqa: E402
    augment,
    checkpoints,
    curve,
    evaluate,
    export,
    fused,
    growth,
    networks,
    train,
)


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    path = tmp_path_factory.mktemp("sets") / "few.h5"
    dataset.write_set(path, 12, seed=9, workers=1, quiet=True)
    return path


def test_every_picture_once_a_pass(few):
    batches = train.Batches([few], seed=1)
    taken = np.concatenate([batches.take(5)[0] for _ in range(12)])
    for lap in range(5):
        this = {picture.tobytes() for picture in taken[12 * lap : 12 * lap + 12]}
        assert len(this) == 12


def test_batches_go_on_where_they_stood(few):
    one, two = train.Batches([few], seed=1), train.Batches([few], seed=1)
    one.take(17)
    two.seen = 17
    np.testing.assert_array_equal(one.take(9)[0], two.take(9)[0])


def test_a_limit_keeps_the_first_pictures(few):
    every = train.Batches([few], seed=1)
    np.testing.assert_array_equal(train.Batches([few], seed=1, limit=5).x, every.x[:5])
    with pytest.raises(ValueError, match="hold 12 pictures, fewer than the limit 13"):
        train.Batches([few], seed=1, limit=13)


def test_rate_is_one_cycle():
    rates = [train.rate(step, 1000, 1e-3) for step in range(1000)]
    assert np.argmax(rates) == 100 and max(rates) == pytest.approx(1e-3)
    assert rates[0] < 1e-4 and rates[-1] < 2e-5
    assert (np.diff(rates[:100]) > 0).all() and (np.diff(rates[100:]) < 0).all()


def test_stages():
    assert train.parse_stages("32:10:64,64:5:32") == [(32, 10, 64), (64, 5, 32)]
    for bad in ("32:10", "a:b:c", "32:0:64", ""):
        with pytest.raises(SystemExit, match="SIZE:STEPS:BATCH"):
            train.parse_stages(bad)


@pytest.mark.parametrize("size", [32, 48, 64])
def test_augmented_pictures(size):
    x = np.random.default_rng(0).integers(0, 256, (8, 64, 64, 3), dtype=np.uint8)
    found = augment.augment(x, size).numpy()
    assert found.shape == (8, size, size, 3)
    assert found.min() >= 0 and found.max() <= 1
    assert np.abs(found - augment.augment(x, size).numpy()).mean() > 0.01


def test_every_hand_is_brought_close():
    fill = tf.constant(np.linspace(0.4, 1.0, 200, dtype=np.float32))
    low, high = 0.55, 1.02
    found = augment.affine(200, 64.0, 0.0, fill, (low, high)).numpy()
    scale = np.hypot(found[:, 0], found[:, 1])  # input pixels for each output pixel
    reached = fill.numpy() / scale
    assert low <= reached.min() < low + 0.05 and high - 0.05 < reached.max() <= high
    assert np.corrcoef(reached, fill)[0, 1] < 0.3


def test_strength_zero_leaves_little_but_mirroring():
    ramp = np.tile(np.linspace(0, 255, 64).astype(np.uint8)[None, None, :, None], (40, 64, 1, 3))
    found = augment.augment(ramp, 64, 0.0).numpy()
    off = np.abs(found - ramp / 255.0).mean(axis=(1, 2, 3))
    mirrored = np.abs(found - ramp[:, :, ::-1] / 255.0).mean(axis=(1, 2, 3))
    assert (np.minimum(off, mirrored) < 0.02).all()
    assert 8 < (off < mirrored).sum() < 32


@pytest.mark.parametrize("policy, within", [("float32", 1e-5), ("mixed_bfloat16", 0.05)])
def test_fused_batch_norm_is_keras_batch_norm(policy, within):
    x = np.random.default_rng(3).normal(2.0, 3.0, (4, 5, 6, 7)).astype("float32")
    theirs = keras.layers.BatchNormalization(momentum=0.9)
    ours = fused.FusedBatchNormalization(momentum=0.9, dtype=policy)
    expected = theirs(x, training=True), theirs(x, training=False)
    found = ours(x, training=True), ours(x, training=False)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(tf.cast(one, tf.float32), other, rtol=0, atol=within)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=within, atol=within)


def test_run_goes_on_from_its_checkpoint(few, tmp_path):
    command = [str(tmp_path), str(few), "--network", "small", "--watch", str(few)]
    first = train.parser().parse_args([*command, "--stages", "32:2:4", "--report-every", "2"])
    train.run(first)
    trainer = train.Trainer("small", 1e-3, 0.02, 0.05, 0.9)
    assert trainer.restore(tmp_path) == (2, 8)
    train.run(first)  # finds it finished: nothing more is seen
    assert trainer.restore(tmp_path) == (2, 8)
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 2
    other = train.Trainer("small", 1e-3, 0.02, 0.05, 0.9)
    other.restore(tmp_path)
    for one, two in zip(trainer.averaged, other.averaged, strict=True):
        np.testing.assert_array_equal(one, two)


def test_run_starts_from_another(few, tmp_path):
    command = [str(few), "--network", "small", "--stages", "32:1:4"]
    train.run(train.parser().parse_args([str(tmp_path / "one"), *command]))
    expected, _, _ = checkpoints.averaged_weights(tmp_path / "one")
    trainer = train.Trainer("small", 1e-3, 0.02, 0.05, 0.9)
    trainer.start_from(tmp_path / "one", 0.05)
    for one, two in zip(trainer.model.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(one, two)


def test_bf16_trains_float32_weights(few, tmp_path):
    command = [str(tmp_path), str(few), "--network", "small", "--stages", "32:1:4", "--bf16"]
    try:
        train.run(train.parser().parse_args(command))
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy("float32")
    weights, steps, _ = checkpoints.averaged_weights(tmp_path)
    assert steps == 1 and {w.dtype for w in weights} == {np.dtype("float32")}


def test_calm_pictures_are_a_part(few):
    _, _, columns = dataset.read_set(few)
    calm = train.is_calm(columns)
    assert not (columns["background"][calm] == "cluttered").any()
    assert len(train.Batches([few], seed=1, calm=True).x) == calm.sum()


def test_export_without_a_checkpoint(tmp_path):
    with pytest.raises(FileNotFoundError, match="train first"):
        checkpoints.averaged_weights(tmp_path)


def trained(share, seed):
    """A narrow network with weights of its own."""
    network = networks.resnet50(64, lesson_head=False, share=share)
    rng = np.random.default_rng(seed)
    weights = [
        w + 0.1 * rng.standard_normal(w.shape) / np.sqrt(np.prod(w.shape[:-1]))
        for w in network.get_weights()
    ]
    network.set_weights(weights)
    return network


@pytest.mark.parametrize("shares", [[0.25], [0.25, 0.5], [0.25, 0.25, 0.5]])
def test_networks_side_by_side_answer_the_mean_of_their_answers(shares):
    narrow = [trained(share, seed) for seed, share in enumerate(shares)]
    wide = networks.resnet50(64, lesson_head=False)
    export.side_by_side([network.get_weights() for network in narrow], wide)
    x = np.random.default_rng(9).random((2, 64, 64, 3), np.float32)
    answers = [network(x, training=False).numpy() for network in narrow]
    expected = np.mean(answers, axis=0)
    np.testing.assert_allclose(
        wide(x, training=False), expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max()
    )
    for answer in answers[1:]:  # each network counts
        assert np.abs(answer - expected).max() > 0.1 * np.abs(expected).max()


def test_a_network_with_all_channels_is_exported_as_it_is():
    given = [np.full(w.shape, 0.5, np.float32) for w in networks.resnet50().get_weights()]
    model = networks.resnet50()
    export.side_by_side([given], model)
    assert all((w == 0.5).all() for w in model.get_weights())


@pytest.mark.parametrize(
    ("shares", "message"),
    [([0.5, 0.5, 0.25], "are needed"), ([1.0, 1.0], "that have all channels")],
)
def test_more_networks_than_channels_are_refused(shares, message):
    given = [networks.resnet50(share=share).get_weights() for share in shares]
    with pytest.raises(ValueError, match=message):
        export.side_by_side(given, networks.resnet50())


def test_a_grown_network_computes_what_the_narrow_one_does():
    narrow = networks.NETWORKS["resnet50-quarter"]()
    wide = networks.NETWORKS["resnet50-half"]()
    rng = np.random.default_rng(0)
    weights = [w + 0.05 * rng.random(w.shape, np.float32) for w in narrow.get_weights()]
    narrow.set_weights(weights)
    shapes = [w.shape for w in wide.get_weights()]
    x = rng.random((2, 64, 64, 3), np.float32)
    expected = narrow(x, training=False).numpy()
    off = {}
    for noise in (0.0, 0.05):
        wide.set_weights(growth.grow(weights, shapes, noise))
        off[noise] = np.abs(wide(x, training=False) - expected).max() / np.abs(expected).max()
    assert off[0.0] < 1e-3 < off[0.05]


def test_growing_wants_whole_multiples():
    with pytest.raises(ValueError, match=r"whole multiple of \(1, 1, 3, 4\)"):
        growth.grow([np.ones((1, 1, 3, 4))], [(1, 1, 3, 6)], 0.0)


def test_temperature_is_found_again():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 6))
    labels = np.array([rng.choice(6, p=p) for p in export.softmax(logits)])
    assert export.fit_temperature(3.0 * logits, labels) == pytest.approx(3.0, rel=0.1)


def test_calibration_error():
    sure = np.tile([0.95, 0.05, 0, 0, 0, 0], (20, 1))
    labels = np.array([0] * 19 + [1])
    assert evaluate.calibration_error(sure, labels) == pytest.approx(0.0, abs=1e-9)
    assert evaluate.calibration_error(sure, np.ones(20, int)) == pytest.approx(0.95)


def test_confusion_rows_are_what_was_shown():
    table = evaluate.confusion(np.array([2, 2, 3]), np.array([2, 3, 3]))
    assert table[2].tolist() == [0, 0, 1, 1, 0, 0] and table[3, 3] == 1 and table.sum() == 3


def test_slices_cover_every_picture(few):
    _, _, columns = dataset.read_set(few)
    for part in ("skin tone", "roll", "background"):
        total = sum(mask.astype(int) for name, _, mask in evaluate.slices(columns) if name == part)
        assert (total == 1).all()


def test_curve_trains_once_for_each_count(few, tmp_path, capsys):
    command = [str(tmp_path), str(few), "--counts", "4", "12", "--watch", str(few)]
    args = curve.parser().parse_args([*command, "--stages", "32:1:4"])
    curve.run(args)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "| different pictures | training pictures, augmented | few |"
    assert [line.split(" | ")[0] for line in printed[2:]] == ["| 4", "| 12"]
    curve.run(args)  # finds both finished
    assert len((tmp_path / "12" / "log.csv").read_text().splitlines()) == 2
