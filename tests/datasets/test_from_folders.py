"""Folders of images become files that the lessons read, and mistakes are named."""

import io
import struct
import zlib

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

    left_out = from_folders.convert(folder, tmp_path / "out", test_share=0.25, quiet=True)
    assert left_out == [f"{folder / str(n)}: not the folder of a class" for n in range(6, 10)]
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
    assert "left out: 5" in printed and "IMG_0002.JPG is not an image" in printed
    with h5py.File(tmp_path / "out" / "train_signs.h5") as file:
        assert np.bincount(file["train_set_y"][:]).tolist() == [11, 11, 11, 10, 11, 11]


def test_a_folder_without_classes_is_refused(tmp_path, capsys):
    assert from_folders.main([str(tmp_path), str(tmp_path / "out")]) == 1
    assert "expected a sub-folder for each of the classes" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_other_numbers_of_classes_than_the_lessons_read_are_refused(folder, tmp_path):
    with pytest.raises(from_folders.FolderError, match="classes: expected 6 names, got 3"):
        from_folders.convert(folder, tmp_path / "out", classes=["0", "1", "2"], quiet=True)
    assert not (tmp_path / "out").exists()


def test_a_missing_class_is_named(folder, tmp_path):
    (folder / "4").rename(folder / "fuor")
    with pytest.raises(from_folders.FolderError, match="missing: 4 or four; found: .*fuor"):
        from_folders.convert(folder, tmp_path / "out", quiet=True)


def test_too_few_readable_images_are_refused(folder, tmp_path):
    for path in sorted((folder / "1").iterdir())[:5]:
        path.write_bytes(b"")
    with pytest.raises(from_folders.FolderError, match="at least 10 images, got 7; 5 left out"):
        from_folders.convert(folder, tmp_path / "out", quiet=True)
    for path in (folder / "1").iterdir():
        path.unlink()
    with pytest.raises(from_folders.FolderError, match="class 1: expected .* got 0$"):
        from_folders.convert(folder, tmp_path / "out", quiet=True)


def test_missing_folder_and_invalid_share_are_refused(folder, tmp_path):
    with pytest.raises(from_folders.FolderError, match="is not a folder"):
        from_folders.convert(tmp_path / "nowhere", tmp_path / "out", quiet=True)
    with pytest.raises(from_folders.FolderError, match="test share"):
        from_folders.convert(folder, tmp_path / "out", test_share=0.9, quiet=True)


# A photograph whose four corners have four colours, so that one sees how it is turned.
CORNERS = np.kron(
    np.array([[[220, 30, 30], [30, 190, 30]], [[30, 30, 220], [230, 220, 40]]], np.uint8),
    np.ones((50, 50, 1), np.uint8),
)


def file_of(kind):
    """The bytes of `CORNERS` as a phone, a scanner or a program would save it."""
    image, buffer = Image.fromarray(CORNERS), io.BytesIO()
    other = Image.fromarray(255 - CORNERS)
    if kind == "cmyk.jpg":
        image.convert("CMYK").save(buffer, "JPEG", quality=95)
    elif kind == "rotated.jpg":  # the camera was held upright: the viewer turns it clockwise
        exif = Image.Exif()
        exif[0x0112] = 6
        image.transpose(Image.Transpose.ROTATE_90).save(buffer, "JPEG", quality=95, exif=exif)
    elif kind == "palette.png":
        image.convert("P", palette=Image.Palette.ADAPTIVE).save(buffer, "PNG")
    elif kind == "transparent.png":
        image.putalpha(255)
        image.save(buffer, "PNG")
    elif kind == "moving.gif":
        image.save(buffer, "GIF", save_all=True, append_images=[other, other])
    elif kind == "moving.webp":
        image.save(buffer, "WEBP", save_all=True, append_images=[other], lossless=True)
    elif kind == "two.mpo":  # what many phones save as .jpg: a second image follows the first
        image.save(buffer, "MPO", save_all=True, append_images=[other], quality=95)
    else:
        name = {"webp": "WEBP", "avif": "AVIF", "bmp": "BMP", "tif": "TIFF", "jpg": "JPEG"}
        image.save(buffer, name[kind.rpartition(".")[2]], quality=95)
    return buffer.getvalue()


