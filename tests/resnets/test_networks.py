"""load_network loads a network, or says why not before a hostile file can do harm."""

from __future__ import annotations

import json
import shutil
import zipfile

import h5py
import keras
import numpy as np
import pytest

import resnets_utils as utils
from resnets import networks
from resnets.networks import NetworkError


def network(shape=(64, 64, 3), classes=6, more=()) -> keras.Model:
    inputs = keras.Input(shape)
    x = keras.layers.Conv2D(2, 3, name="conv1")(inputs)
    for layer in more:
        x = layer(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(classes, activation="softmax")(x))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with the same network in both of Keras's formats."""
    folder = tmp_path_factory.mktemp("networks")
    model = network()
    model.save(folder / "net.keras")
    model.save(folder / "net.h5")
    return folder


@pytest.mark.parametrize("kind", ["keras", "h5"])
def test_a_saved_network_is_loaded(files, kind):
    loaded = utils.load_network(str(files / f"net.{kind}"))
    x = np.ones((1, 64, 64, 3), np.float32)
    assert loaded(x).shape == (1, 6)
    np.testing.assert_array_equal(loaded(x), utils.load_network(files / "net.keras")(x))


def error_of(path) -> str:
    with pytest.raises(NetworkError) as caught:
        utils.load_network(path)
    message = str(caught.value)
    assert str(path) in message and "MODEL = 'models/ResNet50.h5'" in message  # what to do next
    assert "\n" not in message and len(message) < 900
    return message


def test_a_missing_file_is_refused(tmp_path):
    assert "There is no file" in error_of(tmp_path / "my.keras")
    assert "There is no file" in error_of(tmp_path)


@pytest.mark.parametrize(
    "model",
    [network((32, 32, 3)), network((64, 64, 1)), network(classes=10)],
    ids=["smaller", "grey", "ten classes"],
)
def test_a_network_with_other_shapes_is_refused(tmp_path, model):
    model.save(tmp_path / "other.keras")
    assert f"got one from {model.input_shape} to {model.output_shape}" in error_of(
        tmp_path / "other.keras"
    )


@pytest.mark.parametrize("kind", ["keras", "h5"])
def test_code_in_a_file_does_not_run(tmp_path, kind):
    trap = tmp_path / "it ran"
    code = f"lambda t, open=open: open({str(trap)!r}, 'w') and t"
    path = tmp_path / f"trap.{kind}"
    layer = keras.layers.Lambda(eval(code), output_shape=(62, 62, 2))
    network(more=[layer]).save(path)
    trap.unlink(missing_ok=True)  # building it ran the code
    assert "contains its own code (a Lambda layer), which is not run" in error_of(path)
    assert not trap.exists()


@pytest.mark.parametrize("kind", ["keras", "h5"])
@pytest.mark.parametrize("keep", [0, 4_000])
def test_an_incomplete_file_is_refused(files, tmp_path, kind, keep):
    path = tmp_path / f"cut.{kind}"
    path.write_bytes((files / f"net.{kind}").read_bytes()[:keep])
    assert "cannot be loaded: it is" in error_of(path)


def packed_anew(files, path, **changes: bytes) -> None:
    """Write the network's .keras file with some members replaced; "_" stands for a dot."""
    with zipfile.ZipFile(files / "net.keras") as old, zipfile.ZipFile(path, "w", 8) as new:
        content = {name: old.read(name) for name in old.namelist()}
        content |= {name.replace("_", "."): data for name, data in changes.items()}
        for name, data in content.items():
            new.writestr(name, data)


@pytest.mark.parametrize("name", ["config_json", "model_weights_h5", "assets/x"])
def test_a_file_that_unpacks_to_too_much_is_not_unpacked(files, tmp_path, monkeypatch, name):
    monkeypatch.setattr(networks, "LARGEST", 20 << 20)
    monkeypatch.setattr(keras.models, "load_model", None)
    packed_anew(files, tmp_path / "bomb.keras", **{name: bytes(30 << 20)})
    assert (tmp_path / "bomb.keras").stat().st_size < 1 << 20
    assert "bomb.keras is far too large: 31 MB, unpacked" in error_of(tmp_path / "bomb.keras")


@pytest.mark.parametrize(
    "config", [b"{}", b"{", b"[" * 100_000, b'{"module": "os", "class_name": "system"}']
)
def test_a_file_with_a_wrong_description_is_refused(files, tmp_path, config):
    packed_anew(files, tmp_path / "odd.keras", config_json=config)
    assert "cannot be loaded: it is damaged" in error_of(tmp_path / "odd.keras")


def test_a_layer_that_is_too_large_for_memory_is_refused(files, tmp_path):
    with zipfile.ZipFile(files / "net.keras") as packed:
        config = json.loads(packed.read("config.json"))
    config["config"]["layers"][1]["config"]["filters"] = 1 << 40
    packed_anew(files, tmp_path / "huge.keras", config_json=json.dumps(config).encode())
    assert "needs more memory than this machine has" in error_of(tmp_path / "huge.keras")


def kernel(file: h5py.File) -> str:
    names: list[str] = []
    file.visititems(lambda name, item: names.append(name) if "shape" in dir(item) else None)
    return next(name for name in names if len(file[name].shape) == 4)


@pytest.mark.parametrize("how", ["link", "bytes", "size", "references"])
def test_a_file_with_links_or_damaged_weights_is_refused(files, tmp_path, how):
    path = tmp_path / "odd.h5"
    shutil.copy(files / "net.h5", path)
    with h5py.File(path, "r+") as file:
        name = kernel(file)
        shape = file[name].shape
        del file[name]
        if how == "link":
            file[name] = h5py.ExternalLink("/etc/hostname", "/x")
        elif how == "bytes":
            source = [("/dev/zero", 0, h5py.h5f.UNLIMITED)]
            file.create_dataset(name, shape, "f4", external=source)
        elif how == "size":
            file.create_dataset(name, (10**9, *shape[1:]), "f4", chunks=(100, *shape[1:]))
        else:
            file.create_dataset(name, shape, dtype=h5py.ref_dtype)
    assert "cannot be loaded: it is damaged" in error_of(path)
