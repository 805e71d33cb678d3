"""Rows of a fer2013.csv as text."""

from collections.abc import Callable

import numpy as np
import pytest

from fer_pipeline.data.faces import Faces
from fer_pipeline.labels import Usage


def as_text(face: np.ndarray) -> str:
    return " ".join(map(str, face.ravel()))


@pytest.fixture
def rows(faces: Callable[..., Faces]) -> list[tuple[str, str, str]]:
    """Twelve rows of random faces, all usages in turn."""
    made = faces(12)
    usages = list(map(str, Usage))
    return [(str(emotion), as_text(face), usages[index % 3])
            for index, (emotion, face) in enumerate(zip(made.emotion, made.pixels, strict=True))]
