"""Faces as worse cameras, files and hands would give them: pure functions from pixels and a strength to pixels.

Pixels are `(faces, 48, 48)` uint8 throughout. A function given its neutral strength returns the faces as they are.

Source: Hendrycks and Dietterich 2019, arXiv 1903.12261, for the idea and most kinds. Their strengths are for pictures
of 224 × 224, ours for 48 × 48.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter

from fer_pipeline.inference import warped

Corrupt = Callable[[np.ndarray, float], np.ndarray]

EYES_ROW, MOUTH_ROW = 17, 38        # where both are in the mean face of FER-2013; the sample's stand there, too
STRENGTH_OF: Mapping[str, str] = MappingProxyType({     # what a strength is
    "gaussian_noise": "standard deviation, grey levels",
    "gaussian_blur": "sigma, px",
    "rotation": "degrees, every other face the other way",
    "jpeg": "quality, 1 to 100",
    "brightness": "grey levels added",
    "contrast": "factor of the distance to the face's mean",
    "occluded_eyes": "height of the band, px",
    "occluded_mouth": "height of the band, px",
})


def corruptions(seed: int) -> dict[str, Corrupt]:
    """Every corruption by its name in params.yaml.

    Args:
        seed: Of the noise.
    """
    return {
        "gaussian_noise": partial(gaussian_noise, seed=seed), "gaussian_blur": gaussian_blur, "rotation": rotation,
        "jpeg": jpeg, "brightness": brightness, "contrast": contrast,
        "occluded_eyes": partial(occluded_band, row=EYES_ROW), "occluded_mouth": partial(occluded_band, row=MOUTH_ROW),
    }


def gaussian_noise(pixels: np.ndarray, std: float, *, seed: int) -> np.ndarray:
    """Add noise of `std` grey levels; a stronger one is the same noise enlarged. Neutral: 0."""
    noise = np.random.default_rng(seed).standard_normal(pixels.shape, np.float32)
    return _grey_levels(pixels + std * noise)


def gaussian_blur(pixels: np.ndarray, sigma: float) -> np.ndarray:
    """Blur by a Gaussian of `sigma` px; the border is repeated. Neutral: 0."""
    return _grey_levels(gaussian_filter(pixels.astype(np.float32), (0, sigma, sigma), mode="nearest"))


def rotation(pixels: np.ndarray, degrees: float) -> np.ndarray:
    """Turn the faces about their middle, anticlockwise and clockwise in turn; the border is repeated. Neutral: 0.

    In turn rather than both ways each: an accuracy stays a share of faces, with the interval of one.
    """
    turned = [warped(face, degrees if place % 2 == 0 else -degrees) for place, face in enumerate(pixels)]
    return np.array(turned, np.uint8).reshape(pixels.shape)


def jpeg(pixels: np.ndarray, quality: float) -> np.ndarray:
    """Compress and decompress each face. No quality is neutral, 100 nearly so."""
    return np.array([_through_jpeg(face, round(quality)) for face in pixels], np.uint8).reshape(pixels.shape)


def brightness(pixels: np.ndarray, grey_levels: float) -> np.ndarray:
    """Add `grey_levels`, negative ones to darken. Neutral: 0."""
    return _grey_levels(pixels + np.float32(grey_levels))


def contrast(pixels: np.ndarray, factor: float) -> np.ndarray:
    """Draw grey levels to the mean of their face, or away from it by a `factor` above 1. Neutral: 1."""
    mean = pixels.mean(axis=(1, 2), keepdims=True)
    return _grey_levels(mean + factor * (pixels - mean))


def occluded_band(pixels: np.ndarray, height: float, *, row: int) -> np.ndarray:
    """Cover `height` px about `row`, from side to side, with the mean of each face. Neutral: 0."""
    top = max(row - round(height) // 2, 0)
    covered = pixels.copy()
    covered[:, top:top + round(height)] = face_means(pixels)[:, np.newaxis, np.newaxis]
    return covered


def face_means(pixels: np.ndarray) -> np.ndarray:
    """Mean grey level of each face, rounded, `(faces,)` uint8: what covers a part without a new bright or dark spot."""
    return _grey_levels(pixels.mean(axis=(1, 2)))


def _grey_levels(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def _through_jpeg(face: np.ndarray, quality: int) -> np.ndarray:
    _, compressed = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(compressed, cv2.IMREAD_GRAYSCALE))
