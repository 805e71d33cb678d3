import pytest

from fer_pipeline.data.faces import Faces

UNBALANCED = [3] * 9 + [0] * 4 + [2] * 5 + [4] * 5 + [5] * 3 + [6] * 6 + [1]


@pytest.fixture
def training(faces) -> Faces:
    """33 faces of which one is disgust and nine are happy, csv rows from 50 on."""
    return faces(emotion=UNBALANCED, first_row=50)
