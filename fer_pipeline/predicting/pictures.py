"""Any picture file as red, green and blue: turned as the camera was held, without transparency, in eight bits."""

import re
import struct
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from fer_pipeline.errors import InputError

MOST_PIXELS = 80_000_000        # a quarter of a GB as red, green and blue; cameras take up to 200 million
BACKGROUND = (255, 255, 255)    # behind transparent pixels, as a page shows them
SIXTEEN_BITS = 257              # 65,535 / 255
FORMATS = ("AVIF", "BMP", "GIF", "ICO", "JPEG", "JPEG2000", "PCX", "PNG", "PPM", "TGA", "TIFF", "WEBP")
ANIMATED = ("GIF", "PNG", "WEBP")
BROKEN = (EOFError, IndexError, KeyError, OSError, OverflowError, RuntimeError, SyntaxError, TypeError, ValueError,
          struct.error)     # what Pillow's readers raise at files with a few bytes changed
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def read_picture(source: Path | bytes, most_pixels: int = MOST_PIXELS) -> np.ndarray:
    """A picture's pixels.

    Args:
        source: A file, or its content.
        most_pixels: That it may have.

    Returns:
        `(height, width, 3)` uint8; red, green, blue.

    Raises:
        InputError: It is no picture, cut short, an animation, or larger than `most_pixels`.
    """
    name, content = ("the picture", source) if isinstance(source, bytes) else (str(source), _content(source))
    if not content:
        raise InputError(f"{name} is empty: 0 bytes. Save or download the picture again.")
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:    # others may start programs: EPS, Ghostscript
            _require_usable(image, name, most_pixels)
            ImageOps.exif_transpose(image, in_place=True)
            return np.asarray(_as_rgb(image))
    except UnidentifiedImageError:
        raise InputError(f"{name} is no picture: it begins with {content[:12]!r}. Allowed: "
                         f"{', '.join(FORMATS)}. Correct the path, or convert the file.") from None
    except BOMBS as error:
        pixels = int(re.findall(r"\d+", str(error))[0])
        raise _too_large(name, f"{pixels:,} pixels", most_pixels) from None
    except BROKEN as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name} cannot be read to its end: {error}. Save or download it again.") from None


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}. Name a picture file.") from None


def _require_usable(image: Image.Image, name: str, most_pixels: int) -> None:
    width, height = image.size
    if width * height > most_pixels:
        raise _too_large(name, f"{width:,} × {height:,} pixels", most_pixels)
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format in ANIMATED:
        raise InputError(f"{name} is an animation of {frames} frames, not one picture. Use `fer video`, or save the "
                         "frame that you mean.")


def _too_large(name: str, size: str, most_pixels: int) -> InputError:
    return InputError(f"{name} is too large: {size}. Allowed: {most_pixels:,} in all. Make it smaller.")


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        image = _in_eight_bits(image)
    if image.has_transparency_data:
        solid = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", solid.size, (*BACKGROUND, 255)), solid).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits, or of numbers: 0 to 1, or 0 to 255."""
    levels = np.asarray(image, np.float64)
    most = levels.max(initial=0)
    scale = 255 if most <= 1 else 1 if most <= 255 else 1 / SIXTEEN_BITS
    if image.mode.startswith("I;16"):
        scale = 1 / SIXTEEN_BITS
    return Image.fromarray(np.clip(np.rint(levels * scale), 0, 255).astype(np.uint8))
