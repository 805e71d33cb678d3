"""Planted pictures: smooth synthetic faces, their near-copies, and cards as image hosts show them, drawn here."""

import cv2
import numpy as np

from fer_pipeline.data.faces import Faces
from fer_pipeline.sample.drawing import draw_faces


def drawn(number: int, *, seed: int, first_row: int = 0) -> Faces:
    """Synthetic sample faces, every emotion in turn."""
    emotion = (np.arange(number) % 7).astype(np.uint8)
    row = np.arange(first_row, first_row + number, dtype=np.int32)
    return Faces(draw_faces(emotion, seed=seed), emotion, row, np.ones(number, np.float32))


def cropped(face: np.ndarray) -> np.ndarray:
    return cv2.resize(face[1:47, 1:47], (48, 48), interpolation=cv2.INTER_AREA)


def brighter(face: np.ndarray) -> np.ndarray:
    return np.clip(0.8 * face.astype(float) + 30, 0, 255).astype(np.uint8)


def noisy(face: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, 5, face.shape)
    return np.clip(face + noise, 0, 255).astype(np.uint8)


def mirrored(face: np.ndarray) -> np.ndarray:
    return noisy(face[:, ::-1])


def black() -> np.ndarray:
    return np.zeros((48, 48), np.uint8)


def text_card() -> np.ndarray:
    """Small grey lines on white, shrunk as the data set shrank its pictures."""
    card = np.full((240, 240), 255, np.uint8)
    for line in range(6):
        cv2.putText(card, "photo unavailable", (20, 30 + 36 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 60, 1, cv2.LINE_AA)
    return cv2.resize(card, (48, 48), interpolation=cv2.INTER_AREA)


def warning_triangle() -> np.ndarray:
    card = np.zeros((240, 240), np.uint8)
    cv2.polylines(card, [np.array([(120, 60), (180, 170), (60, 170)])], isClosed=True, color=255, thickness=8)
    cv2.line(card, (120, 95), (120, 135), 255, 10)
    cv2.circle(card, (120, 152), 6, 255, -1)
    return cv2.resize(card, (48, 48), interpolation=cv2.INTER_AREA)


def three_dots() -> np.ndarray:
    card = np.full((240, 240), 210, np.uint8)
    cv2.rectangle(card, (30, 60), (210, 180), 130, -1)
    for centre in (80, 120, 160):
        cv2.circle(card, (centre, 120), 12, 230, -1)
    return cv2.resize(card, (48, 48), interpolation=cv2.INTER_AREA)
