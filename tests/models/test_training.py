"""The parts of a training: batches, learning rate, augmentation, backups, export, measuring."""

import csv
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from proof_sizes import sampled

pytest.importorskip("numba", reason="training reads sets through the renderer")
pytest.importorskip("tqdm", reason="training needs the extra 'render'")

from datasets.renderer import dataset  # noqa: E402
from models import (  # noqa: E402
    augment,
    batches,
    checkpoints,
    configuration,
    curve,
    evaluate,
    export,
    fused,
    learning_curve,
    networks,
    sets,
    train,
)
from resnets.data import CLASSES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    path = tmp_path_factory.mktemp("sets") / "few.h5"
    dataset.write_set(path, 12, seed=9, workers=1, quiet=True)
    return path


@pytest.fixture(autouse=True)
def _tiny_network(monkeypatch):
    """Train a network of three layers, where a configuration names the small one."""

    def tiny():
        images = keras.Input((None, None, 3))
        x = keras.layers.Conv2D(4, 3, 2, activation="relu")(images)
        x = keras.layers.BatchNormalization()(x)
        x = keras.layers.GlobalAveragePooling2D()(x)
        return keras.Model(images, keras.layers.Dense(CLASSES)(x))

    monkeypatch.setitem(networks.NETWORKS, "small", tiny)


def test_every_image_is_shown_once_in_each_pass(few):
    images = sets.TrainingImages([few], seed=1)
    rows = images.rows(0, 60).reshape(5, 12)
    for one_pass in rows:
        assert sorted(one_pass) == list(range(12))
    assert any((rows[0] != other).any() for other in rows[1:])


def test_a_continued_run_gets_the_images_that_come_next(few):
    images = sets.TrainingImages([few], seed=1)
    expected = images.rows(0, 26)[17:]
    np.testing.assert_array_equal(sets.TrainingImages([few], seed=1).rows(17, 9), expected)


def test_a_limit_keeps_the_first_images(few):
    every = sets.TrainingImages([few], seed=1)
    limited = sets.TrainingImages([few], seed=1, limit=5)
    np.testing.assert_array_equal(limited.x, every.x[:5])
    with pytest.raises(ValueError, match="hold 12 images, fewer than the limit 13"):
        sets.TrainingImages([few], seed=1, limit=13)


def test_learning_rate_is_one_cycle():
    schedule = train.one_cycle(1000, 1e-3)
    rates = np.array([float(schedule(step)) for step in range(1000)])
    assert np.argmax(rates) == 100 and max(rates) == pytest.approx(1e-3)
    assert rates[0] < 1e-4 and rates[-1] < 2e-5
    assert (np.diff(rates[:100]) > 0).all() and (np.diff(rates[100:]) < 0).all()


def stage(size, steps, batch):
    return configuration.Stage(["few"], size, batch, steps, strength=1.0)


def test_stages_are_cut_into_epochs_that_end_at_a_report():
    first, rest, second = batches.legs([stage(32, 1040, 48), stage(64, 500, 8)], 500)
    assert (first.steps, first.epochs, rest.steps, rest.epochs) == (500, 2, 40, 1)
    assert (rest.first_epoch, rest.first_step, rest.first_image) == (2, 1000, 48_000)
    assert (second.stage.size, second.stage.batch, second.first_epoch) == (64, 8, 3)
    assert second.steps_after(3) == 1540
    assert second.images_after(3) == 1040 * 48 + 500 * 8


@pytest.mark.parametrize("size", [32, 48, 64])
def test_augmented_images_are_valid_and_differ(size):
    x = np.random.default_rng(0).integers(0, 256, (8, 64, 64, 3), dtype=np.uint8)
    first, second = (augment.augment(x, size).numpy() for _ in range(2))
    assert first.shape == (8, size, size, 3)
    assert first.min() >= 0 and first.max() <= 1
    assert np.abs(first - second).mean() > 0.01


def test_every_hand_is_brought_close():
    fill = tf.constant(np.linspace(0.4, 1.0, 200, dtype=np.float32))
    low, high = 0.55, 1.02
    transforms = augment.affine(200, 64.0, 0.0, fill, (low, high)).numpy()
    scale = np.hypot(transforms[:, 0], transforms[:, 1])  # input pixels for each output pixel
    reached = fill.numpy() / scale
    assert low <= reached.min() < low + 0.05 and high - 0.05 < reached.max() <= high
    assert np.corrcoef(reached, fill)[0, 1] < 0.3


