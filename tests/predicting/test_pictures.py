"""Any picture becomes red, green and blue as a person sees it, or is refused with its repair."""

import io
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fer_pipeline.errors import InputError
from fer_pipeline.layouts.class_folders import decode
from fer_pipeline.predicting.crops import grey_face
from fer_pipeline.predicting.pictures import read_picture

CORNER = np.zeros((8, 12), np.uint8)
CORNER[:4, :6] = 200                        # light on the upper left
TURNS = {1: CORNER, 2: CORNER[:, ::-1], 3: CORNER[::-1, ::-1], 4: CORNER[::-1], 5: CORNER.T, 6: CORNER.T[::-1],
         7: CORNER.T[::-1, ::-1], 8: CORNER.T[:, ::-1]}     # how a camera stores what is to be seen as CORNER


def content(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("orientation", TURNS)
def test_a_picture_is_turned_as_the_camera_was_held(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(TURNS[orientation]))
    seen = read_picture(content(stored, exif=exif))
    assert np.array_equal(seen, np.repeat(CORNER[..., np.newaxis], 3, axis=2))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_what_is_transparent_shows_white(mode: str) -> None:
    image = Image.new("RGBA", (2, 1), (10, 10, 10, 0))
    image.putpixel((1, 0), (10, 10, 10, 255))
    options = {}
    if mode == "PA":
        image, options = Image.new("P", (2, 1)), {"transparency": 0}
        image.putpalette([200, 0, 0, 10, 10, 10])
        image.putpixel((1, 0), 1)
    elif mode == "LA":
        image = image.convert("LA")
    assert read_picture(content(image, **options)).tolist() == [[[255] * 3, [10] * 3]]


def test_grey_of_16_bits_keeps_its_levels() -> None:
    levels = np.arange(256, dtype=np.uint16).reshape(16, 16) * 257
    assert np.array_equal(read_picture(content(Image.fromarray(levels)))[..., 0].ravel(), np.arange(256))


@pytest.mark.parametrize(("mode", "kind", "value", "seen"), [
    ("1", "PNG", 1, [255] * 3), ("L", "PNG", 77, [77] * 3), ("P", "PNG", 3, None), ("F", "TIFF", 0.5, [128] * 3),
    ("CMYK", "TIFF", (0, 255, 255, 0), [255, 0, 0]), ("RGB", "PNG", (1, 2, 3), [1, 2, 3])])
def test_every_mode_becomes_red_green_and_blue(mode: str, kind: str, value: object, seen: list[int] | None) -> None:
    image = Image.new(mode, (3, 2), value)
    picture = read_picture(content(image, kind))
    assert (picture.shape, picture.dtype) == ((2, 3, 3), np.uint8)
    assert picture[0, 0].tolist() == (seen or list(image.convert("RGB").getpixel((0, 0))))


def test_a_grey_face_gives_the_bytes_that_training_saw() -> None:
    face = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    stored = content(Image.fromarray(face))
    assert np.array_equal(grey_face(read_picture(stored)), face)
    assert np.array_equal(decode(stored), face)


@pytest.mark.parametrize(("stored", "said"), [
    (b"", "is empty: 0 bytes"), (b"hello, no picture", "is no picture: it begins with b'hello, no pi'"),
    (content(Image.effect_noise((64, 64), 60), "JPEG")[:900], "cannot be read to its end")])
def test_what_is_no_whole_picture_is_refused(tmp_path: Path, stored: bytes, said: str) -> None:
    file = tmp_path / "face.jpg"
    file.write_bytes(stored)
    with pytest.raises(InputError, match=f"face.jpg {said}"):
        read_picture(file)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_is_refused(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (0, 100, 200)]
    with pytest.raises(InputError, match="an animation of 3 frames, not one picture"):
        read_picture(content(frames[0], kind, save_all=True, append_images=frames[1:]))


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.jpg cannot be read: No such file"):
        read_picture(tmp_path / "no.jpg")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read_picture(tmp_path)


def test_a_huge_picture_is_refused_without_being_decoded() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = b"".join(side.to_bytes(4, "big") for side in (30_000, 30_000)) + bytes([8, 0, 0, 0, 0])
    row = zlib.compressobj()
    data = b"".join(row.compress(bytes(30_001)) for _ in range(300)) + row.flush()
    stored = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    tracemalloc.start()
    with pytest.raises(InputError, match=r"is too large: 900,000,000 pixels\. Allowed: 80,000,000 in all\. Make"):
        read_picture(stored)
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()
