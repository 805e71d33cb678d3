import base64
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_pipeline.balancing.augmentation import Balanced, augmentation
from fer_pipeline.balancing.changes import OPERATIONS, in_words
from fer_pipeline.data.faces import Faces, read_faces, write_faces
from fer_pipeline.labels import EMOTIONS, FACE_SIZE
from fer_pipeline.reporting.augmented_faces import PairSheet, pair_sheet
from fer_pipeline.reporting.face_sheets import Tile
from tests.reporting.finished_run import Run, make_run


@pytest.fixture
def training(faces) -> Faces:
    """Nine happy faces, three of disgust and none else, csv rows from 20 on."""
    return faces(emotion=[3] * 9 + [1] * 3, first_row=20)


@pytest.fixture
def balanced(training) -> Balanced:
    return augmentation(training, target=60, seed=5)


@pytest.fixture
def sheet(training, balanced) -> PairSheet:
    return pair_sheet(training, balanced.faces, balanced.origins)


def picture(sheet: PairSheet) -> np.ndarray:
    png = base64.b64decode(sheet.data_uri.split(",")[1])
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)


def pixels_of(sheet: PairSheet, tile: Tile) -> np.ndarray:
    x, y = FACE_SIZE * tile.x, FACE_SIZE * tile.y
    return picture(sheet)[y:y + FACE_SIZE, x:x + FACE_SIZE]


def test_the_first_of_each_operation_is_shown_in_the_order_of_the_table(sheet, balanced):
    assert [emotion for emotion in EMOTIONS if sheet.pairs[emotion]] == ["disgust", "happy"]
    for emotion in ("disgust", "happy"):
        own = balanced.origins[balanced.origins["emotion"] == emotion]
        first = [own[own["operation"] == operation].iloc[0] for operation in OPERATIONS]
        assert [(pair.row, pair.change) for pair in sheet.pairs[emotion]] == [
            (one["row"], in_words(one["operation"], one["amount"])) for one in first]


def test_each_pair_is_the_parent_and_the_face_made_of_it(sheet, training, balanced):
    origins = balanced.origins
    words = pd.Series([in_words(*one) for one in zip(origins["operation"], origins["amount"], strict=True)])
    for pair in sheet.pairs["happy"]:
        position = origins["position"][(origins["row"] == pair.row) & (words == pair.change)].item()
        np.testing.assert_array_equal(pixels_of(sheet, pair.parent), training.pixels[pair.row - 20])
        np.testing.assert_array_equal(pixels_of(sheet, pair.child), balanced.faces.pixels[position])


def test_parents_that_training_does_not_have_are_named(training, balanced):
    others = replace(training, row=training.row + 100)
    with pytest.raises(ValueError, match=r"parents that Training does not have, first csv row [23]\d\."):
        pair_sheet(others, balanced.faces, balanced.origins)


def test_the_page_shows_augmented_faces_and_says_how_many(tmp_path: Path) -> None:
    run = augmented_run(tmp_path)
    page = run.report("lenet5")
    assert "14 of these faces new" in page
    assert page.count('class="couple"') == len(pd.read_csv(run.origins_file).drop_duplicates(["emotion", "operation"]))
    assert re.search(r"New face of it by (rotation|zoom|horizontal flip|brightness|shift)", page)
    assert "none made" not in page


def augmented_run(folder: Path) -> Run:
    run = make_run(folder, "lenet5")
    made = augmentation(read_faces(run.training_file), target=12, seed=3)
    write_faces(run.balanced_file, made.faces)
    made.origins.to_csv(run.origins_file, index=False)
    return run


def test_a_page_without_new_faces_has_no_such_sheet(tmp_path: Path) -> None:
    page = make_run(tmp_path, "lenet5").report("lenet5")
    assert "Augmented faces" not in page
    assert ".augmented" not in page