def test_strength_zero_leaves_little_but_mirroring():
    ramp = np.tile(np.linspace(0, 255, 64).astype(np.uint8)[None, None, :, None], (40, 64, 1, 3))
    augmented = augment.augment(ramp, 64, 0.0).numpy()
    off = np.abs(augmented - ramp / 255.0).mean(axis=(1, 2, 3))
    mirrored = np.abs(augmented - ramp[:, :, ::-1] / 255.0).mean(axis=(1, 2, 3))
    assert (np.minimum(off, mirrored) < 0.02).all()
    assert 8 < (off < mirrored).sum() < 32


@pytest.mark.parametrize("policy, within", [("float32", 1e-5), ("mixed_bfloat16", 0.05)])
def test_fused_batch_norm_is_keras_batch_norm(policy, within):
    x = np.random.default_rng(3).normal(2.0, 3.0, (4, 5, 6, 7)).astype("float32")
    theirs = keras.layers.BatchNormalization(momentum=0.9)
    ours = fused.FusedBatchNormalization(momentum=0.9, dtype=policy)
    for training in (True, False):
        expected, output = theirs(x, training=training), ours(x, training=training)
        np.testing.assert_allclose(tf.cast(output, tf.float32), expected, rtol=0, atol=within)
    for weight, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=within, atol=within)


@pytest.fixture
def small_run(few, tmp_path):
    """A function that trains the small network in `tmp_path / "run"`, on these stages."""

    def start(*stages, **changes):
        settings = configuration.Configuration(
            seed=1,
            network="small",
            bf16=False,
            peak=1e-3,
            decay=0.02,
            smoothing=0.05,
            average=0.99,
            report_every=2,
            sets={"few": configuration.ImageSet(file=str(few))},
            stages=list(stages),
            watch={},
        )
        folder = tmp_path / "run"
        folder.mkdir(exist_ok=True)
        settings = replace(settings, **changes)
        train.run(settings, folder, tmp_path / "sets", [])
        return settings, folder

    return start


def shown(monkeypatch):
    """A list of the rows that a run shows from now on."""
    rows = []
    take = batches.Batches.__getitem__

    def record(self, step):
        rows.append((self.epoch, step))
        return take(self, step)

    monkeypatch.setattr(batches.Batches, "__getitem__", record)
    return rows


def test_a_run_logs_and_keeps_its_averaged_weights(few, small_run):
    watch = {"few": configuration.ImageSet(file=str(few))}
    settings, folder = small_run(stage(32, 3, 4), stage(64, 2, 2), watch=watch)
    rows = list(csv.DictReader((folder / "log.csv").read_text().splitlines()))
    assert [row["step"] for row in rows] == ["2", "3", "5"]
    assert [row["images"] for row in rows] == ["8", "12", "16"]
    assert [row["size"] for row in rows] == ["32", "32", "64"]
    assert all(0 <= float(row["val_few"]) <= 1 for row in rows)
    weights, steps, seen = checkpoints.averaged_weights(folder)
    assert (steps, seen) == (5, 16)
    model = train.compiled(settings)
    model.load_weights(folder / "backup" / "latest.weights.h5")
    apart = [np.abs(a - w).max() for a, w in zip(weights, model.get_weights(), strict=True)]
    assert max(apart) > 0  # the backup holds the weights, and not their average


def test_an_interrupted_run_continues_where_it_stopped(small_run, monkeypatch):
    class Stop(Exception):
        pass

    def stop(self, epoch, logs):
        if epoch == 1:  # the backup of this epoch exists, its log and average do not
            raise Stop

    stages = stage(32, 6, 4), stage(64, 2, 4)
    with monkeypatch.context() as patched:
        patched.setattr(train.Report, "on_epoch_end", stop)
        with pytest.raises(Stop):
            small_run(*stages)
    rows = shown(monkeypatch)
    _, folder = small_run(*stages)
    # Keras reads batches of the first epoch beforehand, to learn their shapes.
    assert {row for row in rows if row[0]} == {(2, 0), (2, 1), (3, 0), (3, 1)}
    assert checkpoints.averaged_weights(folder)[1:] == (8, 32)


