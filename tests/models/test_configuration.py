"""A run's configuration: what is wrong is named before anything is rendered or trained."""

from pathlib import Path

import pytest

pytest.importorskip("numba", reason="training reads sets through the renderer")
pytest.importorskip("tqdm", reason="training needs the extra 'render'")

from datasets.renderer import dataset  # noqa: E402
from models import configuration, sets, train  # noqa: E402

MODELS = Path(__file__).resolve().parents[2] / "models"
TEXT = (MODELS / "ResNet50.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.toml")), ids=lambda path: path.name)
def test_committed_configurations_are_valid(path):
    settings = configuration.parse(path.read_text(encoding="utf-8"))
    assert settings.steps == sum(stage.steps for stage in settings.stages) > 1000
    used = {name for stage in settings.stages for name in stage.sets}
    assert used == set(settings.sets)


def test_no_watched_set_is_trained_on():
    settings = configuration.parse(TEXT)
    drawn = {(given.style, given.seed) for given in settings.sets.values()}
    assert not drawn & {(given.style, given.seed) for given in settings.watch.values()}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed = 1\n", "seed = \n", "not a TOML file"),
        ("peak = ", "peek = ", "the file: unknown: peek; expected seed, network, .*peak"),
        ("decay = 0.03", "", "the file: missing: decay"),
        ("bf16 = true", "bf16 = 1", "bf16: expected bool, got 1"),
        ("seed = 1\n", "seed = true\n", "seed: expected int, got True"),
        ('"resnet50-half"', '"resnet18"', "network: expected one of resnet50, .*'resnet18'"),
        ("steps = 1500", "steps = 0", "stages, number 1: .*1 or more"),
        ('sets = ["plain"]', 'sets = ["palms"]', r"number 1: expected sets .*got \['palms'\]"),
        ('sets = ["plain"]', "sets = []", "stages, number 1: expected sets out of plain"),
        ("close = [0.6, 1.05]", "close = [1]", "stages, number 2: close: expected"),
        ('style = "plain"', 'style = "palms"', "sets.plain: expected a style out of .*'palms'"),
        ("seed = 30\n", "", "sets.plain: expected either style, seed and count, or file"),
        ("seed = 30\n", 'seed = 30\nfile = "x"\n', "sets.plain: expected either"),
        ("[[stages]]\n", "[[stage]]\n", "unknown: stage"),
    ],
)
def test_a_wrong_configuration_is_refused(old, new, message):
    assert old in TEXT
    with pytest.raises(configuration.ConfigurationError, match=message):
        configuration.parse(TEXT.replace(old, new))


def test_a_missing_set_is_rendered_once_and_a_wrong_one_is_refused(tmp_path, monkeypatch):
    wanted = configuration.ImageSet(style="plain", seed=9, count=6)
    write = dataset.write_set
    monkeypatch.setattr(
        sets, "write_set", lambda *args, **more: write(*args, **more, workers=1, quiet=True)
    )
    path = sets.set_file(tmp_path / "sets", "few", wanted, "test")
    assert len(dataset.read_set(path)[0]) == 6
    monkeypatch.delattr(sets, "write_set")
    assert sets.set_file(tmp_path / "sets", "few", wanted, "test") == path
    other = configuration.ImageSet(style="plain", seed=8, count=6)
    with pytest.raises(sets.SetError, match="count plain, 8, 6, found plain, 9, 6. Delete it"):
        sets.set_file(tmp_path / "sets", "few", other, "test")


def test_a_folder_keeps_to_its_configuration(tmp_path):
    train.claim(tmp_path / "run", TEXT)
    train.claim(tmp_path / "run", "# a comment changes nothing\n" + TEXT)
    with pytest.raises(SystemExit, match="holds a run with another configuration"):
        train.claim(tmp_path / "run", TEXT.replace("seed = 1\n", "seed = 2\n"))
