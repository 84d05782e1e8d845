"""The two committed files: schema, hashes, balance, and no duplicates."""

import hashlib
from pathlib import Path

import h5py
import numpy as np
import pytest

from datasets.renderer import dataset

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "train": (1080, "b6c3514a2d3a25f432704ba1f2a3a376be7e5774c5a101a39f98e0ca83075701"),
    "test": (120, "8aa7c530c59a5eae6c5a884d12945db0685263a7c07ae6a6e96fc870c937b83c"),
}
NEAREST_ALLOWED = 6.0  # grey levels; two drawings of one pose and view come within about 3


@pytest.fixture(scope="module", params=sorted(FILES))
def part(request):
    return request.param


@pytest.fixture(scope="module")
def sets():
    return {name: dataset.read_set(ROOT.joinpath(f"datasets/{name}_signs.h5")) for name in FILES}


def test_file_is_the_one_the_card_describes(part):
    data = ROOT.joinpath(f"datasets/{part}_signs.h5").read_bytes()
    assert hashlib.sha256(data).hexdigest() == FILES[part][1]
    assert FILES[part][1] in ROOT.joinpath("datasets/README.md").read_text(encoding="utf-8")


def test_schema_is_that_of_the_classic_files(part):
    count = FILES[part][0]
    with h5py.File(ROOT.joinpath(f"datasets/{part}_signs.h5")) as file:
        assert file[f"{part}_set_x"].shape == (count, 64, 64, 3)
        assert file[f"{part}_set_x"].dtype == np.uint8
        assert file[f"{part}_set_y"].shape == (count,)
        assert file[f"{part}_set_y"].dtype == np.int64
        assert file["list_classes"][:].tolist() == [0, 1, 2, 3, 4, 5]


def test_both_files_take_at_most_12_megabytes():
    assert sum(ROOT.joinpath(f"datasets/{p}_signs.h5").stat().st_size for p in FILES) <= 12e6


def test_every_sign_has_every_tone_and_hand_equally_often(part, sets):
    _, labels, columns = sets[part]
    bands = np.minimum((columns["tone"] * 5).astype(int), 4)
    cells = np.zeros((6, 5, 2), int)
    np.add.at(cells, (labels, bands, columns["left"].astype(int)), 1)
    assert (cells == FILES[part][0] // 60).all()


def test_attributes_agree_with_labels(part, sets):
    _, labels, columns = sets[part]
    # These files were drawn before people were numbered.
    assert set(columns) == set(dataset.ATTRIBUTES) - {"person"}
    np.testing.assert_array_equal(columns["sign"], labels)


def test_order_does_not_reveal_the_labels(part, sets):
    labels = sets[part][1]
    assert (labels != np.arange(len(labels)) % 6).any()
    assert (labels != np.sort(labels)).any()


def test_no_test_image_is_in_the_training_set(sets):
    _, distances = dataset.near_duplicates(sets["train"][0], sets["test"][0])
    assert distances.min() > NEAREST_ALLOWED


def test_no_training_image_is_there_twice(sets):
    _, distances = dataset.near_duplicates(sets["train"][0])
    assert distances.min() > NEAREST_ALLOWED


def test_a_mirrored_copy_is_noticed(sets):
    x, x_test = sets["train"][0], sets["test"][0].copy()
    x_test[7] = x[41][:, ::-1]
    neighbours, distances = dataset.near_duplicates(x, x_test)
    assert neighbours[7] == 41 and distances[7] < 0.1


def test_read_set_names_the_keys_of_a_wrong_file(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["other"] = np.zeros(3)
    with pytest.raises(ValueError, match=r"expected train_set_x .* found \['other'\]"):
        dataset.read_set(tmp_path / "other.h5")
