"""Folders of images become files that the lessons read, and mistakes are named."""

import h5py
import numpy as np
import pytest
from PIL import Image

pytest.importorskip("tqdm", reason="the converter needs the extra 'render'")

from datasets import from_folders  # noqa: E402


@pytest.fixture
def folder(tmp_path):
    """The layout of the Sign Language Digits Dataset: sub-folders 0 to 9, 100x100 JPEGs."""
    for name in range(10):
        subfolder = tmp_path / "Dataset" / str(name)
        subfolder.mkdir(parents=True)
        for number in range(12):
            pixels = np.full((100, 100, 3), 20 * name + number, np.uint8)
            Image.fromarray(pixels).save(subfolder / f"IMG_{number:04}.JPG")
    return tmp_path / "Dataset"


def test_converted_files_are_read_by_the_lessons(folder, tmp_path):
    import resnets_utils as utils

    assert from_folders.convert(folder, tmp_path / "out", test_share=0.25, quiet=True) == []
    x, y, x_test, y_test, classes = utils.load_dataset(tmp_path / "out")
    assert x.shape == (54, 64, 64, 3) and x_test.shape == (18, 64, 64, 3)
    assert np.bincount(y[0]).tolist() == [9] * 6 and np.bincount(y_test[0]).tolist() == [3] * 6
    assert classes.tolist() == [0, 1, 2, 3, 4, 5]
    for pixels, label in zip(x[:, 32, 32, 0], y[0], strict=True):
        assert abs(int(pixels) - 20 * label - 5.5) < 8


def test_every_image_is_used_once(folder, tmp_path):
    from_folders.convert(folder, tmp_path / "out", quiet=True)
    shades = []
    for part in ("train", "test"):
        with h5py.File(tmp_path / "out" / f"{part}_signs.h5") as file:
            shades += file[f"{part}_set_x"][:, 32, 32, 0].tolist()
    assert len(shades) == 72
    assert max(np.bincount(shades)) <= 2


def test_unreadable_file_is_named_and_left_out(folder, tmp_path, capsys):
    (folder / "3" / "IMG_0002.JPG").write_bytes(b"not an image")
    assert from_folders.main([str(folder), str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "left out 1 " in printed and "IMG_0002.JPG" in printed
    with h5py.File(tmp_path / "out" / "train_signs.h5") as file:
        assert np.bincount(file["train_set_y"][:]).tolist() == [11, 11, 11, 10, 11, 11]


def test_a_folder_without_classes_is_refused(tmp_path, capsys):
    assert from_folders.main([str(tmp_path), str(tmp_path / "out")]) == 1
    assert "expected a sub-folder for each of the classes" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_missing_class_is_named(folder, tmp_path):
    (folder / "4").rename(folder / "four")
    with pytest.raises(from_folders.FolderError, match="missing: 4; found: .*four"):
        from_folders.convert(folder, tmp_path / "out", quiet=True)


def test_a_class_without_images_is_refused(folder, tmp_path):
    for path in (folder / "2").iterdir():
        path.rename(path.with_suffix(".txt"))
    with pytest.raises(from_folders.FolderError, match="holds no images"):
        from_folders.convert(folder, tmp_path / "out", quiet=True)


def test_too_few_readable_images_are_refused(folder, tmp_path):
    for path in sorted((folder / "1").iterdir())[:5]:
        path.write_bytes(b"")
    with pytest.raises(from_folders.FolderError, match="at least 10 readable images, got 7"):
        from_folders.convert(folder, tmp_path / "out", quiet=True)


def test_missing_folder_and_invalid_share_are_refused(folder, tmp_path):
    with pytest.raises(from_folders.FolderError, match="is not a folder"):
        from_folders.convert(tmp_path / "nowhere", tmp_path / "out", quiet=True)
    with pytest.raises(from_folders.FolderError, match="test share"):
        from_folders.convert(folder, tmp_path / "out", test_share=0.9, quiet=True)
