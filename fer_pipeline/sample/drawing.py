"""Draws faces: parts from back to front, then light, then the camera."""

import cv2
import numpy as np

from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.sample.brush import fill
from fer_pipeline.sample.creases import draw_creases
from fer_pipeline.sample.eyes import draw_brows, draw_eyes, draw_highlights
from fer_pipeline.sample.face import CANVAS, FRAME, SUPERSAMPLING, Face, sample_face
from fer_pipeline.sample.head import (
    background,
    draw_beard,
    draw_behind,
    draw_glasses,
    draw_hair,
    draw_head,
    head_outline,
)
from fer_pipeline.sample.mouth import draw_mouth
from fer_pipeline.sample.relief import light_map

HEADROOM = 0.72  # surfaces are painted up to 212; brightly lit ones must stay below 255 until the camera exposes


def draw_faces(emotion: np.ndarray, *, seed: int) -> np.ndarray:
    """One synthetic face for each emotion.

    Face `i` depends on `seed`, `i` and `emotion[i]` alone, byte for byte.

    Args:
        emotion: Emotion indices, `(faces,)`, 0 to 6 in `EMOTIONS` order.
        seed: Not negative; another seed draws other people.

    Returns:
        `(faces, 48, 48)` uint8.

    Raises:
        ValueError: An emotion is not an index of `EMOTIONS`.
    """
    _require_emotions(emotion)
    faces = np.empty((len(emotion), FACE_SIZE, FACE_SIZE), np.uint8)
    for index, number in enumerate(emotion):
        rng = np.random.default_rng([seed, index])
        faces[index] = _photograph(sample_face(EMOTIONS[number], rng), rng)
    return faces


def _require_emotions(emotion: np.ndarray) -> None:
    wrong = [int(number) for number in np.unique(emotion) if not 0 <= number < len(EMOTIONS)]
    if wrong:
        raise ValueError(
            f"Emotion indices {wrong} name no emotion. Allowed: 0 to {len(EMOTIONS) - 1}. "
            "Pass positions in labels.EMOTIONS to draw_faces()."
        )


def _photograph(face: Face, rng: np.random.Generator) -> np.ndarray:
    """One face as the camera saves it, `(48, 48)` uint8."""
    room = background(face, rng)
    surface = _paint(room.copy(), face, rng)
    lit = _shine(surface, face)
    draw_highlights(lit, face)
    if face.identity.glasses:
        draw_glasses(lit, face)
    return _expose(_frame(lit, face), face, rng)


def _paint(canvas: np.ndarray, face: Face, rng: np.random.Generator) -> np.ndarray:
    """Tones of all surfaces in even light."""
    draw_behind(canvas, face)
    draw_head(canvas, face)
    draw_creases(canvas, face)
    canvas = draw_beard(canvas, face)
    draw_mouth(canvas, face)
    draw_eyes(canvas, face)
    draw_brows(canvas, face)
    draw_hair(canvas, face, rng)
    return np.asarray(cv2.blur(canvas, (3, 3)))


def _shine(surface: np.ndarray, face: Face) -> np.ndarray:
    """Surfaces in the light of the lamp; the room behind the head keeps its own."""
    body = np.zeros_like(surface)
    fill(body, face.place(head_outline(face)), 255.0)
    share = np.minimum(cv2.blur(body, (9, 9)) / np.float32(127.0), 1.0)  # 1 up to the very edge, or a rim stays unlit
    lit = surface * (1.0 + share * (light_map(face) - 1.0))
    return np.asarray(cv2.convertScaleAbs(lit, alpha=HEADROOM))


def _frame(canvas: np.ndarray, face: Face) -> np.ndarray:
    """Turns, scales and shifts the canvas, cuts the frame out of its middle and reduces it to 48 x 48."""
    pose, edge = face.pose, FACE_SIZE * SUPERSAMPLING
    turn = cv2.getRotationMatrix2D((CANVAS / 2, CANVAS / 2), float(np.degrees(pose.roll)), pose.scale)
    turn[:, 2] += (np.array(pose.offset) - (FRAME - FACE_SIZE) / 2) * SUPERSAMPLING
    framed = cv2.warpAffine(canvas, turn, (edge, edge), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(framed, (FACE_SIZE, FACE_SIZE), interpolation=cv2.INTER_AREA))


def _expose(photo: np.ndarray, face: Face, rng: np.random.Generator) -> np.ndarray:
    """Lens blur, gamma, exposure and sensor noise."""
    light = face.light
    blurred = cv2.GaussianBlur(photo, (5, 5), light.blur) if light.blur > 0.2 else photo
    exposed = (blurred / 255.0) ** light.gamma
    exposed *= 255.0 * (light.brightness / (255.0 * exposed.mean() + 1.0)) ** 0.7  # no camera makes all faces equal
    noisy = exposed + rng.normal(0.0, light.noise, exposed.shape)
    return np.asarray(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