KINDS = [
    "plain.jpg", "cmyk.jpg", "rotated.jpg", "two.mpo", "palette.png", "transparent.png",
    "moving.gif", "plain.webp", "moving.webp", "plain.avif", "plain.bmp", "plain.tif",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_images_of_every_kind_are_read_upright_and_in_their_colours(kind, tmp_path):
    names = kind, kind.upper(), "without a suffix"
    for name in names:
        (tmp_path / name).write_bytes(file_of(kind))
    images, left_out = from_folders.read_class(tmp_path, quiet=True)
    assert left_out == [] and len(images) == len({p.name for p in tmp_path.iterdir()})
    for image in images:
        for row, column in ((16, 16), (16, 48), (48, 16), (48, 48)):
            expected = CORNERS[row * 100 // 64, column * 100 // 64].astype(int)
            assert np.abs(image[row, column] - expected).max() < 40, (row, column)


def test_16_bits_a_pixel_keep_their_greys(tmp_path):
    ramp = np.linspace(0, 65535, 100).astype(np.uint16)
    Image.fromarray(np.tile(ramp, (100, 1))).save(tmp_path / "grey.png")
    images, left_out = from_folders.read_class(tmp_path, quiet=True)
    assert left_out == []
    np.testing.assert_allclose(images[0, 32, ::9, 1], np.linspace(1, 254, 64)[::9], atol=6)


def test_16_bits_a_channel_keep_their_colours(tmp_path):
    (tmp_path / "colour.png").write_bytes(png_with_16_bits(CORNERS))
    images, left_out = from_folders.read_class(tmp_path, quiet=True)
    assert left_out == []
    np.testing.assert_allclose(images[0, 16, 16], CORNERS[0, 0], atol=2)


def png_with_16_bits(pixels):
    """A PNG file with 16 bits for each of red, green and blue, which Pillow cannot write."""

    def chunk(name, data):
        checksum = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)

    height, width = pixels.shape[:2]
    rows = np.repeat(pixels, 2, axis=2).reshape(height, -1)  # both bytes of a value are equal
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*given) for given in chunks)


def test_a_heic_image_is_left_out_and_the_line_says_what_to_do(folder, tmp_path, capsys):
    photo = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
    (folder / "2" / "IMG_7.HEIC").write_bytes(photo)
    (folder / "2" / "IMG_8.MOV").write_bytes(photo.replace(b"heic", b"qt  "))
    assert from_folders.main([str(folder), str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    (heic,) = [line for line in printed.splitlines() if "IMG_7" in line]
    assert "it is a HEIC image" in heic and "Most Compatible" in heic
    assert "IMG_8.MOV is not an image that can be opened: it is probably a video" in printed


def test_a_class_of_heic_images_only_is_refused_with_the_same_words(folder, tmp_path):
    for path in (folder / "2").iterdir():
        path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0" + bytes(200))
    with pytest.raises(from_folders.FolderError, match="got 0; 12 left out, .*it is a HEIC image"):
        from_folders.convert(folder, tmp_path / "out", quiet=True)


def test_hidden_files_and_folders_are_passed_over_and_counted(folder, tmp_path, capsys):
    expected = from_folders.convert(folder, tmp_path / "out", quiet=True)
    (folder / "__MACOSX" / "0").mkdir(parents=True)
    for name in (".DS_Store", "0/.DS_Store", "1/._IMG_0001.JPG", "2/Thumbs.db", "desktop.ini"):
        (folder / name).write_bytes(b"not an image")
    (folder / "3" / ".thumbnails").mkdir()
    assert from_folders.convert(folder, tmp_path / "out", quiet=True) == expected
    assert from_folders.main([str(folder), str(tmp_path / "out")]) == 0
    assert "passed over: 7 hidden files and folders" in capsys.readouterr().out


def test_other_files_and_folders_are_named(folder, tmp_path):
    expected = from_folders.convert(folder, tmp_path / "out", quiet=True)
    (folder / "0" / "more").mkdir()
    (folder / "0" / "IMG_0001.JPG").rename(folder / "0" / "more" / "IMG_0001.JPG")
    (folder / "notes.txt").write_text("taken on Monday")
    (folder / "1" / "notes.txt").write_text("taken on Monday")
    lines = from_folders.convert(folder, tmp_path / "out", quiet=True)
    added = [line for line in lines if line not in expected]
    assert len(added) == 3
    assert added[0] == f"{folder / 'notes.txt'}: not the folder of a class"
    assert added[1].startswith(f"{folder / '0' / 'more'}: a folder inside a class")
    assert added[2].startswith(f"{folder / '1' / 'notes.txt'}: ")


def test_folders_may_be_named_by_words(folder, tmp_path):
    from_folders.convert(folder, tmp_path / "numbers", quiet=True)
    for number, word in enumerate(("zero", "One", "TWO", "three", "four", "five")):
        (folder / str(number)).rename(folder / word)
    from_folders.convert(folder, tmp_path / "words", quiet=True)
    for name in ("train_signs.h5", "test_signs.h5"):
        with h5py.File(tmp_path / "numbers" / name) as a, h5py.File(tmp_path / "words" / name) as b:
            assert a.keys() == b.keys()
            for key in a:
                np.testing.assert_array_equal(a[key], b[key])


def test_two_folders_of_a_class_are_refused(folder, tmp_path):
    (folder / "zero").mkdir()
    with pytest.raises(from_folders.FolderError, match="0 and zero are both class 0"):
        from_folders.convert(folder, tmp_path / "out", quiet=True)
    names = ["zero", "1", "2", "3", "4", "5"]
    with pytest.raises(from_folders.FolderError, match="class zero: expected .* got 0$"):
        from_folders.convert(folder, tmp_path / "out", names, quiet=True)
