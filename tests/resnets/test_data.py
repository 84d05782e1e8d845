"""The SIGNS files load as the classic loads them; whatever is wrong with one is named."""

from __future__ import annotations

import os
import re
from pathlib import Path

import h5py
import numpy as np
import pytest

import resnets_utils as utils
from resnets.data import DatasetError


def write_split(folder: Path, split: str, count: int, **changes) -> Path:
    """A SIGNS file; `changes` replaces (or with None leaves out) what lies under x, y, classes."""
    rng = np.random.RandomState(count)
    content = {
        "x": rng.randint(0, 256, (count, 64, 64, 3)).astype(np.uint8),
        "y": np.arange(count) % 6,
        "classes": np.arange(6),
        **changes,
    }
    names = {"x": f"{split}_set_x", "y": f"{split}_set_y", "classes": "list_classes"}
    path = folder / f"{split}_signs.h5"
    with h5py.File(path, "w") as file:
        for key, value in content.items():
            if value is not None:
                file[names.get(key, key)] = value
    return path


@pytest.fixture
def signs(tmp_path):
    write_split(tmp_path, "train", 12)
    write_split(tmp_path, "test", 7)
    return tmp_path


def test_shapes_and_dtypes_are_those_of_the_classic_assignment(signs):
    X_train, Y_train, X_test, Y_test, classes = utils.load_dataset(signs)
    assert (X_train.shape, X_train.dtype) == ((12, 64, 64, 3), np.uint8)
    assert (Y_train.shape, Y_train.dtype) == ((1, 12), np.int64)
    assert (X_test.shape, X_test.dtype) == ((7, 64, 64, 3), np.uint8)
    assert (Y_test.shape, Y_test.dtype) == ((1, 7), np.int64)
    assert classes.dtype == np.int64 and classes.tolist() == [0, 1, 2, 3, 4, 5]
    assert Y_test.tolist() == [[0, 1, 2, 3, 4, 5, 0]]
    with h5py.File(signs / "test_signs.h5") as file:
        np.testing.assert_array_equal(X_test, file["test_set_x"][:])


def test_argument_comes_before_signs_dir(signs, monkeypatch, tmp_path_factory):
    monkeypatch.setenv("SIGNS_DIR", str(signs))
    assert len(utils.load_dataset()[0]) == 12
    other = tmp_path_factory.mktemp("with a space")
    write_split(other, "train", 3)
    write_split(other, "test", 2)
    assert len(utils.load_dataset(str(other))[0]) == 3


def test_the_course_has_its_own_files(monkeypatch):
    monkeypatch.delenv("SIGNS_DIR", raising=False)
    X_train, Y_train, X_test, _, _ = utils.load_dataset()
    assert X_train.shape[1:] == (64, 64, 3) and len(X_train) > len(X_test) > 0
    assert sorted(np.unique(Y_train)) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("name", ["new_people", "other_rooms"])
def test_further_test_sets_load_whatever_signs_dir_names(name, signs, monkeypatch):
    monkeypatch.setenv("SIGNS_DIR", str(signs))
    X, Y = utils.load_test_set(name)
    assert X.shape == (Y.size, 64, 64, 3) and X.dtype == np.uint8
    assert Y.shape == (1, len(X)) and Y.dtype == np.int64
    assert len(set(np.bincount(Y[0]))) == 1 and len(np.bincount(Y[0])) == 6


def test_an_unknown_test_set_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="expected 'new_people' or 'other_rooms', got 'mars'"):
        utils.load_test_set("mars")


def test_files_with_other_whole_number_types_load_as_int64(tmp_path):
    write_split(tmp_path, "train", 4, y=np.arange(4, dtype=np.uint8)[np.newaxis])
    write_split(tmp_path, "test", 4, classes=np.arange(6, dtype=np.int32))
    _, Y_train, _, _, classes = utils.load_dataset(tmp_path)
    assert Y_train.dtype == classes.dtype == np.int64 and Y_train.shape == (1, 4)


def error_of(folder) -> str:
    with pytest.raises(DatasetError) as caught:
        utils.load_dataset(folder)
    message = str(caught.value)
    assert "SIGNS_DIR" in message  # what to do next
    return message


def test_missing_file_is_named(signs):
    (signs / "test_signs.h5").unlink()
    assert f"There is no file {signs / 'test_signs.h5'}" in error_of(signs)


@pytest.mark.parametrize("keep", [0, 100, 60_000])
def test_file_cut_short_is_refused(signs, keep):
    path = signs / "train_signs.h5"
    path.write_bytes(path.read_bytes()[:keep])
    message = error_of(signs)
    assert f"({keep:,} bytes)" in message and "cut short" in message


