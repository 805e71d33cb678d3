"""A picture of what the sample looks like: one row of faces for each emotion, with its name."""

import cv2
import numpy as np

from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.sample.drawing import draw_faces

COLUMNS = 14
SCALE = 2  # screen pixels a pixel of a face
GAP = 6
LABEL_WIDTH = 120
PAPER, INK = 255, 40


def contact_sheet(*, seed: int) -> np.ndarray:
    """The sheet as a grey picture, `(height, width)` uint8."""
    cell = FACE_SIZE * SCALE + GAP
    sheet = np.full((GAP + cell * len(EMOTIONS), LABEL_WIDTH + cell * COLUMNS), PAPER, np.uint8)
    faces = draw_faces(np.repeat(np.arange(len(EMOTIONS)), COLUMNS), seed=seed)
    for index, face in enumerate(faces):
        row, column = divmod(index, COLUMNS)
        top, left = GAP + row * cell, LABEL_WIDTH + column * cell
        sheet[top : top + cell - GAP, left : left + cell - GAP] = _enlarged(face)
    for row, emotion in enumerate(EMOTIONS):
        baseline = GAP + row * cell + cell // 2 + 4
        cv2.putText(sheet, emotion, (12, baseline), cv2.FONT_HERSHEY_SIMPLEX, 0.65, INK, 1, cv2.LINE_AA)
    return sheet


def _enlarged(face: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.resize(face, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_NEAREST))