def test_a_finished_run_is_not_trained_again(small_run):
    stages = stage(32, 2, 4), stage(64, 2, 4)
    _, folder = small_run(*stages)
    log = (folder / "log.csv").read_text()
    weights, *_ = checkpoints.averaged_weights(folder)
    small_run(*stages)
    assert (folder / "log.csv").read_text() == log
    for weight, expected in zip(checkpoints.averaged_weights(folder)[0], weights, strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_main_paths_of_a_new_network_are_zero():
    model = networks.NETWORKS["resnet50-quarter"]()
    networks.zero_init_residual(model)
    assert (model.get_layer("bn3b_branch2c").gamma.numpy() == 0).all()
    assert (model.get_layer("bn3b_branch2b").gamma.numpy() == 1).all()


def test_bf16_trains_float32_weights(small_run):
    try:
        _, folder = small_run(stage(32, 1, 4), bf16=True)
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy("float32")
    weights, steps, _ = checkpoints.averaged_weights(folder)
    assert steps == 1 and {w.dtype for w in weights} == {np.dtype("float32")}


def test_a_curve_and_a_table_show_every_set_of_the_log(few, small_run, tmp_path, capsys):
    watch = {"few": configuration.ImageSet(file=str(few))}
    _, folder = small_run(stage(32, 3, 4), watch=watch)
    drawn = []
    for name in ("a.svg", "b.svg"):
        curve.main([str(folder), str(tmp_path / name), "--every", "2"])
        drawn.append((tmp_path / name).read_bytes())
    head, _, *rows = capsys.readouterr().out.splitlines()[:3]
    assert head.endswith("| loss | training images, augmented | few |")
    assert rows[0].startswith("| 3 | 12 | 32 | ")
    assert drawn[0] == drawn[1] and b"<svg" in drawn[0]
    with pytest.raises(SystemExit, match="train first"):
        curve.main([str(tmp_path), str(tmp_path / "c.svg")])


def test_export_of_a_folder_without_weights_is_refused(tmp_path):
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


SHARES = [[0.25, 0.25, 0.5], [0.25], [0.25, 0.5]]


@pytest.mark.parametrize("shares", sampled(SHARES[:1], SHARES))
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


TOO_MANY = [([1.0, 1.0], "networks have all channels"), ([0.5, 0.5, 0.25], "are needed")]


@pytest.mark.parametrize(("shares", "message"), sampled(TOO_MANY[:1], TOO_MANY))
def test_more_networks_than_channels_are_refused(shares, message):
    given = [networks.resnet50(share=share).get_weights() for share in shares]
    with pytest.raises(ValueError, match=message):
        export.side_by_side(given, networks.resnet50())


def test_a_known_temperature_is_recovered():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 6))
    labels = np.array([rng.choice(6, p=p) for p in export.softmax(logits)])
    assert export.fit_temperature(3.0 * logits, labels) == pytest.approx(3.0, rel=0.1)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    sure = np.tile([0.95, 0.05, 0, 0, 0, 0], (20, 1))
    labels = np.array([0] * 19 + [1])
    assert evaluate.calibration_error(sure, labels) == pytest.approx(0.0, abs=1e-9)
    assert evaluate.calibration_error(sure, np.ones(20, int)) == pytest.approx(0.95)


def test_confusion_rows_are_the_signs_shown():
    table = evaluate.confusion(np.array([2, 2, 3]), np.array([2, 3, 3]))
    assert table[2].tolist() == [0, 0, 1, 1, 0, 0] and table[3, 3] == 1 and table.sum() == 3


def test_slices_cover_every_image(few):
    _, _, columns = dataset.read_set(few)
    for part in ("skin tone", "roll", "background", "covered"):
        total = sum(mask.astype(int) for name, _, mask in evaluate.slices(columns) if name == part)
        assert (total == 1).all()


SHORT = """
seed = 1
network = "small"
bf16 = false
peak = 1e-3
decay = 0.02
smoothing = 0.05
average = 0.99
report_every = 2
stages = [{sets = ["few"], size = 32, batch = 4, steps = 1, strength = 1.0}]
sets.few.file = "FEW"
watch.few.file = "FEW"
"""


def test_learning_curve_trains_once_for_each_count(few, tmp_path, capsys):
    (tmp_path / "short.toml").write_text(SHORT.replace("FEW", few.as_posix()))
    command = [str(tmp_path / "short.toml"), str(tmp_path), "--counts", "4", "12"]
    learning_curve.main(command)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "| different images | training images, augmented | few |"
    assert [line.split(" | ")[0] for line in printed[2:]] == ["| 4", "| 12"]
    learning_curve.main(command)  # both are finished
    assert len((tmp_path / "12" / "log.csv").read_text().splitlines()) == 2