def test_file_of_another_kind_is_refused(signs):
    (signs / "train_signs.h5").write_text("<html>Not found</html>")
    assert "another kind of file" in error_of(signs)


def test_damaged_compressed_data_is_refused(signs):
    path = signs / "train_signs.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("train_set_x", data=np.zeros((12, 64, 64, 3), "u1"), compression="gzip")
        file["train_set_y"], file["list_classes"] = np.zeros(12, int), np.arange(6)
        at = file["train_set_x"].id.get_chunk_info(0).byte_offset
    data = bytearray(path.read_bytes())
    data[at : at + 20] = b"\xff" * 20
    path.write_bytes(data)
    assert "damaged" in error_of(signs)


def test_unreadable_file_is_refused(signs, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(h5py, "File", refuse)
    assert "cannot be read by your account" in error_of(signs)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"x": None, "images": np.zeros(3)}, "lacks train_set_x: .* holds images, list_classes"),
        ({"y": None, "classes": None}, "lacks train_set_y, list_classes"),
        ({"x": np.zeros((12, 32, 32, 3), "u1")}, r"expected .*\(m, 64, 64, 3\), got \(12, 32"),
        ({"x": np.zeros((0, 64, 64, 3), "u1")}, r"got \(0, 64, 64, 3\)"),
        ({"x": np.zeros((12, 64, 64), "u1")}, r"got \(12, 64, 64\)"),
        ({"x": np.zeros((12, 64, 64, 3), "f4")}, "expected dtype uint8 .*, got float32"),
        ({"y": np.zeros(11, int)}, r"expected 12 whole numbers, .*got shape \(11,\)"),
        ({"y": np.zeros(12)}, "expected 12 whole numbers, .*dtype float64"),
        ({"y": np.arange(12)}, "expected labels 0 to 5, got 0 to 11"),
        ({"y": np.arange(12) % 6 - 1}, "expected labels 0 to 5, got -1 to 4"),
        ({"classes": np.arange(10)}, r"expected 6 whole numbers, got shape \(10,\)"),
        ({"classes": np.arange(6.0)}, "expected 6 whole numbers, .*dtype float64"),
    ],
)
def test_wrong_content_is_named(signs, change, expected):
    write_split(signs, "train", 12, **change)
    message = error_of(signs)
    assert str(signs / "train_signs.h5") in message
    assert re.search(expected, message), message


@pytest.fixture
def pipe(tmp_path):
    """A named pipe: whoever opens it waits until somebody else does."""
    os.mkfifo(tmp_path / "pipe")
    return str(tmp_path / "pipe")


def link_out(file, pipe):
    file["train_set_x"] = h5py.ExternalLink(pipe, "/train_set_x")


def link_out_by_a_soft_link(file, pipe):
    file["elsewhere"] = h5py.ExternalLink(pipe, "/")
    file["train_set_x"] = h5py.SoftLink("/elsewhere/train_set_x")


def link_to_itself(file, pipe):
    file["train_set_x"] = h5py.SoftLink("/train_set_x")


def virtual(file, pipe):
    layout = h5py.VirtualLayout((12, 64, 64, 3), "u1")
    layout[:] = h5py.VirtualSource(pipe, "train_set_x", (12, 64, 64, 3))
    file.create_virtual_dataset("train_set_x", layout)


def bytes_of_another_file(file, pipe):
    storage = [("/dev/zero", 0, h5py.h5f.UNLIMITED)]
    file.create_dataset("train_set_x", (12, 64, 64, 3), "u1", external=storage)


def huge(file, pipe):
    """A few hundred bytes that say that they are 12 TB."""
    file.create_dataset("train_set_x", (10**9, 64, 64, 3), "u1", chunks=(1, 64, 64, 3))


def in_tiny_chunks(file, pipe):
    file.create_dataset("train_set_x", (12, 64, 64, 3), "u1", chunks=(1, 1, 1, 1))


def in_a_huge_chunk(file, pipe):
    options = {"chunks": (300_000, 64, 64, 3), "maxshape": (None, 64, 64, 3), "compression": "gzip"}
    file.create_dataset("train_set_x", (12, 64, 64, 3), "u1", **options)


def a_group(file, pipe):
    file.create_group("train_set_x")


def references(file, pipe):
    file.create_dataset("train_set_x", (12, 64, 64, 3), dtype=h5py.ref_dtype)


def nothing(file, pipe):
    file["train_set_x"] = h5py.Empty("u1")


