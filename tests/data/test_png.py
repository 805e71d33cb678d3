import io
import warnings

import cv2
import numpy as np
from PIL import Image

from fer_pipeline.data.png import png_files


def test_two_other_libraries_read_every_face_exactly(faces):
    pixels = faces(30).pixels
    pixels[0], pixels[1] = 0, 255
    for file, face in zip(png_files(pixels), pixels, strict=True):
        np.testing.assert_array_equal(cv2.imdecode(file, cv2.IMREAD_UNCHANGED), face)
        with warnings.catch_warnings(action="error"), Image.open(io.BytesIO(file.tobytes())) as picture:
            assert (picture.format, picture.mode) == ("PNG", "L")
            np.testing.assert_array_equal(np.asarray(picture), face)


def test_checksums_are_those_that_the_format_asks_for(faces):
    for file in png_files(faces(5).pixels):
        Image.open(io.BytesIO(file.tobytes())).verify()     # CRC-32 of every chunk
        changed = file.copy()
        changed[1000] ^= 1
        try:
            Image.open(io.BytesIO(changed.tobytes())).verify()
        except SyntaxError:
            continue
        raise AssertionError("a changed grey level went unnoticed")


def test_no_face_is_no_file_and_a_file_fits_a_block_of_a_disk(faces):
    assert png_files(faces(3).pixels[:0]).shape == (0, 2420)
    assert png_files(faces(3).pixels).shape == (3, 2420)