def huge_labels(file, pipe):
    file["train_set_x"] = np.zeros((12, 64, 64, 3), "u1")
    del file["train_set_y"]
    file.create_dataset("train_set_y", (10**12,), "i8", chunks=(1000,))


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (link_out, "train_set_x in .* is a link to another file or array. Store the array itself"),
        (link_out_by_a_soft_link, "is a link to another file or array"),
        (link_to_itself, "is a link to another file or array"),
        (virtual, "train_set_x in .* is stored in other files. Store the array itself"),
        (bytes_of_another_file, "is stored in other files"),
        (huge, "expected at most 100,000 images, .*got 1,000,000,000"),
        (in_tiny_chunks, r"its chunks of \(1, 1, 1, 1\) do not suit its shape"),
        (in_a_huge_chunk, r"its chunks of \(300000, 64, 64, 3\) do not suit its shape"),
        (a_group, "expected an array, got a Group"),
        (references, "expected dtype uint8 .*, got object"),
        (nothing, r"expected images of shape \(m, 64, 64, 3\), got None"),
        (huge_labels, r"expected 12 whole numbers, .*got shape \(1000000000000,\)"),
    ],
)
def test_hostile_file_is_refused_before_its_data_are_read(signs, pipe, write, expected):
    with h5py.File(signs / "train_signs.h5", "w") as file:
        file["list_classes"] = np.arange(6)
        file["train_set_y"] = np.arange(12) % 6
        write(file, pipe)
    message = error_of(signs)
    assert str(signs / "train_signs.h5") in message
    assert re.search(expected, message), message


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "gzip", "chunks": True},
        {"chunks": (12, 64, 64, 3)},
        {"chunks": (1, 64, 64, 3)},
    ],
)
def test_usual_chunks_are_read(signs, options):
    X = np.random.RandomState(1).randint(0, 256, (12, 64, 64, 3)).astype("u1")
    with h5py.File(signs / "train_signs.h5", "r+") as file:
        del file["train_set_x"]
        file.create_dataset("train_set_x", data=X, maxshape=(None, 64, 64, 3), **options)
    np.testing.assert_array_equal(utils.load_dataset(signs)[0], X)


def test_course_path_starts_in_the_course_s_folder():
    assert utils.course_path("models/ResNet50.h5").is_absolute()
    assert utils.course_path("resnets/data.py").is_file()


def test_one_hot_is_that_of_the_classic_assignment():
    one_hot = utils.convert_to_one_hot(np.array([[0, 2, 5]]), 6)
    assert one_hot.dtype == np.float64
    np.testing.assert_array_equal(one_hot, np.eye(6)[[0, 2, 5]].T)
    assert utils.convert_to_one_hot(np.zeros((1, 0), int), 6).shape == (6, 0)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([[0, 6]], "expected labels 0 to 5 for C=6, got 0 to 6"),
        ([[-1, 2]], "got -1 to 2"),
        ([[0.0, 1.0]], "expected whole numbers in Y, got dtype float64"),
    ],
)
def test_one_hot_refuses_other_labels(labels, expected):
    with pytest.raises(ValueError, match=expected):
        utils.convert_to_one_hot(np.array(labels), 6)


def test_mini_batches_shuffle_as_in_the_classic_assignment():
    X = np.arange(10)[:, None, None, None] * np.ones((1, 2, 2, 3))
    Y = np.arange(10)[:, None]
    np.random.seed(3)
    state = np.random.get_state()[1].copy()
    batches = utils.random_mini_batches(X, Y, mini_batch_size=4, seed=0)
    assert [len(x) for x, _ in batches] == [4, 4, 2]
    assert all((x[:, 0, 0, 0] == y[:, 0]).all() for x, y in batches)
    order = np.concatenate([y[:, 0] for _, y in batches])
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    np.random.seed(0)  # the classic: seed, then np.random.permutation(m)
    np.testing.assert_array_equal(order, np.random.permutation(10))
    other = utils.random_mini_batches(X, Y, mini_batch_size=4, seed=1)
    assert any((a[1] != b[1]).any() for a, b in zip(batches, other, strict=True))


def test_mini_batches_refuse_what_does_not_fit():
    X, Y = np.zeros((10, 2, 2, 3)), np.zeros((6, 10))
    with pytest.raises(ValueError, match=r"X \(10, 2, 2, 3\) and Y \(6, 10\). Is Y transposed"):
        utils.random_mini_batches(X, Y)
    with pytest.raises(ValueError, match="expected 1 or more, got 0"):
        utils.random_mini_batches(X, Y.T, mini_batch_size=0)
